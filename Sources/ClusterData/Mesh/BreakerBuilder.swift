// Rows of the breakers pane: limits as configured, state as far as the evidence goes.

enum BreakerBuilder {
    static func breakers(_ world: MeshWorld, _ cache: inout SnapshotCache) -> [BreakerSummary] {
        cache.breakers.rows(SnapshotCache.breakerKey(world.inputs), touched: world.objects.touched) { row in
            row.service.map { world.workloads(of: $0, subset: nil).map(\.meta.key) } ?? []
        } again: { old in
            again(old, world)
        } all: {
            all(world)
        }
    }

    private static func all(_ world: MeshWorld) -> [BreakerSummary] {
        let stats = EnvoyStats(world.inputs.metrics, isCurrent: world.inputs.metricsAreCurrent)
        return world.objects.oldestFirst(.destinationrules)
            .filter { world.scope.contains($0.meta.namespace) }
            .flatMap { rows($0, world, stats) }
            .sorted {
                ($0.namespace, $0.host, $0.subset ?? "", $0.port ?? 0) < (
                    $1.namespace, $1.host, $1.subset ?? "", $1.port ?? 0
                )
            }
    }

    /// A row whose pods have changed: how many hosts there are, where no proxy has said so itself.
    private static func again(_ old: BreakerSummary, _ world: MeshWorld) -> BreakerSummary {
        guard let service = old.service, old.evidence != .envoyAdmin else { return old }
        var row = old
        row.hosts = readyPods(service, old.subset, world)
        return row
    }

    private static func readyPods(_ service: ServiceID, _ subset: String?, _ world: MeshWorld) -> Int? {
        let workloads = world.workloads(of: service, subset: subset)
        return workloads.isEmpty ? nil : workloads.reduce(0) { $0 + ($1.readyReplicas ?? 0) }
    }

    private static func rows(_ rule: ConfigObject, _ world: MeshWorld, _ stats: EnvoyStats) -> [BreakerSummary] {
        let top = Policy(rule.spec["trafficPolicy"])
        var rows = [row(rule, nil, nil, top, world, stats)]
        for port in rule.spec["trafficPolicy"]?.list("portLevelSettings") ?? [] {
            // Port settings replace the host's, they do not inherit.
            rows.append(row(rule, nil, port.at("port", "number")?.int, Policy(port), world, stats))
        }
        for subset in rule.spec.list("subsets") where subset["trafficPolicy"] != nil {
            let own = Policy(subset["trafficPolicy"])
            rows.append(row(rule, subset.text("name"), nil, own.over(top), world, stats))
        }
        return rows
    }

    /// connectionPool and outlierDetection of one level.
    private struct Policy {
        var limits: BreakerSummary.Limits?
        var outliers: BreakerSummary.OutlierDetection?

        init(_ policy: JSONValue?) {
            if let pool = policy?["connectionPool"] {
                // Zero is "unset" in Istio: a limit of zero cannot be expressed.
                func positive(_ value: JSONValue?) -> Int? { value?.int.flatMap { $0 > 0 ? $0 : nil } }
                limits = BreakerSummary.Limits(
                    connections: positive(pool.at("tcp", "maxConnections")),
                    pending: positive(pool.at("http", "http1MaxPendingRequests")),
                    requests: positive(pool.at("http", "http2MaxRequests")),
                    retries: positive(pool.at("http", "maxRetries")),
                    requestsPerConnection: positive(pool.at("http", "maxRequestsPerConnection")))
            }
            if let outlier = policy?["outlierDetection"] {
                outliers = BreakerSummary.OutlierDetection(
                    consecutive5xxErrors: outlier["consecutive5xxErrors"]?.int ?? 5,
                    consecutiveGatewayErrors: outlier["consecutiveGatewayErrors"]?.int,
                    interval: outlier.text("interval") ?? "10s",
                    baseEjectionTime: outlier.text("baseEjectionTime") ?? "30s",
                    maxEjectionPercent: outlier["maxEjectionPercent"]?.int ?? 10,
                    minHealthPercent: outlier["minHealthPercent"]?.int ?? 0)
            }
        }

        /// A subset's blocks replace the host's, block by block.
        func over(_ base: Policy) -> Policy {
            var merged = self
            merged.limits = limits ?? base.limits
            merged.outliers = outliers ?? base.outliers
            return merged
        }
    }

    private static func row(
        _ rule: ConfigObject, _ subset: String?, _ port: Int?, _ policy: Policy, _ world: MeshWorld,
        _ stats: EnvoyStats
    ) -> BreakerSummary {
        let host = rule.spec.text("host") ?? ""
        let service = HostNames.service(host, from: rule.meta.namespace)
        var row = BreakerSummary(
            namespace: rule.meta.namespace, destinationRule: rule.meta.name, host: host, subset: subset, port: port,
            limits: policy.limits ?? BreakerSummary.Limits(), outlierDetection: policy.outliers, service: service)
        if let service { row.hosts = readyPods(service, subset, world) }
        if row.limits.isEmpty, row.outlierDetection == nil {
            row.state = .notConfigured
            row.detail = "neither connectionPool nor outlierDetection is set: nothing limits or ejects"
            return row
        }
        if let service {
            applyEvidence(to: &row, service, world, stats)
        } else {
            row.detail = "a wildcard or external host: its clusters are not resolved"
        }
        return row
    }

    private static func applyEvidence(
        to row: inout BreakerSummary, _ service: ServiceID, _ world: MeshWorld, _ stats: EnvoyStats
    ) {
        let wanted = HostNames.fullName(service)
        func matches(_ name: EnvoyClusterName) -> Bool {
            name.host == wanted && (row.subset == nil || name.subset == row.subset)
                && (row.port == nil || name.port == row.port)
        }
        let seen = world.inputs.envoy.upstreams.mapValues { $0.filter { matches($0.name) } }.filter {
            !$0.value.isEmpty
        }
        let statistics = stats.proxies.mapValues { $0.filter { matches($0.key) } }.filter { !$0.value.isEmpty }
        row.overflowPerSecond = overflow(service, world, statistics)
        if !seen.isEmpty {
            fromAdmin(&row, seen, world)
        } else if !statistics.isEmpty {
            fromStats(&row, statistics)
        } else {
            fromFlags(&row, service, world)
        }
        if (row.overflowPerSecond ?? 0) > 0, row.state != .ejecting {
            row.state = .open
            if row.evidence == .none { row.evidence = .responseFlags }
        }
    }

    private static func overflow(
        _ service: ServiceID, _ world: MeshWorld, _ statistics: [ObjectKey: [EnvoyClusterName: EnvoyStats.Gauges]]
    ) -> Double? {
        guard world.hasMetrics else { return nil }
        let flagged = (world.edgesByService[service] ?? []).reduce(0) { $0 + ($1.flags["UO"] ?? 0) }
        let counted = statistics.values.flatMap(\.values).reduce(0) { $0 + ($1.overflow ?? 0) }
        return max(flagged, counted)
    }

    // MARK: Evidence, best first

    private static func fromAdmin(
        _ row: inout BreakerSummary, _ seen: [ObjectKey: [EnvoyUpstream]], _ world: MeshWorld
    ) {
        row.evidence = .envoyAdmin
        row.clients = seen.count
        let upstreams = seen.values.flatMap { $0 }
        let ejected = Set(upstreams.flatMap { $0.hosts.filter(\.isEjected).map(\.address) })
        let fullName = upstreams.first?.name.host ?? ""
        let base = row.outlierDetection.flatMap { Durations.seconds($0.baseEjectionTime) }
        row.ejectedHosts = ejected.sorted().map { address in
            let since = world.inputs.envoy.ejectedSince[fullName]?[address]
            let until = since.flatMap { since in base.map { since + $0 } }
            return BreakerSummary.EjectedHost(pod: podName(address, world), until: until)
        }
        row.hosts = upstreams.map(\.hosts.count).max() ?? row.hosts
        row.headroom.connections = headroom(row.limits.connections, upstreams.map(\.activeConnections).max())
        row.headroom.requests = headroom(row.limits.requests, upstreams.map(\.activeRequests).max())
        decide(&row)
        row.detail = "from the admin page of \(seen.count) client prox\(seen.count == 1 ? "y" : "ies")"
    }

    private static func fromStats(
        _ row: inout BreakerSummary, _ statistics: [ObjectKey: [EnvoyClusterName: EnvoyStats.Gauges]]
    ) {
        let gauges = statistics.values.flatMap(\.values)
        row.evidence = .envoyStats
        row.clients = statistics.count
        row.headroom.connections = headroom(row.limits.connections, gauges.compactMap(\.connections).max())
        row.headroom.requests = headroom(row.limits.requests, gauges.compactMap(\.requests).max())
        row.headroom.pending = headroom(row.limits.pending, gauges.compactMap(\.pending).max())
        decide(&row)
        let ejections = gauges.compactMap(\.ejections).max() ?? 0
        if ejections > 0 {
            row.state = .ejecting
            row.detail =
                "\(ejections) host\(ejections == 1 ? "" : "s") ejected by Envoy's stats of \(statistics.count) client proxies; the stats do not name them"
            return
        }
        if gauges.contains(where: \.isOpen) { row.state = .open }
        row.detail = "from Envoy's stats of \(statistics.count) client prox\(statistics.count == 1 ? "y" : "ies")"
    }

    private static func fromFlags(_ row: inout BreakerSummary, _ service: ServiceID, _ world: MeshWorld) {
        let advice =
            "annotate client pods with proxyStatsMatcher (.*circuit_breakers.*, .*outlier_detection.*) to see more"
        guard world.hasMetrics else {
            row.detail = "no metrics: only the configured limits are known"
            return
        }
        let edges = world.edgesByService[service] ?? []
        let requests = edges.reduce(0) { $0 + ($1.requestsPerSecond ?? 0) }
        guard requests > 0 else {
            row.detail = "no requests in the window, so no response flags to judge by; \(advice)"
            return
        }
        row.evidence = .responseFlags
        row.clients = Set(edges.map(\.source)).count
        let unhealthy = edges.reduce(0) { $0 + ($1.flags["UH"] ?? 0) }
        if unhealthy > 0 {
            row.state = .ejecting
            row.detail = "requests end with UH (no healthy host): every host is ejected or not ready"
        } else {
            row.state = .closed
            row.detail = "no UO or UH flag in the window; \(advice)"
        }
    }

    private static func decide(_ row: inout BreakerSummary) {
        let left = [row.headroom.connections, row.headroom.pending, row.headroom.requests].compactMap { $0 }.min()
        if !row.ejectedHosts.isEmpty {
            row.state = .ejecting
        } else if let left, left <= 0 {
            row.state = .open
        } else if let left, left < 0.2 {
            row.state = .saturating
        } else {
            row.state = .closed
        }
    }

    private static func headroom(_ limit: Int?, _ active: Int?) -> Double? {
        guard let limit, let active, limit > 0 else { return nil }
        return max(0, 1 - Double(active) / Double(limit))
    }

    private static func podName(_ address: String, _ world: MeshWorld) -> String {
        let ip = address.split(separator: ":").first.map(String.init) ?? address
        return world.objects.pods.values.first { $0.podIP == ip }?.meta.name ?? address
    }
}

/// Envoy's gauges as Prometheus has them, by client pod and upstream.
struct EnvoyStats {
    struct Gauges {
        var isOpen = false
        var ejections: Int?
        var connections: Int?
        var requests: Int?
        var pending: Int?
        var overflow: Double?
    }

    var proxies: [ObjectKey: [EnvoyClusterName: Gauges]] = [:]

    init(_ metrics: MetricsReading?, isCurrent: Bool) {
        guard let metrics, isCurrent else { return }
        for sample in metrics.breakerGauges where sample.labels.count == 4 && sample.value.isFinite {
            guard let name = EnvoyClusterName(sample.labels[3]) else { continue }
            let pod = ObjectKey(sample.labels[1], sample.labels[2])
            let value = Int(sample.value)
            var gauges = proxies[pod]?[name] ?? Gauges()
            switch sample.labels[0] {
            case "envoy_cluster_outlier_detection_ejections_active": gauges.ejections = value
            case "envoy_cluster_upstream_cx_active": gauges.connections = value
            case "envoy_cluster_upstream_rq_active": gauges.requests = value
            case "envoy_cluster_upstream_rq_pending_active": gauges.pending = value
            case let other where other.hasSuffix("_open"): gauges.isOpen = gauges.isOpen || value > 0
            default: break
            }
            proxies[pod, default: [:]][name] = gauges
        }
        for sample in metrics.overflows where sample.labels.count == 3 && sample.value.isFinite {
            guard let name = EnvoyClusterName(sample.labels[2]) else { continue }
            let pod = ObjectKey(sample.labels[0], sample.labels[1])
            proxies[pod, default: [:]][name, default: Gauges()].overflow = sample.value
        }
    }
}
