// An object that a verb acts on, by its names.

package struct ObjectReference: Sendable, Hashable {
    /// "VirtualService", "HTTPRoute", "Deployment", …
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}
