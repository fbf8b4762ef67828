// Plans the way back of a journal entry, and says what changed since.

internal import ClusterData

enum UndoPlanner {
    static func draft(_ id: String?, _ journal: Journal, _ world: PlanWorld) async throws -> Draft {
        let context = world.client.access.contextName
        let (entries, _) = try journal.read()
        let open: Set<JournalEntry.Outcome> = [.sent, .applied, .verified, .unverified]
        let candidates = entries.filter { $0.context == context && $0.server == world.client.access.server }
        let entry: JournalEntry
        if let id {
            guard let found = entries.first(where: { $0.id == id }) else {
                throw MeshTopError(.notFound, "undo \(id)", why: "the journal has no such change", advice: "see 'meshtop journal'")
            }
            guard candidates.contains(found) else {
                throw MeshTopError(
                    .usage, "undo \(id)", why: "it was made in context \(found.context)", advice: "add --context \(found.context)")
            }
            entry = found
        } else {
            guard let last = candidates.last(where: { open.contains($0.outcome) && $0.verb != "undo" }) else {
                throw MeshTopError(
                    .notFound, "undo", why: "the journal has no change to take back in context \(context)",
                    advice: "see 'meshtop journal'")
            }
            entry = last
        }
        guard open.contains(entry.outcome) else {
            throw MeshTopError(.usage, "undo \(entry.id)", why: "that change is \(entry.outcome.rawValue)", advice: "see 'meshtop journal'")
        }
        var steps: [PlanStep] = []
        var warnings: [String] = []
        for step in entry.steps.reversed() {
            guard let inverse = step.inverse else { continue }
            let now = try await world.readIfPresent(step.path)
            let name = "\(step.object.kind) \(step.object.name)"
            if let after = step.after, let content = ObjectText.content(now), !same(after, content, inverse) {
                warnings.append("\(name) was changed by someone else since: the undo takes back only what MeshTop changed")
            }
            switch (inverse, now) {
            case (.delete, nil): continue
            case (.replace(let body), nil): steps.append(PlanStep(object: step.object, path: step.path, write: .create(Self.creatable(body)), before: nil, after: nil, inverse: .delete))
            case (_, nil):
                throw MeshTopError(.notFound, "undo \(entry.id)", why: "\(name) no longer exists", advice: "apply it from a file")
            case (_, let now?):
                steps.append(
                    PlanStep(
                        object: step.object, path: step.path, write: inverse, before: now, after: nil,
                        inverse: .replace(ObjectText.restorable(now))))
            }
        }
        let rollout = entry.steps.first.flatMap { step -> Verification? in
            ["Deployment", "StatefulSet"].contains(step.object.kind) ? .rollout(step.object, replicas: nil) : nil
        }
        return Draft(
            verb: "undo", title: "Undo: \(entry.title)", steps: steps,
            effects: ["takes back the change of \(entry.time.rfc3339) by \(entry.user)"], warnings: warnings,
            kubectl: "# no single kubectl command: the way back is in the journal as \(entry.id)",
            verification: rollout ?? .accepted, undoes: entry.id)
    }

    /// A scale's content drifts in nothing but its count; everything else is compared whole.
    private static func same(_ after: JSONValue, _ now: JSONValue, _ inverse: PlanStep.Write) -> Bool {
        if case .scale = inverse { return after.at("spec", "replicas") == now.at("spec", "replicas") }
        return after == now
    }

    private static func creatable(_ body: JSONValue) -> JSONValue {
        var body = body
        body.set(["metadata", "uid"], to: nil)
        body.set(["metadata", "creationTimestamp"], to: nil)
        return body
    }
}
