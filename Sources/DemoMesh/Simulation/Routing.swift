// Where requests go: read from the VirtualServices and HTTPRoutes that are in the store now.

internal import Base
internal import Istio
internal import MeshModel

/// A part of a call's requests.
struct RouteShare {
    var service: ServiceID
    var subset: String?
    var share: Double
    /// No destination at all: NR.
    var isUnrouted = false
}

/// The routing configuration of one moment, read again when it changed.
struct RoutingTable {
    private var virtualServices: [ServiceID: JSONValue] = [:]
    private var serviceRoutes: [ServiceID: JSONValue] = [:]
    private(set) var rules: [ServiceID: JSONValue] = [:]
    private var subsets: [ServiceID: [String: [String: String]]] = [:]

    /// Share of requests that satisfy a rule's conditions: a fifth come from phones or the region, testers are few.
    private func matchedShare(_ rule: JSONValue) -> Double {
        let headers = rule.list("match").first?["headers"]
        return headers?["user-agent"] != nil || headers?["x-region"] != nil ? 0.2 : 0.01
    }

    init(_ store: ObjectStore) {
        func all(_ group: String, _ resource: String) -> [JSONValue] {
            ResourceType.find(group: group, resource: resource).map { store.list($0) } ?? []
        }
        for object in all("networking.istio.io", "virtualservices") {
            let namespace = object.at("metadata", "namespace")?.string ?? ""
            let gateways = object.at("spec", "gateways")?.array?.compactMap(\.string) ?? ["mesh"]
            guard gateways.contains("mesh") else { continue }
            for host in object.at("spec", "hosts")?.array?.compactMap(\.string) ?? [] {
                guard let id = HostNames.service(host, from: namespace), virtualServices[id] == nil else { continue }
                virtualServices[id] = object
            }
        }
        for object in all("gateway.networking.k8s.io", "httproutes") {
            let namespace = object.at("metadata", "namespace")?.string ?? ""
            for parent in object["spec"]?.list("parentRefs") ?? [] where parent["kind"] == "Service" {
                serviceRoutes[ServiceID(namespace: namespace, name: parent["name"]?.string ?? "")] = object
            }
        }
        for object in all("networking.istio.io", "destinationrules") {
            let namespace = object.at("metadata", "namespace")?.string ?? ""
            guard let host = object.at("spec", "host")?.string, let id = HostNames.service(host, from: namespace),
                rules[id] == nil
            else { continue }
            rules[id] = object
            for subset in object["spec"]?.list("subsets") ?? [] {
                subsets[id, default: [:]][subset["name"]?.string ?? ""] = subset["labels"]?.stringMap ?? [:]
            }
        }
    }

    func labels(of subset: String, in service: ServiceID) -> [String: String]? { subsets[service]?[subset] }
    func subsetNames(_ service: ServiceID) -> [String] { (subsets[service] ?? [:]).keys.sorted() }

    /// How the requests to a host are split.
    func shares(_ host: ServiceID) -> [RouteShare] {
        if let route = serviceRoutes[host], let rule = route["spec"]?.list("rules").first {
            let namespace = route.at("metadata", "namespace")?.string ?? host.namespace
            return split(
                rule.list("backendRefs"), standardWeight: 1,
                service: { ServiceID(namespace: $0["namespace"]?.string ?? namespace, name: $0["name"]?.string ?? "") })
        }
        guard let object = virtualServices[host] else { return [RouteShare(service: host, subset: nil, share: 1)] }
        let namespace = object.at("metadata", "namespace")?.string ?? host.namespace
        var left = 1.0
        var shares: [RouteShare] = []
        for rule in object["spec"]?.list("http") ?? [] {
            let isConditional = !rule.list("match").isEmpty
            let part = isConditional ? left * matchedShare(rule) : left
            let routes = rule.list("route")
            for var share in split(
                routes, standardWeight: routes.count == 1 ? 1 : 0,
                service: {
                    HostNames.service($0.at("destination", "host")?.string ?? "", from: namespace)
                        ?? ServiceID(namespace: "unknown", name: $0.at("destination", "host")?.string ?? "unknown")
                })
            {
                share.share *= part
                shares.append(share)
            }
            left -= part
            if !isConditional { break }
        }
        if left > 1e-9 { shares.append(RouteShare(service: host, subset: nil, share: left, isUnrouted: true)) }
        return shares
    }

    private func split(
        _ routes: [JSONValue], standardWeight: Int, service: (JSONValue) -> ServiceID
    ) -> [RouteShare] {
        let weights = routes.map { Double(max(0, $0["weight"]?.int ?? standardWeight)) }
        let sum = weights.reduce(0, +)  // bounded: fractions
        guard sum > 0 else { return [] }
        return zip(routes, weights).compactMap { route, weight in
            guard weight > 0 else { return nil }
            return RouteShare(
                service: service(route), subset: route.at("destination", "subset")?.string, share: weight / sum)
        }
    }
}
