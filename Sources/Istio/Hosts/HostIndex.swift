// Which service or external host a name in a rule means, and who may see it.
// https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination

internal import Base
internal import Kube
internal import MeshModel

package enum Visibility {
    /// Whether a client in `namespace` sees what is exported by `owner`: nothing or `*` is everyone, `.` the owner.
    package static func includes(_ exportTo: [String], owner: String, client namespace: String) -> Bool {
        exportTo.isEmpty
            || exportTo.contains { name in
                name == "*" || name == namespace || name == "." && owner == namespace
            }
    }

    /// The namespaces that an object's `exportTo` names, with `.` resolved; nil stands for all.
    package static func namespaces(_ exportTo: [String], owner: String) -> Set<String>? {
        if exportTo.isEmpty || exportTo.contains("*") { return nil }
        return Set(exportTo.filter { $0 != "~" }.map { $0 == "." ? owner : $0 })
    }
}

/// What a host turns out to be.
enum ResolvedHost: Sendable {
    case service(Service)
    case entry(ConfigObject)

    /// Ports that a client can name; empty where a ServiceEntry leaves them out.
    var ports: [Int] {
        switch self {
        case .service(let service): service.ports.map(\.number)
        case .entry(let entry): entry.spec.list("ports").compactMap { $0["number"]?.int }
        }
    }
}

/// Services and ServiceEntries by the hosts they stand for.
package struct HostIndex: Sendable {
    private var services: [String: Service] = [:]
    private var entries: [String: [ConfigObject]] = [:]
    private var wildcards: [(host: String, entry: ConfigObject)] = []

    init(_ objects: ClusterObjects) {
        for service in objects.services.values { services[HostNames.fullName(service.id)] = service }
        for entry in objects.oldestFirst(.serviceentries) {
            for host in entry.spec.texts("hosts") {
                if host.hasPrefix("*") {
                    wildcards.append((host, entry))
                } else {
                    entries[host, default: []].append(entry)
                }
            }
        }
    }

    /// A host as rules of a namespace mean it: a name without dots is a service beside the rule.
    package static func full(_ host: String, in namespace: String) -> String {
        host.contains(".") || host.contains("*") || host.isEmpty
            ? host : HostNames.fullName(ServiceID(namespace: namespace, name: host))
    }

    /// What a rule in `namespace` means by `host`, as clients in `client` see it.
    func find(_ host: String, in namespace: String, client: String) -> ResolvedHost? {
        let full = Self.full(host, in: namespace)
        if let service = services[full], service.isVisible(to: client) { return .service(service) }
        func isVisible(_ entry: ConfigObject) -> Bool {
            Visibility.includes(entry.spec.texts("exportTo"), owner: entry.meta.namespace, client: client)
        }
        if let entry = entries[full]?.first(where: isVisible) { return .entry(entry) }
        return wildcards.first { Wildcard.covers($0.host, full) && isVisible($0.entry) }.map { .entry($0.entry) }
    }

    /// A service by its full name, whoever may see it.
    func service(_ full: String) -> Service? { services[full] }

    /// Whether a pattern stands for anything at all.
    func hasAny(_ host: String, in namespace: String, client: String) -> Bool {
        if find(host, in: namespace, client: client) != nil { return true }
        guard host.hasPrefix("*") else { return false }
        return services.keys.contains { Wildcard.covers(host, $0) }
            || entries.keys.contains { Wildcard.covers(host, $0) }
    }
}

extension Service {
    /// `networking.istio.io/exportTo`, of which a service has one list of its own.
    package var exportTo: [String] {
        (meta.annotations["networking.istio.io/exportTo"] ?? "").split(separator: ",").map { part in
            part.filter { $0 != " " }
        }
    }

    package func isVisible(to client: String) -> Bool {
        Visibility.includes(exportTo, owner: meta.namespace, client: client)
    }
}
