// The requests by which a server-side apply takes over what was applied from the client's side, in kubectl's order:
// apply, keep the record, move the fields, apply again.

internal import Base
internal import Kube

extension ChangeSender {
    private static let retryLimit = 8

    /// A dry run. A server tries no move of fields: what an apply takes away after one is worked out here, and the
    /// object as it will be is tried as a whole, which brings the server's defaults and its refusals.
    /// https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/cmd/apply/apply.go (migrateToSSAIfNecessary)
    func tryOut(_ step: PlanStep) async throws -> SendResult {
        var result = try await send(step, dryRun: true)
        guard case .serverSideApply(_, let how) = step.write, let before = step.before, let answer = result.object,
            let migration = FieldMigration(answer, to: how.fieldManager)
        else { return result }
        var (foreseen, gone) = migration.pruned(answer)
        if foreseen != answer {
            var whole = step
            whole.write = .jsonPatch(
                ObjectChange.operations(
                    from: ObjectText.restorable(before), to: ObjectText.restorable(foreseen), guarded: false))
            foreseen = try await send(whole, dryRun: true).object ?? foreseen
        }
        foreseen.set(["metadata", "managedFields"], to: migration.ending(answer))
        result.object = foreseen
        let (was, rest) = (ObjectText.meaningful(answer), ObjectText.meaningful(foreseen))
        gone.removeAll { FieldSet.value(at: $0, in: rest) == FieldSet.value(at: $0, in: was) }
        result.warnings.append(
            migration.words("\(step.object.kind) \(step.object.name)", gone: gone.map(FieldSet.text)))
        return result
    }

    /// The rest after an apply that was accepted. What fails here leaves that apply as it is, and is told.
    func migrate(_ step: PlanStep, _ applied: SendResult) async -> SendResult {
        guard case .serverSideApply(_, let how) = step.write, var object = applied.object,
            let migration = FieldMigration(object, to: how.fieldManager)
        else { return applied }
        var result = applied
        do {
            if migration.keepsRecord { object = try await keepRecord(step, object) }
            object = try await moveFields(step, object, to: how.fieldManager)
            result = try await sendOnce(Self.again(step), dryRun: false)
        } catch {
            result.object = object
            let why = (error as? MeshTopError)?.description ?? "\(error)"
            result.shortfall =
                "it is applied, but what \(migration.formerNames) had applied could not be taken over, so what the file no longer names stays (\(why)); the next apply tries again"
        }
        return result
    }

    /// The same apply, now that its manager owns more. A controller may have written meanwhile: whose fields are whose
    /// decides, and nobody's are taken by force.
    private static func again(_ step: PlanStep) -> PlanStep {
        guard case .serverSideApply(var body, var how) = step.write else { return step }
        body.set(["metadata", "resourceVersion"], to: nil)
        how.forcesConflicts = false
        var again = step
        again.before = nil
        again.write = .serverSideApply(body, how)
        return again
    }

    /// Gives the record to a manager of its own, or the apply that follows would take it away.
    private func keepRecord(_ step: PlanStep, _ object: JSONValue) async throws -> JSONValue {
        let isKept = FieldManager.all(of: object).contains {
            $0.isApply && $0.fields.at("f:metadata", "f:annotations", "f:" + AppliedConfiguration.annotation) != nil
        }
        guard !isKept, let record = AppliedConfiguration.text(object) else { return object }
        var body: JSONValue = ["metadata": ["annotations": [AppliedConfiguration.annotation: .string(record)]]]
        for name in ["apiVersion", "kind"] { body[name] = object[name] }
        for name in ["name", "namespace"] {
            if let value = object.at("metadata", name) { body.set(["metadata", name], to: value) }
        }
        return try await client.json(
            KubeClient.Call(
                "PATCH", step.path, query: [("fieldManager", "kubectl-last-applied")],
                contentType: "application/apply-patch+yaml", body: Array(body.compactText.utf8)))
    }

    private func moveFields(_ step: PlanStep, _ object: JSONValue, to manager: String) async throws -> JSONValue {
        var object = object
        for attempt in 1... {
            guard let migration = FieldMigration(object, to: manager) else { break }
            // A version that is replaced, not tested, is refused with a conflict when it is not the newest.
            let body: JSONValue = [
                ["op": "replace", "path": "/metadata/managedFields", "value": .array(migration.entries)],
                [
                    "op": "replace", "path": "/metadata/resourceVersion",
                    "value": object.at("metadata", "resourceVersion") ?? .null,
                ],
            ]
            do {
                return try await client.json(
                    KubeClient.Call(
                        "PATCH", step.path, query: [("fieldManager", manager)],
                        contentType: "application/json-patch+json", body: Array(GoJSON.line(body).utf8)))
            } catch let error as MeshTopError where error.code == .conflict && attempt < Self.retryLimit {
                try await client.clock.sleep(seconds: Self.pauseSeconds(attempt))
                object = try await client.json(KubeClient.Call("GET", step.path))
            }
        }
        return object
    }
}
