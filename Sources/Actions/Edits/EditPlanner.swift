// Plans what an operator made of an object in an editor: the smallest patch between the two texts.

internal import Base

/// What an operator made of an object in an editor.
struct EditRequest: ChangeRequest {
    var edit: ObjectEdit

    func draft(_ world: PlanWorld) async throws -> Draft { try EditPlanner.draft(edit, world) }
}

extension PlanRequest {
    package static func edit(_ edit: ObjectEdit) -> PlanRequest { PlanRequest(EditRequest(edit: edit)) }
}

enum EditPlanner {
    struct Meaning {
        var states: (before: JSONValue, after: JSONValue)
        var warnings: [String]
    }

    /// Whether anything is to be sent; an error when the text cannot be taken.
    static func isChanged(_ edit: ObjectEdit) throws(MeshTopError) -> Bool {
        try meant(edit).map { $0.states.before != $0.states.after } ?? false
    }

    /// The edit without what cannot be changed by one; nil when the texts say the same.
    static func meant(_ edit: ObjectEdit) throws(MeshTopError) -> Meaning? {
        guard let (before, edited) = try edit.states() else { return nil }
        for (name, old, new) in [
            ("apiVersion", before["apiVersion"], edited["apiVersion"]), ("kind", before["kind"], edited["kind"]),
            ("metadata.name", before.at("metadata", "name"), edited.at("metadata", "name")),
            ("metadata.namespace", before.at("metadata", "namespace"), edited.at("metadata", "namespace")),
        ] where old != new {
            func text(_ value: JSONValue?) -> String {
                value.map { SafeText.line($0.string ?? $0.compactText, limit: 80) } ?? "nothing"
            }
            throw edit.mistake(
                "\(name) was changed from \(text(old)) to \(text(new)), which makes it another object",
                "put it back, or use 'meshtop apply' for a new object")
        }
        var after = edited
        var warnings: [String] = []
        if edited["status"] != before["status"] {
            after["status"] = before["status"]
            warnings.append("status is written by controllers: what was edited there is left out")
        }
        for field in ObjectText.serverFields where edited.at("metadata", field) != before.at("metadata", field) {
            after.set(["metadata", field], to: before.at("metadata", field))
            warnings.append("metadata.\(field) is the server's own: what was edited there is left out")
        }
        return Meaning(states: (before, after), warnings: warnings)
    }

    static func draft(_ edit: ObjectEdit, _ world: PlanWorld) throws(MeshTopError) -> Draft {
        let name = "\(edit.object.kind) \(edit.object.name)"
        let meaning = try meant(edit)
        guard let meaning, meaning.states.before != meaning.states.after else {
            return Draft(
                verb: "edit", title: "Edit \(name)", steps: [], warnings: meaning?.warnings ?? [],
                kubectl: "# \(name) is as it was")
        }
        let (before, after) = meaning.states
        var step = ObjectChange.step(edit.object, edit.path, from: before, to: after)
        // The lock is on what was read before the editor opened.
        step.before = edit.before
        let isRolledOut =
            ["Deployment", "StatefulSet"].contains(edit.object.kind)
            && before.at("spec", "paused") != true && after.at("spec", "paused") != true
            && before["spec"] != after["spec"]
        return Draft(
            verb: "edit", title: "Edit \(name)", steps: [step], warnings: meaning.warnings,
            kubectl: PlanText.kubectl(world, step),
            verification: isRolledOut ? .rollout(edit.object, replicas: nil) : .accepted)
    }
}
