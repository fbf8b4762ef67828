// A Kubernetes Service by its name.

package struct ServiceID: Sendable, Hashable, Codable, Comparable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: ServiceID, right: ServiceID) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
