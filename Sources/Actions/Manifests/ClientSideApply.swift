// Who applied an object from the client's side, before the server applies it.

internal import ClusterData

enum ClientSideApply {
    /// The managers that changed kubectl's record by an update. What they wrote is theirs: an apply on the server's
    /// side removes only what its own manager applied. kubectl looks for the same, and moves their fields.
    /// https://github.com/kubernetes/client-go/blob/v0.36.0/util/csaupgrade/upgrade.go
    private static func managers(_ object: JSONValue) -> [String] {
        FieldManager.all(of: object).filter {
            !$0.isApply && $0.subresource.isEmpty
                && $0.fields.at("f:metadata", "f:annotations", "f:" + AppliedConfiguration.annotation) != nil
        }.map { SafeText.line($0.name, limit: 60) }.uniqued()
    }

    /// For a preview; nil when nobody did.
    static func warning(_ name: String, _ object: JSONValue) -> String? {
        let managers = managers(object)
        guard !managers.isEmpty else { return nil }
        return
            "\(name) was applied from the client's side before (\(managers.joined(separator: ", "))): what was written so stays when the file no longer names it; kubectl apply --server-side removes it"
    }
}
