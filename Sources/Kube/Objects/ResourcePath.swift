// Where a resource lives on the server.

/// Where a resource lives on the server.
package struct ResourcePath: Sendable, Hashable {
    package var group: String
    package var version: String
    package var resource: String

    package init(group: String, version: String, resource: String) {
        self.group = group
        self.version = version
        self.resource = resource
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    private var root: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }

    /// The collection's path, of one namespace or of all.
    package func collection(_ namespace: String?) -> String {
        namespace.map { "\(root)/namespaces/\(percentEncoded($0))/\(resource)" } ?? "\(root)/\(resource)"
    }

    package func object(_ key: ObjectKey) -> String {
        "\(collection(key.namespace.isEmpty ? nil : key.namespace))/\(percentEncoded(key.name))"
    }
}
