// VirtualServices: where they lead, which gateways they are bound to, and which of them win.

internal import Base
package import Kube
internal import MeshModel

package enum VirtualServiceRules {
    private static let routing: [WatchedKind] = [.virtualservices, .services, .serviceentries, .destinationrules]

    static let analyzers = [
        Analyzer("virtual service destinations", reads: routing, destinations),
        Analyzer("virtual service subsets", reads: routing, subsets),
        Analyzer("virtual service gateways", reads: [.virtualservices, .gateways, .kubernetesGateways], gateways),
        Analyzer("virtual services of one host", reads: [.virtualservices], conflicts),
        Analyzer("subsets at the ingress", reads: routing, ingressSubsets),
        Analyzer(
            "claims without authentication",
            reads: [.virtualservices, .gateways, .requestauthentications] + Analyzer.pods, claims),
        Analyzer("weights", reads: [.virtualservices, .httproutes, .grpcroutes], weights),
    ]

    /// One destination with the place it is written at.
    struct Destination {
        var path: String
        var host: String
        var subset: String?
        var port: Int?

        init(_ value: JSONValue?, _ path: String) {
            self.path = path
            host = value?.text("host") ?? ""
            subset = value?.text("subset")
            port = value?.at("port", "number")?.int
        }
    }

    /// Every destination of a VirtualService, mirrors among them.
    static func destinations(of object: ConfigObject) -> [Destination] {
        var all: [Destination] = []
        for section in ["http", "tcp", "tls"] {
            for (index, rule) in object.spec.list(section).enumerated() {
                let place = "spec.\(section)[\(index)]"
                for (number, route) in rule.list("route").enumerated() {
                    all.append(Destination(route["destination"], "\(place).route[\(number)].destination"))
                }
                if let mirror = rule["mirror"] { all.append(Destination(mirror, "\(place).mirror")) }
                for (number, mirror) in rule.list("mirrors").enumerated() {
                    all.append(Destination(mirror["destination"], "\(place).mirrors[\(number)].destination"))
                }
            }
        }
        return all
    }

    /// The namespaces whose clients use a VirtualService; its own when all do.
    private static func clients(_ object: ConfigObject) -> [String] {
        let named = Visibility.namespaces(object.spec.texts("exportTo"), owner: object.meta.namespace)
        return named.map { $0.sorted() } ?? [object.meta.namespace]
    }

    private static func destinations(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            let namespace = object.meta.namespace
            for destination in destinations(of: object) {
                let found = clients(object).map { world.hosts.find(destination.host, in: namespace, client: $0) }
                guard let first = found.first, let resolved = first, found.allSatisfy({ $0 != nil }) else {
                    findings.report(
                        .notFound, .virtualservices, object.meta, "\(destination.path).host",
                        unless: [destination.host.isEmpty ? nil : world.hostGap(destination.host, in: namespace)],
                        destination.host.isEmpty
                            ? "the destination names no host; write one"
                            : "no service or ServiceEntry \(HostIndex.full(destination.host, in: namespace)) that clients of this VirtualService can see; mend the host, or create or export the service"
                    )
                    continue
                }
                let ports = resolved.ports
                guard !ports.isEmpty else { continue }
                if let port = destination.port {
                    guard !ports.contains(port) else { continue }
                    findings.report(
                        .notFound, .virtualservices, object.meta, "\(destination.path).port.number",
                        "\(destination.host) has no port \(port); its ports are \(list(ports))",
                        fix: ports.count == 1
                            ? Finding.Fix(
                                "use port \(ports[0])",
                                [replace("\(destination.path).port.number", .int(Int64(ports[0])))])
                            : nil)
                } else if ports.count > 1, case .service = resolved {
                    findings.report(
                        .portRequired, .virtualservices, object.meta, destination.path,
                        "\(destination.host) has the ports \(list(ports)); say which with port.number")
                }
            }
        }
    }

    private static func list(_ ports: [Int]) -> String { ports.sorted().map(String.init).joined(separator: ", ") }

    private static func subsets(_ world: AnalysisWorld, _ findings: inout Findings) {
        var rules: [String: [(rule: ConfigObject, subsets: Set<String>)]] = [:]
        for rule in world.configs(.destinationrules) {
            let host = HostIndex.full(rule.spec.text("host") ?? "", in: rule.meta.namespace)
            rules[host, default: []].append((rule, Set(rule.spec.list("subsets").compactMap { $0.text("name") })))
        }
        for object in world.configs(.virtualservices) {
            for destination in destinations(of: object) {
                guard let subset = destination.subset, !subset.isEmpty else { continue }
                let host = HostIndex.full(destination.host, in: object.meta.namespace)
                let isThere = clients(object).allSatisfy { client in
                    (rules[host] ?? []).contains { entry in
                        entry.subsets.contains(subset)
                            && Visibility.includes(
                                entry.rule.spec.texts("exportTo"), owner: entry.rule.meta.namespace, client: client)
                    }
                }
                guard !isThere else { continue }
                // Where a rule for the host can be: with the clients, with the service, or in the root namespace.
                let homes =
                    clients(object)
                    + [
                        HostNames.service(host, from: object.meta.namespace)?.namespace, world.mesh.rootNamespace,
                    ].compactMap { $0 }
                let known = Set((rules[host] ?? []).flatMap(\.subsets)).sorted()
                findings.report(
                    .notFound, .virtualservices, object.meta, "\(destination.path).subset",
                    unless: homes.uniqued().map { world.gap(.destinationrules, in: $0) },
                    "no DestinationRule for \(host) defines subset \(subset): requests sent there get 503 NC; "
                        + (known.isEmpty
                            ? "add a DestinationRule with it" : "defined are \(known.joined(separator: ", "))"))
            }
        }
    }

    // MARK: Gateways

    /// A gateway as a VirtualService names it: `mesh`, `name` or `namespace/name`.
    package static func gatewayKey(_ name: String, in namespace: String) -> ObjectKey {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        return parts.count == 2 ? ObjectKey(parts[0], parts[1]) : ObjectKey(namespace, name)
    }

    private static func gateways(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            let names = object.spec.texts("gateways")
            for (index, name) in names.enumerated() where name != "mesh" {
                let path = "spec.gateways[\(index)]"
                if name.contains("~istio-autogenerated-k8s-gateway") {
                    findings.report(
                        .internalGateway, .virtualservices, object.meta, path,
                        "\(name) is made by istiod from a Kubernetes Gateway and may change; use an HTTPRoute with that Gateway as parent"
                    )
                    continue
                }
                let key = gatewayKey(name, in: object.meta.namespace)
                let istio = world.objects.configs[.gateways]?[key]
                let kubernetes = world.objects.configs[.kubernetesGateways]?[key]
                guard istio != nil || kubernetes != nil else {
                    findings.report(
                        .notFound, .virtualservices, object.meta, path,
                        unless: [
                            world.gap(.gateways, in: key.namespace),
                            world.gapUnlessAbsent(.kubernetesGateways, in: key.namespace),
                        ],
                        "there is no Gateway \(key.namespace.isEmpty ? "" : "\(key.namespace)/")\(key.name): these routes reach no gateway; mend the name or create it"
                    )
                    continue
                }
                let hosts = object.spec.texts("hosts")
                let served = istio.map(gatewayHosts) ?? kubernetes.map(listenerHosts) ?? []
                let matches = hosts.contains { host in
                    served.contains { server in
                        server.admits(object.meta.namespace, gateway: key.namespace)
                            && Wildcard.overlap(server.host, host)
                    }
                }
                guard !hosts.isEmpty, !matches else { continue }
                findings.report(
                    .hostNotInGateway, .virtualservices, object.meta, "spec.hosts",
                    "none of \(hosts.joined(separator: ", ")) is served by Gateway \(key.name) to this namespace (\(served.map(\.written).joined(separator: ", "))): it answers 404; add the host to one of them"
                )
            }
        }
    }

    struct ServedHost {
        var namespace: String
        var host: String
        var written: String

        func admits(_ client: String, gateway: String) -> Bool {
            namespace == "*" || namespace == client || namespace == "." && client == gateway
        }
    }

    static func gatewayHosts(_ gateway: ConfigObject) -> [ServedHost] {
        gateway.spec.list("servers").flatMap { $0.texts("hosts") }.map { written in
            let parts = written.split(separator: "/", maxSplits: 1).map(String.init)
            return parts.count == 2
                ? ServedHost(namespace: parts[0], host: parts[1], written: written)
                : ServedHost(namespace: "*", host: written, written: written)
        }
    }

    private static func listenerHosts(_ gateway: ConfigObject) -> [ServedHost] {
        gateway.spec.list("listeners").map { listener in
            let host = listener.text("hostname") ?? "*"
            return ServedHost(namespace: "*", host: host, written: host)
        }
    }

    // MARK: Several of one host

    static func isOnMesh(_ object: ConfigObject) -> Bool {
        let gateways = object.spec.texts("gateways")
        return gateways.isEmpty || gateways.contains("mesh")
    }

    private static func conflicts(_ world: AnalysisWorld, _ findings: inout Findings) {
        struct Claim {
            var object: ConfigObject
            var host: String
            var namespaces: Set<String>?
        }
        let claims = world.configs(.virtualservices).filter(isOnMesh).flatMap { object in
            object.spec.texts("hosts").map { host in
                Claim(
                    object: object, host: HostIndex.full(host, in: object.meta.namespace),
                    namespaces: Visibility.namespaces(object.spec.texts("exportTo"), owner: object.meta.namespace))
            }
        }
        func meet(_ a: Set<String>?, _ b: Set<String>?) -> Bool {
            guard let a else { return true }
            guard let b else { return true }
            return !a.isDisjoint(with: b)
        }
        // Exact hosts meet their like alone, but for the wildcards: a thousand hosts are not compared with a thousand.
        let exact = Dictionary(grouping: claims.indices.filter { !claims[$0].host.hasPrefix("*") }) { claims[$0].host }
        let wild = claims.indices.filter { claims[$0].host.hasPrefix("*") }
        for (place, claim) in claims.enumerated() {
            let isWild = claim.host.hasPrefix("*")
            let candidates = (isWild ? Array(claims.indices) : exact[claim.host] ?? []) + (isWild ? [] : wild)
            let others = candidates.filter { other in
                claims[other].object.meta.key != claim.object.meta.key
                    && Wildcard.overlap(claims[other].host, claim.host)
                    && meet(claims[other].namespaces, claim.namespaces)
            }
            guard !others.isEmpty else { continue }
            let names = Set(others.map { claims[$0].object.meta.key }).sorted().map { "\($0.namespace)/\($0.name)" }
            let isOldest = others.allSatisfy { $0 > place }
            findings.report(
                .conflictingMeshHosts, .virtualservices, claim.object.meta, "spec.hosts",
                "\(claim.host) is claimed on the mesh by \(names.joined(separator: ", ")) too; sidecars use one of them for a host, the oldest, "
                    + (isOldest ? "which is this one" : "and drop the others")
                    + "; merge them or part them with exportTo")
        }
    }

    /// A gateway routes by the VirtualServices that are bound to it: the subsets of another one are not looked at.
    private static func ingressSubsets(_ world: AnalysisWorld, _ findings: inout Findings) {
        var plain: [String: Set<String>] = [:]
        for object in world.configs(.virtualservices) {
            let gateways = object.spec.texts("gateways").filter { $0 != "mesh" }
            guard !gateways.isEmpty else { continue }
            for destination in destinations(of: object) where destination.subset == nil {
                plain[HostIndex.full(destination.host, in: object.meta.namespace), default: []].formUnion(gateways)
            }
        }
        for object in world.configs(.virtualservices) where object.spec.texts("gateways").isEmpty {
            for host in object.spec.texts("hosts").map({ HostIndex.full($0, in: object.meta.namespace) }) {
                guard let gateways = plain[host],
                    let destination = destinations(of: object).first(where: {
                        $0.subset != nil && HostIndex.full($0.host, in: object.meta.namespace) == host
                    })
                else { continue }
                findings.report(
                    .ingressNotAffected, .virtualservices, object.meta, "\(destination.path).subset",
                    "requests to \(host) through the gateway \(gateways.sorted().joined(separator: ", ")) do not follow these subsets: list the gateway in spec.gateways too, or repeat the routes there"
                )
            }
        }
    }

    private static func claims(_ world: AnalysisWorld, _ findings: inout Findings) {
        let policies = world.configs(.requestauthentications)
        for object in world.configs(.virtualservices) {
            guard let claim = firstClaim(object) else { continue }
            for name in object.spec.texts("gateways") where name != "mesh" {
                guard
                    let gateway = world.objects.configs[.gateways]?[gatewayKey(name, in: object.meta.namespace)]
                else { continue }
                let labels = gateway.spec["selector"]?.stringMap ?? [:]
                let groups = world.workloads.matching(labels)
                if groups.isEmpty, let gap = world.podGap() {
                    findings.pass(.claimRoutingWithoutAuthentication, .virtualservices, object.meta, claim.path, gap)
                }
                for group in groups {
                    let isValidated = policies.contains { policy in
                        let isNear = [group.namespace, world.mesh.rootNamespace].contains(policy.meta.namespace)
                        return isNear && group.has(policy.selector)
                    }
                    guard !isValidated else { continue }
                    findings.report(
                        .claimRoutingWithoutAuthentication, .virtualservices, object.meta, claim.path,
                        unless: [group.namespace, world.mesh.rootNamespace].map {
                            world.gapUnlessAbsent(.requestauthentications, in: $0)
                        },
                        "\(claim.name) is known only where a RequestAuthentication holds, and none selects the gateway pod \(group.namespace)/\(group.example): the match never succeeds; add one for it"
                    )
                    break
                }
            }
        }
    }

    private static func firstClaim(_ object: ConfigObject) -> (path: String, name: String)? {
        for (index, rule) in object.spec.list("http").enumerated() {
            for (number, match) in rule.list("match").enumerated() {
                for list in ["headers", "withoutHeaders"] {
                    for name in match[list]?.object?.keys ?? [] where name.hasPrefix("@request.auth.claims") {
                        return ("spec.http[\(index)].match[\(number)].\(list)", SafeText.line(name))
                    }
                }
            }
        }
        return nil
    }

    // MARK: Weights

    private static func weights(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            for section in ["http", "tcp", "tls"] {
                for (index, rule) in object.spec.list(section).enumerated() {
                    let weights = rule.list("route").map { $0["weight"]?.int ?? 0 }
                    let sum = weights.total
                    guard weights.count > 1, sum != 100 else { continue }
                    findings.report(
                        .weights, .virtualservices, object.meta, "spec.\(section)[\(index)].route",
                        sum == 0
                            ? "all weights are 0: Istio refuses such a route; give one of them a weight"
                            : "the weights sum to \(sum), not 100: each destination gets its part of \(sum)")
                }
            }
        }
        for kind in [WatchedKind.httproutes, .grpcroutes] {
            for object in world.configs(kind) {
                for (index, rule) in object.spec.list("rules").enumerated() {
                    let backends = rule.list("backendRefs")
                    guard !backends.isEmpty, backends.allSatisfy({ $0["weight"]?.int == 0 }) else { continue }
                    findings.report(
                        .weights, kind, object.meta, "spec.rules[\(index)].backendRefs",
                        "all weights are 0: requests get a 500; give one of them a weight")
                }
            }
        }
    }
}

/// An operation of a JSON patch, at a path as findings write them: `spec.http[0].route`.
func patchOperation(_ operation: String, _ path: String, _ value: JSONValue?) -> JSONValue {
    var pointer = ""
    for part in path.split(separator: ".") {
        let pieces = part.split(separator: "[")
        pointer += "/\(pieces[0])"
        for index in pieces.dropFirst() { pointer += "/\(index.dropLast())" }
    }
    var object: JSONValue = ["op": .string(operation), "path": .string(pointer)]
    if let value { object["value"] = value }
    return object
}

func replace(_ path: String, _ value: JSONValue) -> JSONValue { patchOperation("replace", path, value) }
