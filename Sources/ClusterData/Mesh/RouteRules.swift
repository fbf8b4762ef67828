// The rules of one route object as it is written, for who may read it by its name and cannot list its kind.

extension RouteSummary {
    /// Rules with destinations; nothing in them is measured, and nothing is said of what their hosts resolve to.
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
                    destinations: written.map { isGatewayAPI ? backend($0) : destination($0) },
                    manager: ObjectMeta.read(object)?.manager,
                    resourceVersion: metadata.text("resourceVersion") ?? "")
                row.rollout = metadata.at("annotations", ObjectMeta.rolloutAnnotation)?.string
                return row
            }
        }
    }

    private static func destination(_ value: JSONValue) -> Destination {
        let destination = value["destination"] ?? [:]
        return Destination(
            host: destination.text("host") ?? "", subset: destination.text("subset"),
            port: destination.at("port", "number")?.int, weight: value["weight"]?.int)
    }

    private static func backend(_ value: JSONValue) -> Destination {
        Destination(host: value.text("name") ?? "", port: value["port"]?.int, weight: value["weight"]?.int)
    }
}

extension ObjectMeta {
    /// The metadata of an object; nil where it cannot be read.
    package static func read(_ object: JSONValue) -> ObjectMeta? {
        let bytes = Array((object["metadata"] ?? [:]).compactText.utf8)
        var scanner = JSONScanner(bytes.span)
        do { return try ObjectMeta(&scanner) } catch { return nil }
    }
}
