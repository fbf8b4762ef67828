// What was applied from the client's side becomes a manager's of server-side apply, so that what a file no longer names
// goes: `kubectl apply --server-side` does it.

internal import Base

/// https://github.com/kubernetes/client-go/blob/v0.36.0/util/csaupgrade/upgrade.go
struct FieldMigration {
    /// kubectl's own manager of server-side apply.
    static let kubectl = "kubectl"

    /// Who comes to own the fields.
    let manager: String
    /// Who applied from the client's side: they changed kubectl's record by an update.
    let former: [String]
    /// managedFields as they are after the move.
    private(set) var entries: [JSONValue]

    /// Nil where there is nothing to move.
    init?(_ object: JSONValue?, to manager: String) {
        let present = object?.at("metadata", "managedFields")?.array ?? []
        self.manager = manager
        former = present.filter { entry in
            entry["operation"] == "Update"
                && entry.at("fieldsV1", "f:metadata", "f:annotations", "f:" + AppliedConfiguration.annotation) != nil
        }.compactMap { $0["manager"]?.string }.uniqued()
        entries = present
        for name in former { move(name) }
        guard entries != present else { return nil }
    }

    private static func isOf(_ name: String, _ operation: String, _ entry: JSONValue) -> Bool {
        entry["manager"]?.string == name && entry["operation"]?.string == operation
            && (entry["subresource"]?.string ?? "").isEmpty
    }

    private mutating func move(_ name: String) {
        var target = entries.firstIndex { Self.isOf(manager, "Apply", $0) }
        if target == nil {
            target = entries.firstIndex { Self.isOf(name, "Update", $0) }
            guard let target else { return }
            entries[target]["manager"] = .string(manager)
            entries[target]["operation"] = "Apply"
        }
        guard let target else { return }
        let version = entries[target]["apiVersion"]
        if let same = entries.first(where: { Self.isOf(name, "Update", $0) && $0["apiVersion"] == version }) {
            entries[target]["fieldsV1"] = FieldSet.union(entries[target]["fieldsV1"] ?? [:], same["fieldsV1"] ?? [:])
        }
        entries.removeAll { Self.isOf(name, "Update", $0) }
    }

    // MARK: What becomes of the object

    /// Whether kubectl's record stays: its own manager keeps it up to date, others would leave it to age.
    var keepsRecord: Bool { manager == Self.kubectl }

    /// The answer to an apply without what the same apply takes away after the move, and the places of that.
    func pruned(_ answer: JSONValue) -> (JSONValue, gone: [[String]]) {
        let last = entries.first { Self.isOf(manager, "Apply", $0) }?["fieldsV1"] ?? [:]
        // A file names its object, though no set says so.
        var kept = FieldSet.union(
            applied(in: answer),
            ["f:apiVersion": [:], "f:kind": [:], "f:metadata": ["f:name": [:], "f:namespace": [:]]])
        for entry in entries where !Self.isOf(manager, "Apply", entry) {
            kept = FieldSet.union(kept, entry["fieldsV1"] ?? [:])
        }
        let record: JSONValue = ["f:metadata": ["f:annotations": ["f:" + AppliedConfiguration.annotation: [:]]]]
        if keepsRecord { kept = FieldSet.union(kept, record) }
        // A Secret's texts become its data.
        if answer["kind"] == "Secret", let texts = kept["f:stringData"] {
            kept = FieldSet.union(kept, ["f:data": texts])
        }
        return FieldSet.pruned(answer, last, keeping: kept)
    }

    /// What the file itself applies.
    private func applied(in answer: JSONValue) -> JSONValue {
        answer.at("metadata", "managedFields")?.array?.first { Self.isOf(manager, "Apply", $0) }?["fieldsV1"] ?? [:]
    }

    /// managedFields once the file was applied again.
    func ending(_ answer: JSONValue) -> JSONValue {
        .array(
            entries.map { entry in
                guard Self.isOf(manager, "Apply", entry) else { return entry }
                var entry = entry
                entry["fieldsV1"] = applied(in: answer)
                return entry
            })
    }

    // MARK: Words

    /// "kubectl-client-side-apply"
    var formerNames: String { former.map { SafeText.line($0, limit: 60) }.joined(separator: ", ") }

    /// For a preview: what moves, and which fields go with it.
    func words(_ name: String, gone: [String]) -> String {
        let move =
            "\(name): what \(formerNames) applied from the client's side becomes \(SafeText.line(manager, limit: 60))'s, as by kubectl apply --server-side"
        guard !gone.isEmpty else { return move }
        let shown = gone.prefix(6).map { SafeText.line($0, limit: 120) }.joined(separator: ", ")
        let more = gone.count > 6 ? " and \(gone.count - 6) more" : ""
        return "\(move); the file no longer names, so that it goes: \(shown)\(more)"
    }
}
