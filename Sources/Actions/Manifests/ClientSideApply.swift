// Who applied an object from the client's side, before the server applies it.

internal import ClusterData

enum ClientSideApply {
    /// The managers that changed kubectl's record by an update. What they wrote is theirs: an apply on the server's
    /// side removes only what its own manager applied. kubectl looks for the same, and moves their fields.
    /// https://github.com/kubernetes/client-go/blob/v0.36.0/util/csaupgrade/upgrade.go
    private static func managers(_ object: JSONValue) -> [String] {
        var found: [String] = []
        for entry in object.at("metadata", "managedFields")?.array ?? [] {
            guard entry["operation"] == "Update", (entry["subresource"]?.string ?? "").isEmpty,
                entry.at("fieldsV1", "f:metadata", "f:annotations", "f:" + AppliedConfiguration.annotation) != nil,
                let manager = entry["manager"]?.string
            else { continue }
            let name = SafeText.line(manager, limit: 60)
            if !found.contains(name) { found.append(name) }
        }
        return found
    }

    /// For a preview; nil when nobody did.
    static func warning(_ name: String, _ object: JSONValue) -> String? {
        let managers = managers(object)
        guard !managers.isEmpty else { return nil }
        return
            "\(name) was applied from the client's side before (\(managers.joined(separator: ", "))): what was written so stays when the file no longer names it; kubectl apply --server-side removes it"
    }
}
