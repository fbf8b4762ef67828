// How an apply is made on the server's side.

/// How the server merges in kubectl's place.
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/
package struct ServerSideApply: Sendable, Hashable {
    /// Who owns the fields afterwards.
    package var fieldManager: String
    /// Takes fields from those who own them.
    package var forcesConflicts: Bool

    package init(fieldManager: String?, forcesConflicts: Bool) {
        self.fieldManager = fieldManager ?? OwnManagers.changes
        self.forcesConflicts = forcesConflicts
    }

    /// For kubectl.
    var arguments: [String] {
        ["--server-side", "--field-manager=\(fieldManager)"] + (forcesConflicts ? ["--force-conflicts"] : [])
    }
}
