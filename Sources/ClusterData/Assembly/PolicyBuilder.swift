// Which policies hold for each workload, as Istio would apply them.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

enum PolicyBuilder {
    static func policies(_ world: MeshWorld) -> [PolicySummary] {
        let desk = PolicyDesk(world)
        return world.workloads.enumerated().filter { world.scope.contains($0.element.meta.namespace) }.map {
            desk.summary($0.element, place: $0.offset)
        }
    }
}

/// All policies with the indexes that a summary asks.
private struct PolicyDesk {
    private let world: MeshWorld
    private let mesh: MeshConfig
    private let peers: PeerPolicies
    private let authorizations: AuthorizationPolicies
    private let requests: ScopedObjects
    private let sidecars: ScopedObjects
    private let telemetries: ScopedObjects
    private let filters: ScopedObjects
    private let network: NetworkPolicies
    /// Services by the places of the workloads behind them.
    private var services: [Int: [Service]] = [:]
    private var rulesByHost: [String: [ConfigObject]] = [:]
    private var proxies: [ObjectKey: Set<String>] = [:]
    private var captured: Set<ObjectKey> = []
    private var controlPlane: String?
    /// Kinds that are not all known, with the reason, by namespace.
    private var gaps: [String: [WatchedKind: String]] = [:]

    init(_ world: MeshWorld) {
        self.world = world
        let objects = world.objects
        mesh = MeshConfig(objects)
        let root = mesh.rootNamespace
        peers = PeerPolicies(objects.oldestFirst(.peerauthentications), rootNamespace: root)
        authorizations = AuthorizationPolicies(objects.oldestFirst(.authorizationpolicies), mesh: mesh)
        requests = ScopedObjects(objects.oldestFirst(.requestauthentications), root: root) { $0.selector }
        telemetries = ScopedObjects(objects.oldestFirst(.telemetries), root: root) { $0.selector }
        let workloadLabels = { (object: ConfigObject) in
            object.spec.at("workloadSelector", "labels")?.stringMap ?? [:]
        }
        sidecars = ScopedObjects(objects.oldestFirst(.sidecars), root: root, workloadLabels)
        filters = ScopedObjects(objects.oldestFirst(.envoyfilters), root: root, workloadLabels)
        network = NetworkPolicies(objects)
        for service in objects.services.values.sorted(by: { $0.meta.key < $1.meta.key }) {
            for place in world.subsets.places(of: service.id, subset: nil) {
                services[place, default: []].append(service)
            }
        }
        for rule in objects.oldestFirst(.destinationrules) where rule.spec.at("trafficPolicy", "tls", "mode") != nil {
            rulesByHost[HostIndex.full(rule.spec.text("host") ?? "", in: rule.meta.namespace), default: []].append(rule)
        }
        // Thousands of pods run the same few images.
        var versions: [String: String?] = [:]
        for pod in objects.pods.values {
            let key = objects.owner(of: pod).key
            if let image = pod.facts.proxyImage {
                let version = versions[image] ?? IstioRelease.tag(image)
                versions[image] = .some(version)
                if let version { proxies[key, default: []].insert(version) }
            }
            if pod.meta.annotations["ambient.istio.io/redirection"] == "enabled" { captured.insert(key) }
        }
        controlPlane = IstioRelease.running(objects, rootNamespace: root)
        for namespace in Set(world.workloads.map(\.meta.namespace)) {
            for kind in Self.kinds {
                if let gap = objects.gap(
                    kind, in: [.networkpolicies, .pods].contains(kind) ? [namespace] : [namespace, root],
                    acceptsOld: true)
                {
                    gaps[namespace, default: [:]][kind] = gap
                }
            }
        }
    }

    private static let kinds: [WatchedKind] = [
        .peerauthentications, .configmaps, .destinationrules, .authorizationpolicies, .requestauthentications,
        .envoyfilters, .networkpolicies, .sidecars, .telemetries, .pods,
    ]

    func summary(_ workload: Workload, place: Int) -> PolicySummary {
        let namespace = workload.meta.namespace
        let labels = workload.podLabels
        let (mode, because) = peers.mode(namespace: namespace, labels: labels, port: nil)
        var summary = PolicySummary(
            namespace: namespace, kind: workload.kind, workload: workload.meta.name, mtlsMode: mode,
            mtlsBecause: because)
        summary.gaps = gaps[namespace] ?? [:]
        if let gap = summary.gaps[.peerauthentications] ?? summary.gaps[.configmaps] {
            (summary.mtlsMode, summary.mtlsBecause) = (PolicySummary.unknownMode, gap)
        }
        summary.ports = peers.portModes(namespace: namespace, labels: labels).filter { $0.mode != mode }.map {
            PolicySummary.PortMode(port: $0.port, mode: $0.mode, because: $0.because)
        }
        addClients(&summary, place)
        addAuthorization(&summary, labels, place)
        summary.jwt = requests.selecting(namespace, labels).map { object in
            let issuers = object.spec.list("jwtRules").compactMap { $0.text("issuer") }
            return "\(object.meta.namespace)/\(object.meta.name): \(issuers.joined(separator: ", "))"
        }
        addFilters(&summary, labels)
        addNetwork(&summary, labels, place)
        addInjection(&summary, workload)
        if let sidecar = sidecars.narrowest(namespace, labels) {
            summary.sidecar = "\(sidecar.meta.namespace)/\(sidecar.meta.name)"
            summary.egressHosts = sidecar.spec.list("egress").flatMap { $0.texts("hosts") }
        }
        summary.telemetry = telemetries.selecting(namespace, labels).map { "\($0.meta.namespace)/\($0.meta.name)" }
        return summary
    }

    // MARK: mTLS of both sides

    private func addClients(_ summary: inout PolicySummary, _ place: Int) {
        for service in services[place] ?? [] {
            for rule in rulesByHost[HostNames.fullName(service.id)] ?? [] {
                let sent = SafeText.line(rule.spec.at("trafficPolicy", "tls", "mode")?.string ?? "")
                let name = "\(rule.meta.namespace)/\(rule.meta.name)"
                summary.clients.append("\(sent) by DestinationRule \(name)")
                if summary.mtlsMode == "STRICT", ["DISABLE", "SIMPLE"].contains(sent) {
                    summary.conflicts.append("DestinationRule \(name) sends \(sent), the pods take mTLS alone")
                } else if summary.mtlsMode == "DISABLE", sent == "ISTIO_MUTUAL" {
                    summary.conflicts.append("DestinationRule \(name) sends mTLS, the pods take plain text alone")
                }
            }
        }
    }

    // MARK: Authorization

    private func addAuthorization(_ summary: inout PolicySummary, _ labels: [String: String], _ place: Int) {
        let policies = authorizations.selecting(namespace: summary.namespace, labels: labels)
        summary.authorization = policies.map {
            PolicySummary.Authorization(
                action: $0.action, name: $0.name, rules: $0.rules.count, isDryRun: $0.isDryRun)
        }
        let enforced = policies.filter { !$0.isDryRun }
        let allows = enforced.filter { $0.action == "ALLOW" }
        if allows.isEmpty {
            summary.standard = "allowed"
        } else if allows.allSatisfy({ $0.rules.isEmpty }) {
            summary.standard = "denied: no ALLOW policy has a rule"
        } else {
            summary.standard = "denied unless an ALLOW rule names it"
        }
        if let gap = summary.gaps[.authorizationpolicies] ?? summary.gaps[.configmaps] {
            summary.standard = "\(PolicySummary.unknownStandard): \(gap)"
            return
        }
        guard world.objects.isAmbient(summary.namespace) else { return }
        var waypoints = (services[place] ?? []).compactMap { Waypoint(of: $0, world.objects) }
        if let own = Waypoint(ofPod: labels, namespace: summary.namespace, world.objects) { waypoints.append(own) }
        for waypoint in waypoints {
            let attached = authorizations.attached(to: waypoint)
            let found = attached.map {
                PolicySummary.Authorization(
                    action: $0.action, name: $0.name, rules: $0.rules.count, isDryRun: $0.isDryRun,
                    waypoint: waypoint.name)
            }
            summary.authorization += found.filter { !summary.authorization.contains($0) }
            // Whoever goes past the waypoint meets the pod's own policies alone.
            if attached.contains(where: { $0.action == "ALLOW" && !$0.isDryRun }), summary.standard == "allowed" {
                summary.standard = "denied at waypoint \(waypoint.name) unless an ALLOW rule names it, allowed past it"
            }
        }
    }

    // MARK: Envoy filters

    private func addFilters(_ summary: inout PolicySummary, _ labels: [String: String]) {
        for filter in filters.selecting(summary.namespace, labels) {
            let name = "\(filter.meta.namespace)/\(filter.meta.name)"
            let limits = RateLimits.all(filter.spec)
            summary.rateLimits += limits.map { "\($0) (EnvoyFilter \(name))" }
            if limits.isEmpty { summary.envoyFilters.append(name) }
        }
    }

    // MARK: Network

    /// Ports that a mesh needs on every pod: metrics of agent and proxy, health, and HBONE where pods are ambient.
    private static let meshPorts = [15020, 15021, 15090]

    private func addNetwork(_ summary: inout PolicySummary, _ labels: [String: String], _ place: Int) {
        let end = NetworkPolicies.End(namespace: summary.namespace, labels: labels)
        let own = (services[place] ?? []).flatMap { $0.ports.compactMap(\.targetNumber) }
        let ambient = captured.contains(ObjectKey(summary.namespace, summary.workload)) ? [15008] : []
        var names: [String] = []
        for port in Set(own + Self.meshPorts + ambient).sorted() {
            let (truth, policies) = network.admits(port, of: end, from: nil)
            names = policies
            if policies.isEmpty { break }
            if truth == .no { summary.blockedPorts.append(port) }
        }
        summary.networkPolicies = names
    }

    // MARK: Injection

    private func addInjection(_ summary: inout PolicySummary, _ workload: Workload) {
        let key = workload.meta.key
        let count = world.pods(of: workload)
        let found = world.objects.namespaces[ObjectKey("", summary.namespace)]
        let wish = workload.podLabels["sidecar.istio.io/inject"] ?? workload.podAnnotations["sidecar.istio.io/inject"]
        let isWanted = wish == "true" || wish != "false" && (found?.injectsSidecars ?? false)
        summary.proxyVersions = (proxies[key] ?? []).sorted()
        summary.controlPlaneVersion = controlPlane
        if workload.podLabels["gateway.networking.k8s.io/gateway-name"] != nil
            || workload.podLabels["istio"]?.hasSuffix("gateway") == true
        {
            summary.injection = .gateway
        } else if count.sidecars > 0 {
            summary.injection = count.sidecars < count.pods && isWanted ? .missing : .sidecar
        } else if captured.contains(key) || world.objects.isAmbient(summary.namespace) {
            summary.injection = .ambient
        } else if summary.gaps[.pods] != nil {
            summary.injection = .unknown
        } else if isWanted, count.pods > 0 {
            summary.injection = .missing
        } else if wish == "false" {
            summary.injection = .off
        }
        summary.pods = count.pods
        let isCovered = [.gateway, .ambient].contains(summary.injection)
        summary.podsWithoutProxy = isCovered ? 0 : max(0, count.pods - count.sidecars)
    }
}

/// Objects of one kind that select pods, by namespace, the oldest first; those of the root namespace hold everywhere.
private struct ScopedObjects {
    private struct Entry {
        var object: ConfigObject
        package var selector: [String: String]

        func selects(_ labels: [String: String]) -> Bool { selector.allSatisfy { labels[$0.key] == $0.value } }
    }
    private var byNamespace: [String: [Entry]] = [:]
    private let root: String

    init(_ objects: [ConfigObject], root: String, _ selector: (ConfigObject) -> [String: String]) {
        self.root = root
        for object in objects where !object.hasTarget {
            byNamespace[object.meta.namespace, default: []].append(Entry(object: object, selector: selector(object)))
        }
    }

    func selecting(_ namespace: String, _ labels: [String: String]) -> [ConfigObject] {
        let near = (namespace == root ? [] : byNamespace[root] ?? []) + (byNamespace[namespace] ?? [])
        return near.filter { $0.selects(labels) }.map(\.object)
    }

    /// The one that holds: with a selector, else of the namespace, else of the root namespace.
    func narrowest(_ namespace: String, _ labels: [String: String]) -> ConfigObject? {
        let own = byNamespace[namespace] ?? []
        return
            (own.first { !$0.selector.isEmpty && $0.selects(labels) } ?? own.first { $0.selector.isEmpty }
            ?? byNamespace[root]?.first { $0.selector.isEmpty })?.object
    }
}

/// Rate limits that an EnvoyFilter sets.
/// https://istio.io/latest/docs/tasks/policy-enforcement/rate-limit/
enum RateLimits {
    package static func all(_ spec: JSONValue) -> [String] {
        spec.list("configPatches").flatMap { patch -> [String] in
            guard let value = patch.at("patch", "value") else { return [] }
            var limits: [String] = []
            collect(value, patch.at("match", "context")?.string, &limits)
            return limits
        }
    }

    private static func collect(_ value: JSONValue, _ context: String?, _ limits: inout [String]) {
        switch value {
        case .object(let object):
            if let bucket = object["token_bucket"] {
                let tokens = bucket["tokens_per_fill"]?.int ?? bucket["max_tokens"]?.int
                let burst = bucket["max_tokens"]?.int.map { ", at most \($0) at once" } ?? ""
                limits.append(
                    "local \(tokens.map(String.init) ?? "?") per \(bucket.text("fill_interval") ?? "?")\(burst) in each proxy"
                )
                return
            }
            if object["rate_limit_service"] != nil, let domain = object["domain"]?.string {
                limits.append("global, domain \(SafeText.line(domain, limit: 80))")
                return
            }
            for member in object.values { collect(member, context, &limits) }
        case .array(let elements): for element in elements { collect(element, context, &limits) }
        default: break
        }
    }
}
