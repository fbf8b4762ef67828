// Plans the way back of a journal entry, and says what changed since.

internal import Base
internal import Kube

/// Takes back the journal entry with this id, the last one when nil. `overDrift`: also where somebody else wrote the
/// same place since, which is refused without. `namespaces`: where it must have been made; nil stands for all.
struct UndoRequest: ChangeRequest {
    var id: String?
    var overDrift: Bool
    var namespaces: [String]?

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await UndoPlanner.draft(id, overDrift: overDrift, in: namespaces, world)
    }
}

extension PlanRequest {
    package static func undo(
        _ id: String?, overDrift: Bool = false, in namespaces: [String]? = nil
    ) -> PlanRequest {
        PlanRequest(UndoRequest(id: id, overDrift: overDrift, namespaces: namespaces))
    }
}

enum UndoPlanner {
    /// With `overDrift`, what somebody else wrote since over the change's own places goes back too; the draft says so.
    static func draft(
        _ id: String?, overDrift: Bool, in namespaces: [String]? = nil, _ world: PlanWorld
    ) async throws -> Draft {
        let context = world.client.access.contextName
        let entries = try world.journal()
        let open: Set<JournalEntry.Outcome> = [.sent, .applied, .verified, .unverified]
        let candidates = entries.filter { $0.context == context && world.client.access.isServer($0.server) }
        let entry: JournalEntry
        if let id {
            guard let found = entries.first(where: { $0.id == id }) else {
                throw MeshTopError(
                    .notFound, "undo \(id)", why: "the journal has no such change", advice: "see 'meshtop journal'")
            }
            guard candidates.contains(found) else {
                throw MeshTopError(
                    .usage, "undo \(id)", why: "it was made in context \(found.context)",
                    advice: "add --context \(found.context)")
            }
            entry = found
        } else {
            guard
                let last = candidates.last(where: {
                    open.contains($0.outcome) && $0.verb != "undo"
                        && $0.steps.contains { $0.inverse != nil || $0.isForgotten }
                })
            else {
                throw MeshTopError(
                    .notFound, "undo", why: "the journal has no change to take back in context \(context)",
                    advice: "see 'meshtop journal'")
            }
            entry = last
        }
        let outside = entry.steps.map(\.object).first { object in
            !object.namespace.isEmpty && namespaces?.contains(object.namespace) == false
        }
        if let namespaces, let outside {
            throw MeshTopError(
                .usage, "undo \(entry.id)",
                why:
                    "it changed \(outside.kind) \(outside.namespace)/\(outside.name), and -n names \(namespaces.joined(separator: ", "))",
                advice: "repeat with -n \(outside.namespace), or without -n")
        }
        guard open.contains(entry.outcome) else {
            throw MeshTopError(
                .usage, "undo \(entry.id)", why: "that change is \(entry.outcome.rawValue)",
                advice: "see 'meshtop journal'")
        }
        if let forgotten = entry.steps.first(where: \.isForgotten) {
            throw MeshTopError(
                .usage, "undo \(entry.id)",
                why:
                    "the values of \(forgotten.object.kind) \(forgotten.object.name) were forgotten with 'meshtop journal --forget-secrets'",
                advice: "apply it from a file")
        }
        guard entry.steps.contains(where: { $0.inverse != nil }) else {
            throw MeshTopError(
                .usage, "undo \(entry.id)", why: "\(entry.title) cannot be taken back",
                advice: "what was evicted is made anew by its controller")
        }
        var steps: [PlanStep] = []
        var warnings: [String] = []
        var drift: [DriftItem] = []
        var effects: [String] = []
        var notBroughtBack: [String] = []
        func bringBack(_ step: JournalEntry.Step) {
            guard step.write == .delete, DeletedContents.holders.contains(step.object.kind) else { return }
            guard let contents = step.contents else { return notBroughtBack.append("what was in it") }
            let found = contents.steps(within: step.object)
            steps += found
            notBroughtBack += contents.allMissing
            if !found.isEmpty {
                effects.append(
                    "\(Plural.count(found.count, "object")) that went with it \(Plural.verb(found.count)) made anew")
            }
            if contents.owned > 0 {
                effects.append("\(contents.owned) that were made by a controller are left to it")
            }
        }
        for (index, step) in entry.steps.enumerated().reversed() {
            guard let inverse = step.inverse else { continue }
            // Steps behind the one that was refused were never sent; the refused one's answer may not have been seen.
            if let sent = entry.sent, index > sent { continue }
            let now = try await world.readIfPresent(step.path)
            if let sent = entry.sent, index == sent, OutcomeResolver.state(step, now) != .made { continue }
            let name = "\(step.object.kind) \(step.object.name)"
            if case .statusPatch = inverse, let now, let drift = statusDrift(step, inverse, now) {
                throw MeshTopError(
                    .conflict, "undo \(entry.id)", why: "\(name) has gone on since: \(drift)",
                    advice: "order what you want yourself with 'meshtop rollouts' and its verbs")
            }
            if let now, let overlaid = Overlaid(step, inverse, now) {
                if let conflict = overlaid.ways.firstConflict, !overDrift {
                    let place = conflict.path.dropFirst(overlaid.ways.object.count + 1)
                    throw MeshTopError(
                        .conflict, "undo \(entry.id)",
                        why:
                            "\(name) was changed by someone else since: \(place) is \(conflict.now), MeshTop left \(conflict.made)",
                        advice: "set what you want yourself, or add --over-drift to overwrite it")
                }
                drift += overlaid.ways.items
                warnings.append("\(name) was changed elsewhere since; only what MeshTop changed goes back")
                if let step = overlaid.step { steps.append(step) }
                continue
            }
            switch (inverse, now) {
            case (.delete, nil): continue
            case (.create, .some(let now)) where LeavingObject(now) != nil:
                let holders = LeavingObject.holders(now)
                throw MeshTopError(
                    .conflict, "undo \(entry.id)",
                    why: "\(name) is not gone yet"
                        + (holders.isEmpty ? "" : ": it is held by \(holders.joined(separator: ", "))")
                        + ", and Kubernetes takes no deletion back",
                    advice: "once it is gone the undo makes it anew")
            case (.create, .some) where step.contents?.objects.isEmpty == false:
                warnings.append("\(name) was made anew by someone else: it stays as it is")
                bringBack(step)
            case (.create, .some):
                throw MeshTopError(
                    .conflict, "undo \(entry.id)", why: "\(name) was made anew by someone else",
                    advice: "look at it; nothing was changed")
            case (.replace(let body), nil), (.create(let body), nil):
                steps.append(
                    PlanStep(
                        object: step.object, path: step.path, write: .create(ObjectText.creatable(body)), before: nil,
                        after: nil, inverse: .delete))
                bringBack(step)
            case (_, nil):
                throw MeshTopError(
                    .notFound, "undo \(entry.id)", why: "\(name) no longer exists", advice: "apply it from a file")
            case (_, let now?):
                steps.append(
                    PlanStep(
                        object: step.object, path: step.path, write: inverse, before: now, after: nil,
                        inverse: wayBack(of: inverse, on: now)))
            }
        }
        if entry.verb == "guard", !steps.isEmpty {
            warnings.append(
                "that was a step of a guarded shift: after this nothing compares the canary, nor takes it out")
        }
        var draft = Draft(
            verb: "undo", title: "Undo: \(entry.title)", steps: steps,
            effects: ["takes back the change of \(entry.time.rfc3339) by \(entry.user)"] + effects,
            warnings: warnings + notBroughtBack.map { "it comes back without: \($0)" },
            kubectl: kubectl(steps, entry.id, world), verification: verification(steps), undoes: entry.id)
        draft.drift = drift
        draft.notBroughtBack = notBroughtBack
        await DeletedContents.count(into: &draft, world)
        if draft.typedConfirmation == nil, drift.contains(where: { $0.kind == .conflict }) {
            draft.typedConfirmation = steps.first?.object.name
        }
        return draft
    }

    /// What takes the undo back: only what it writes, where it writes only a part.
    static func wayBack(of write: PlanStep.Write, on now: JSONValue) -> PlanStep.Write {
        switch write {
        case .statusPatch(let patch): return .statusPatch(ObjectChange.inverse(ofMerge: patch, on: now))
        case .jsonPatch, .mergePatch, .strategicMergePatch, .serverSideApply:
            guard let result = write.applied(to: now) else { break }
            return .jsonPatch(ObjectChange.operations(from: result, to: now, guarded: false))
        case .scale: if let count = now.at("spec", "replicas")?.int { return .scale(count) }
        case .create, .replace, .delete, .evict: break
        }
        return .replace(ObjectText.restorable(now))
    }

    /// What a status's own controller has made of it since; nil when it is as MeshTop left it.
    private static func statusDrift(
        _ step: JournalEntry.Step, _ inverse: PlanStep.Write, _ now: JSONValue
    ) -> String? {
        guard let after = step.after else { return nil }
        for path in inverse.touched ?? [] where path.first == "status" {
            let (left, present) = (Patching.value(at: path, in: after), Patching.value(at: path, in: now))
            if left != present {
                func text(_ value: JSONValue?) -> String {
                    value.map { SafeText.line($0.compactText, limit: 60) } ?? "absent"
                }
                return "\(path.joined(separator: ".")) is \(text(present)), MeshTop left \(text(left))"
            }
        }
        return nil
    }

    /// The weights or replicas that the way back leads to are checked as those of a change forward are.
    private static func verification(_ steps: [PlanStep]) -> Verification {
        guard steps.count == 1, let step = steps.first else { return .accepted }
        if ["Deployment", "StatefulSet"].contains(step.object.kind) { return .rollout(step.object, replicas: nil) }
        let changes = WeightChange.found(in: steps)
        return changes.count == 1 ? changes[0].verification : .accepted
    }

    private static func kubectl(_ steps: [PlanStep], _ id: String, _ world: PlanWorld) -> String {
        guard steps.count == 1, let step = steps.first else {
            return "# several objects: the way back is in the journal as \(id)"
        }
        return PlanText.kubectl(world, step)
    }
}
