// The rules of one route object as it is written, for who may read it by its name and cannot list its kind.

package import Base
internal import Istio
package import Kube
package import MeshModel

extension RouteSummary {
    /// Rules with destinations; nothing in them is measured, and nothing is said of whether their hosts are there.
    package static func rules(of object: JSONValue, _ kind: Kind) -> [RouteSummary] {
        let (metadata, spec) = (object["metadata"] ?? [:], object["spec"] ?? [:])
        guard let name = metadata.text("name"), let namespace = metadata.text("namespace") else { return [] }
        let isGatewayAPI = kind != .virtualService
        let parents = isGatewayAPI ? spec.list("parentRefs").compactMap { $0.text("name") } : spec.texts("gateways")
        let hosts = spec.texts(isGatewayAPI ? "hostnames" : "hosts")
        let sections: [Section] = isGatewayAPI ? [.rules] : [.http, .tcp, .tls]
        return sections.flatMap { section in
            spec.list(section.rawValue).enumerated().compactMap { index, rule -> RouteSummary? in
                let written = rule.list(isGatewayAPI ? "backendRefs" : "route")
                guard !written.isEmpty else { return nil }
                var row = RouteSummary(
                    kind: kind, namespace: namespace, name: name,
                    host: (isGatewayAPI && hosts.isEmpty ? parents : hosts).joined(separator: ","), index: index,
                    section: section, gateways: parents,
                    destinations: written.map { isGatewayAPI ? backend($0, namespace) : destination($0, namespace) },
                    manager: ObjectMeta.read(object)?.manager,
                    resourceVersion: metadata.text("resourceVersion") ?? "")
                let services = Set(row.destinations.compactMap(\.service))
                row.service = services.count == 1 ? services.first : nil
                row.rollout = metadata.at("annotations", ObjectMeta.rolloutAnnotation)?.string
                return row
            }
        }
    }

    private static func destination(_ value: JSONValue, _ namespace: String) -> Destination {
        let written = value["destination"] ?? [:]
        let host = written.text("host") ?? ""
        var destination = Destination(
            host: host, subset: written.text("subset"), port: written.at("port", "number")?.int,
            weight: value["weight"]?.int)
        destination.service = HostNames.service(host, from: namespace)
        return destination
    }

    private static func backend(_ value: JSONValue, _ namespace: String) -> Destination {
        let name = value.text("name") ?? ""
        var destination = Destination(host: name, port: value["port"]?.int, weight: value["weight"]?.int)
        destination.service = ServiceID(namespace: value.text("namespace") ?? namespace, name: name)
        return destination
    }
}

extension ObjectMeta {
    /// The metadata of an object; nil where it cannot be read.
    package static func read(_ object: JSONValue) -> ObjectMeta? {
        let bytes = Array((object["metadata"] ?? [:]).compactText.utf8)
        var scanner = JSONScanner(bytes.span)
        do { return try ObjectMeta(&scanner, keeping: .mesh) } catch { return nil }
    }
}
