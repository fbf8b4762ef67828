// Sends a step, for real or as a dry run, always with a precondition.

internal import Base
internal import Kube

/// What the server made of a step.
struct SendResult: Sendable {
    var object: JSONValue?
    var warnings: [String]
    /// What of it could not be done, though the rest was.
    var shortfall: String?
}

struct ChangeSender: Sendable {
    var client: KubeClient

    /// Sends the step with the version it was planned on. When only the status moved since (same generation), the
    /// newer version is taken and the step sent again: nothing that a person saw has changed.
    func send(_ step: PlanStep, dryRun: Bool) async throws -> SendResult {
        var step = step
        for attempt in 0... {
            do {
                return try await sendOnce(step, dryRun: dryRun)
            } catch let error as MeshTopError where error.code == .conflict && attempt < 3 {
                guard let before = step.before, let generation = step.generation else { throw error }
                let now: JSONValue
                do {
                    now = try await client.json(KubeClient.Call("GET", step.path))
                } catch let error as MeshTopError where error.code == .notFound {
                    throw Self.gone(step)
                }
                guard now.at("metadata", "generation")?.int == generation,
                    now.at("metadata", "uid") == before.at("metadata", "uid"),
                    now.at("metadata", "resourceVersion") != before.at("metadata", "resourceVersion")
                else { throw error }
                // Of a status it is the status that a person saw.
                if case .statusPatch = step.write {
                    guard
                        (step.write.touched ?? []).allSatisfy({
                            Patching.value(at: $0, in: now) == Patching.value(at: $0, in: before)
                        })
                    else { throw error }
                }
                step.before = now
                try await client.clock.sleep(seconds: Self.pauseSeconds(attempt))
            }
        }
        throw MeshTopError(.conflict, step.path, why: "it keeps changing", advice: "try again")
    }

    /// A controller that sees a change writes several times in a moment.
    static func pauseSeconds(_ attempt: Int) -> Double { 0.02 * Double(1 << min(2 * attempt, 6)) }

    /// Sends the step for real. What needs a kind that was made a moment ago waits until the server serves it.
    func sendWhenServed(_ step: PlanStep, limitSeconds: Double = 30) async throws -> SendResult {
        let deadline = client.clock.moment + limitSeconds
        while true {
            do {
                return await migrate(step, try await send(step, dryRun: false))
            } catch let error as MeshTopError where step.awaits != nil && Self.mayComeYet(error, step) {
                guard client.clock.moment < deadline else { throw error }
                try await client.clock.sleep(seconds: 0.25)
            }
        }
    }

    /// Its kind is not served yet, or the account that a pod runs under is about to be made.
    private static func mayComeYet(_ error: MeshTopError, _ step: PlanStep) -> Bool {
        error.code == .notFound
            || step.object.kind == "Pod" && error.code == .forbidden && error.why.contains("service account")
    }

    func sendOnce(_ step: PlanStep, dryRun: Bool) async throws -> SendResult {
        if case .serverSideApply(_, let how) = step.write, Self.writesRecord(step, how) {
            let now = try await client.json(KubeClient.Call("GET", step.path)).at("metadata", "resourceVersion")?.string
            guard now == step.resourceVersion else {
                throw MeshTopError(
                    .conflict, "\(step.object.kind) \(step.object.namespace)/\(step.object.name)",
                    why: "it was changed by someone else meanwhile", advice: "look again and repeat the change")
            }
        }
        let response = try await client.exchange(call(step, dryRun: dryRun))
        guard (200..<300).contains(response.status) else {
            throw refusal(StatusError(response, call: try call(step, dryRun: dryRun)), step)
        }
        let object = try? JSONValue(parsing: response.body)  // a DELETE may answer a Status or nothing
        return SendResult(object: object, warnings: response.head.warnings)
    }

    private func refusal(_ error: StatusError, _ step: PlanStep) -> MeshTopError {
        let place = step.place.map { " (\($0))" } ?? ""
        let what = "\(step.object.kind) \(step.object.namespace)/\(step.object.name)\(place)"
        // A failed JSON-patch test is a 422 with a generic message: it means the object changed.
        if case .jsonPatch = step.write, error.code == 422, error.message.contains("the server rejected our request") {
            return MeshTopError(
                .conflict, what,
                why: "it was changed by someone else meanwhile (\(SafeText.line(error.message, limit: 200)))",
                advice: "look again and repeat the change")
        }
        if error.code == 404, step.before != nil, !error.isFromBetween {
            return MeshTopError(
                .conflict, what,
                why: "it is gone: somebody deleted it meanwhile (\(SafeText.line(error.message, limit: 200)))",
                advice: "look again; nothing was sent")
        }
        if case .serverSideApply = step.write, error.code == 409, error.causes.contains(where: { !$0.field.isEmpty }) {
            return Self.conflict(error, what)
        }
        if case .evict = step.write, error.code == 429 { return EvictionPlanner.refusal(error, what) }
        var translated = error.error(server: client.access.shownServer)
        translated.what = what
        if step.object.kind == "Secret" {
            let sent = step.write.applied(to: step.before)
            translated.why = SecretMask.scrubbed(translated.why, of: [sent, step.before])
        }
        return translated
    }

    /// Who has which fields, as `kubectl apply --server-side` lists them.
    private static func conflict(_ error: StatusError, _ what: String) -> MeshTopError {
        var managers: [String] = []
        var fields: [String: [String]] = [:]
        for cause in error.causes {
            // `conflict with "istiod" using networking.istio.io/v1`
            let manager = cause.message.replacing("conflict with ", with: "")
            if fields[manager] == nil { managers.append(manager) }
            fields[manager, default: []].append(cause.field)
        }
        return MeshTopError(
            .conflict, what,
            why: managers.map { "\($0) has \((fields[$0] ?? []).joined(separator: ", "))" }.joined(separator: "; "),
            advice: "leave these fields out of the file, or add --force-conflicts to take them over; nothing was sent")
    }

    private static func gone(_ step: PlanStep) -> MeshTopError {
        MeshTopError(
            .conflict, "\(step.object.kind) \(step.object.namespace)/\(step.object.name)",
            why: "it is gone: somebody deleted it meanwhile", advice: "look again; nothing was changed")
    }

    func call(_ step: PlanStep, dryRun: Bool) throws(MeshTopError) -> KubeClient.Call {
        var query = [("fieldManager", step.fieldManager), ("fieldValidation", "Strict")]
        if dryRun { query.append(("dryRun", "All")) }
        let version = step.resourceVersion
        func patch(_ type: String, _ body: JSONValue, of part: String = "") -> KubeClient.Call {
            KubeClient.Call(
                "PATCH", step.path + part, query: query, contentType: type, body: Array(body.compactText.utf8))
        }
        func locked(_ body: JSONValue) -> JSONValue {
            var body = body
            // A version that a file names is its own precondition.
            if let version, body.at("metadata", "resourceVersion")?.string == nil {
                body.set(["metadata", "resourceVersion"], to: .string(version))
            }
            return body
        }
        switch step.write {
        case .jsonPatch(let operations):
            let test: [JSONValue] =
                version.map {
                    [["op": "test", "path": "/metadata/resourceVersion", "value": .string($0)]]
                } ?? []
            // A test compares texts as Go writes them: another text of the same value is another value to it.
            // https://github.com/evanphx/json-patch/blob/v4.12.0/patch.go
            return KubeClient.Call(
                "PATCH", step.path, query: query, contentType: "application/json-patch+json",
                body: Array(GoJSON.line(.array(test + operations)).utf8))
        case .mergePatch(let body): return patch("application/merge-patch+json", locked(body))
        case .statusPatch(let body): return patch("application/merge-patch+json", locked(body), of: "/status")
        case .strategicMergePatch(let body): return patch("application/strategic-merge-patch+json", locked(body))
        case .serverSideApply(let body, let how):
            query[0].1 = how.fieldManager
            if how.forcesConflicts { query.append(("force", "true")) }
            return patch("application/apply-patch+yaml", Self.writesRecord(step, how) ? body : locked(body))
        case .create(let body):
            let collection = step.path.split(separator: "/").dropLast().joined(separator: "/")
            return KubeClient.Call(
                "POST", "/" + collection, query: query, contentType: "application/json",
                body: Array(body.compactText.utf8))
        case .replace(let body):
            return KubeClient.Call(
                "PUT", step.path, query: query, contentType: "application/json",
                body: Array(locked(body).compactText.utf8))
        case .scale(let replicas):
            let scale: JSONValue = [
                "apiVersion": "autoscaling/v1", "kind": "Scale",
                "metadata": ["name": .string(step.object.name), "namespace": .string(step.object.namespace)],
                "spec": ["replicas": .int(Int64(replicas))],
            ]
            return KubeClient.Call(
                "PUT", step.path + "/scale", query: query, contentType: "application/json",
                body: Array(locked(scale).compactText.utf8))
        case .delete:
            // As kubectl says it: without a word the server leaves the pods of a Job or ReplicationController running.
            // https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
            var options: JSONValue = [
                "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            ]
            if let uid = step.uid { options.set(["preconditions", "uid"], to: .string(uid)) }
            if let version { options.set(["preconditions", "resourceVersion"], to: .string(version)) }
            if dryRun { options["dryRun"] = ["All"] }
            // A server reads the options in the body and no others; logs show the query.
            return KubeClient.Call(
                "DELETE", step.path, query: dryRun ? [("dryRun", "All")] : [], contentType: "application/json",
                body: Array(options.compactText.utf8))
        case .evict:
            return KubeClient.Call(
                "POST", step.path + "/eviction", query: query, contentType: "application/json",
                body: Array(step.eviction(dryRun: dryRun).compactText.utf8))
        }
    }

    /// Of kubectl's own manager the server takes what is sent into kubectl's record: a version there would be one that
    /// every later apply asks for. The version is compared beforehand instead; whose fields they are, the server sees.
    /// https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apimachinery/pkg/util/managedfields/internal/lastappliedupdater.go
    private static func writesRecord(_ step: PlanStep, _ how: ServerSideApply) -> Bool {
        how.fieldManager == FieldMigration.kubectl && AppliedConfiguration.text(step.before) != nil
    }
}
