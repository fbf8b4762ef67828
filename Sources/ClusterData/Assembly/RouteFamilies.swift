// VirtualServices that belong together: roots with their delegates, and those that a gateway merges for one host.
// https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

struct RouteFamilies: Sendable, Hashable {
    /// The rule of a root that hands requests to a delegate.
    struct Root: Sendable, Hashable {
        var key: ObjectKey
        var hosts: [String]
        var gateways: [String]
        /// The root rule's conditions in one line.
        var match: String
        var index: Int
    }

    /// Roots by delegate.
    private(set) var roots: [ObjectKey: [Root]] = [:]
    /// Older VirtualServices of the same host at the same gateway, whose rules come first.
    private(set) var before: [ObjectKey: [ObjectKey]] = [:]
    private(set) var keys: Set<ObjectKey> = []

    init(_ objects: [ConfigObject]) {
        var atGateways: [String: [ObjectKey]] = [:]
        for object in objects {
            keys.insert(object.meta.key)
            let (hosts, gateways) = (object.spec.texts("hosts"), object.spec.texts("gateways"))
            for (index, rule) in object.spec.list("http").enumerated() {
                guard let delegate = rule["delegate"], let name = delegate.text("name") else { continue }
                let key = ObjectKey(delegate.text("namespace") ?? object.meta.namespace, name)
                roots[key, default: []].append(
                    Root(
                        key: object.meta.key, hosts: hosts, gateways: gateways,
                        match: RouteText.match(rule.list("match")), index: index))
            }
            for gateway in gateways where gateway != "mesh" {
                let place = VirtualServiceRules.gatewayKey(gateway, in: object.meta.namespace)
                for host in hosts {
                    let id = "\(place.namespace)/\(place.name) \(host)"
                    for older in atGateways[id] ?? [] where older != object.meta.key {
                        if before[object.meta.key]?.contains(older) != true {
                            before[object.meta.key, default: []].append(older)
                        }
                    }
                    atGateways[id, default: []].append(object.meta.key)
                }
            }
        }
        // Only what relates objects to each other matters to their rows.
        if roots.isEmpty { keys = [] }
    }

    /// The delegate of a rule, and whether it is there.
    func delegate(of rule: JSONValue, in namespace: String) -> (key: ObjectKey, isThere: Bool)? {
        guard let delegate = rule["delegate"], let name = delegate.text("name") else { return nil }
        let key = ObjectKey(delegate.text("namespace") ?? namespace, name)
        return (key, keys.contains(key))
    }
}

extension RouteSummary {
    /// Says on a row what the analysis found of its rule: that it never gets a request, or is not used at all.
    static func marked(_ routes: [RouteSummary], _ findings: [Finding]) -> [RouteSummary] {
        let codes: Set<String> = [
            FindingCode.unreachableRule.rawValue, FindingCode.shadowedService.rawValue,
            FindingCode.routeTarget.rawValue,
        ]
        let kinds: Set<String> = ["VirtualService", "HTTPRoute", "GRPCRoute"]
        let own = findings.filter { codes.contains($0.code) && kinds.contains($0.object.kind) }
        guard !own.isEmpty else { return routes }
        let byObject = Dictionary(grouping: own, by: \.object)
        return routes.map { route in
            let object = FindingObject(kind: route.kind.rawValue, namespace: route.namespace, name: route.name)
            guard route.problem == nil, let found = byObject[object] else { return route }
            let rule = "spec.\(route.section.rawValue)[\(route.index)]"
            let whole = "spec.\(route.section.rawValue)"
            guard
                let finding = found.first(where: {
                    $0.path.hasPrefix(rule) || $0.path == whole || $0.path.hasPrefix("spec.parentRefs")
                })
            else { return route }
            var marked = route
            marked.problem = finding.message
            return marked
        }
    }
}
