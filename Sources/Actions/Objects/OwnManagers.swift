// The names under which MeshTop writes fields.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers

enum OwnManagers {
    static let changes = "meshtop"
    /// What an apply from the client's side writes is told from what other verbs write, as kubectl tells it: a later
    /// apply on the server's side takes over this alone.
    static let clientSideApply = "meshtop-client-side-apply"
}
