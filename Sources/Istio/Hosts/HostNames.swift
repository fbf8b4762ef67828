// How Istio reads a host in a rule: short names belong to the rule's namespace.
// https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination

package import MeshModel

package enum HostNames {
    /// The service that a host names, seen from a rule in `namespace`; nil for external hosts and wildcards.
    package static func service(_ host: String, from namespace: String) -> ServiceID? {
        guard !host.isEmpty, !host.hasPrefix("*") else { return nil }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1 { return ServiceID(namespace: namespace, name: host) }
        if parts.count >= 3, parts[2] == "svc" { return ServiceID(namespace: parts[1], name: parts[0]) }
        return nil
    }

    /// Kubernetes' name for a service in the default cluster domain.
    package static func fullName(_ id: ServiceID) -> String {
        // A file may leave the namespace to whoever applies it.
        id.namespace.isEmpty ? id.name : "\(id.name).\(id.namespace).svc.cluster.local"
    }
}
