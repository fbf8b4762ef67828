// What is known of a breaker's state, best evidence first: Envoy's admin page, Envoy's stats, response flags.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

struct BreakerEvidence {
    private let world: MeshWorld
    private let stats: EnvoyStats
    /// Pods by address, for hosts that are ejected.
    private let podNames: [String: String]
    /// Upstreams that proxies have told of, by host.
    private let seen: [String: [(pod: ObjectKey, upstream: EnvoyUpstream)]]

    init(_ world: MeshWorld) {
        self.world = world
        stats = EnvoyStats(world.inputs.metrics, isCurrent: world.inputs.metricsAreCurrent)
        let isAnyEjected = world.inputs.envoy.ejectedSince.values.contains { !$0.isEmpty }
        podNames =
            isAnyEjected
            ? Dictionary(
                world.objects.pods.values.compactMap { pod in pod.podIP.map { ($0, pod.meta.name) } },
                uniquingKeysWith: { first, _ in first }) : [:]
        var seen: [String: [(pod: ObjectKey, upstream: EnvoyUpstream)]] = [:]
        for (pod, upstreams) in world.inputs.envoy.upstreams {
            for upstream in upstreams { seen[upstream.name.host, default: []].append((pod, upstream)) }
        }
        self.seen = seen
    }

    /// Fills in state, headroom, ejected hosts and what they rest on.
    func apply(to row: inout BreakerSummary, host: String, service: ServiceID?) {
        let clients = row.clientNamespaces
        func counts(_ pod: ObjectKey) -> Bool { clients.map { $0.contains(pod.namespace) } ?? true }
        let own = (seen[host] ?? []).filter { found in
            let name = found.upstream.name
            return counts(found.pod) && (row.subset == nil || name.subset == row.subset)
                && (row.port == nil || name.port == row.port)
        }
        let statistics = stats.proxies.filter { counts($0.key) || $0.key.namespace.isEmpty }.mapValues { clusters in
            clusters.filter { cluster, _ in
                cluster.isFor(host) && (row.subset == nil || cluster.subset == row.subset)
                    && (row.port == nil || cluster.port == row.port)
            }
        }.filter { !$0.value.isEmpty }
        row.overflowPerSecond = overflow(service, clients, statistics)
        if !own.isEmpty {
            fromAdmin(&row, own, statistics)
        } else if !statistics.isEmpty {
            fromStats(&row, statistics)
        } else {
            fromFlags(&row, service, clients)
        }
        if (row.overflowPerSecond ?? 0) > 0, row.state != .ejecting {
            row.state = .open
            if row.evidence == .none { row.evidence = .responseFlags }
        }
    }

    private typealias Statistics = [ObjectKey: [EnvoyMetricCluster: EnvoyStats.Gauges]]

    private func edges(_ service: ServiceID?, _ clients: [String]?) -> [MeshEdge] {
        guard let service else { return [] }
        return world.edges(to: service).filter { clients?.contains($0.source.namespace) ?? true }
    }

    private func overflow(_ service: ServiceID?, _ clients: [String]?, _ statistics: Statistics) -> Double? {
        guard world.hasMetrics else { return nil }
        let flagged = edges(service, clients).reduce(0) { $0 + ($1.flags["UO"] ?? 0) }
        let counted = statistics.values.flatMap(\.values).reduce(0) { $0 + ($1.overflow ?? 0) }
        return max(flagged, counted)
    }

    // MARK: Admin pages

    private func fromAdmin(
        _ row: inout BreakerSummary, _ seen: [(pod: ObjectKey, upstream: EnvoyUpstream)], _ statistics: Statistics
    ) {
        let pods = Set(seen.map(\.pod))
        let upstreams = seen.map(\.upstream)
        row.evidence = .envoyAdmin
        row.clients = pods.count
        row.ejectedHosts = ejected(row, upstreams)
        row.hosts = upstreams.map(\.hosts.count).max() ?? row.hosts
        row.headroom.connections = headroom(row.limits.connections, upstreams.map(\.activeConnections).max())
        row.headroom.requests = headroom(row.limits.requests, upstreams.map(\.activeRequests).max())
        row.headroom.pending = headroom(row.limits.pending, upstreams.compactMap(\.pendingRequests).max())
        row.panic = panic(row.outlierDetection, upstreams)
        row.fullInSeconds = Set(upstreams.map(\.name)).compactMap { name in
            world.inputs.envoy.secondsUntilFull(
                name, connections: row.limits.connections, requests: row.limits.requests)
        }.min()
        // A queue that only the stats show is as full as they say.
        if row.headroom.pending == nil {
            row.headroom.pending = headroom(
                row.limits.pending, statistics.values.flatMap(\.values).compactMap(\.pending).max())
        }
        decide(&row)
        row.detail = "from the admin page of \(pods.count) client prox\(pods.count == 1 ? "y" : "ies")"
    }

    private func ejected(_ row: BreakerSummary, _ upstreams: [EnvoyUpstream]) -> [BreakerSummary.EjectedHost] {
        let host = upstreams.first?.name.host ?? ""
        let evidence = world.inputs.envoy
        let addresses = Set(upstreams.flatMap { $0.hosts.filter(\.isEjected).map(\.address) })
        let base = row.outlierDetection.flatMap { Durations.seconds($0.baseEjectionTime) }
        return addresses.sorted().map { address in
            let since = evidence.ejectedSince[host]?[address]
            let times = evidence.ejections[host]?[address] ?? 1
            // Envoy keeps a host out for the base time as often as it was ejected, and no longer than 300 s or the base.
            let seconds = base.map { min($0 * Double(times), max(300, $0)) }
            let until = since.flatMap { since in seconds.map { since + $0 } }
            return BreakerSummary.EjectedHost(
                pod: podName(address), since: since, until: until, reason: evidence.reasons[host]?[address],
                times: times)
        }
    }

    private func podName(_ address: String) -> String {
        let ip = address.split(separator: ":").first.map(String.init) ?? address
        return podNames[ip] ?? address
    }

    private func panic(
        _ outlier: BreakerSummary.OutlierDetection?, _ upstreams: [EnvoyUpstream]
    ) -> BreakerSummary.Panic {
        guard let outlier else { return .unknown }
        guard outlier.minHealthPercent > 0 else { return .off }
        let isLow = upstreams.contains { upstream in
            !upstream.hosts.isEmpty && upstream.healthyHosts * 100 < outlier.minHealthPercent * upstream.hosts.count
        }
        return isLow ? .panicking : .calm
    }

    // MARK: Stats

    private func fromStats(_ row: inout BreakerSummary, _ statistics: Statistics) {
        let gauges = statistics.values.flatMap(\.values)
        let words = "\(statistics.count) client prox\(statistics.count == 1 ? "y" : "ies")"
        row.evidence = .envoyStats
        row.clients = statistics.count
        row.headroom.connections = headroom(row.limits.connections, gauges.compactMap(\.connections).max())
        row.headroom.requests = headroom(row.limits.requests, gauges.compactMap(\.requests).max())
        row.headroom.pending = headroom(row.limits.pending, gauges.compactMap(\.pending).max())
        if let outlier = row.outlierDetection {
            let panics = gauges.compactMap(\.panics).reduce(0, +)
            row.panic = outlier.minHealthPercent == 0 ? .off : panics > 0 ? .panicking : .calm
        }
        decide(&row)
        let ejections = gauges.compactMap(\.ejections).max() ?? 0
        if ejections > 0 {
            row.state = .ejecting
            let reasons = Dictionary(gauges.flatMap(\.reasons), uniquingKeysWith: +).filter { $0.value > 0 }.keys
                .sorted()
            let why = reasons.isEmpty ? "" : " for \(reasons.joined(separator: ", "))"
            row.detail =
                "\(ejections) host\(ejections == 1 ? "" : "s") ejected\(why) by Envoy's stats of \(words); the stats do not name them"
            return
        }
        if gauges.contains(where: \.isOpen) { row.state = .open }
        row.detail = "from Envoy's stats of \(words)"
    }

    // MARK: Flags

    private func fromFlags(_ row: inout BreakerSummary, _ service: ServiceID?, _ clients: [String]?) {
        guard world.hasMetrics else {
            row.detail = "no metrics: only the configured limits are known"
            return
        }
        let edges = edges(service, clients)
        let requests = edges.reduce(0) { $0 + ($1.requestsPerSecond ?? 0) }
        let busiest = edges.max { ($0.requestsPerSecond ?? 0) < ($1.requestsPerSecond ?? 0) }
        row.silentClient = busiest.flatMap { edge in
            edge.source.workload == "unknown" ? nil : ObjectKey(edge.source.namespace, edge.source.workload)
        }
        let advice = row.silentClient == nil ? "" : "; P lets its busiest client's proxies tell more"
        guard requests > 0 else {
            row.detail = "no requests in the window, so no response flags to judge by\(advice)"
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
            row.detail = "no UO or UH flag in the window\(advice)"
        }
    }

    private func decide(_ row: inout BreakerSummary) {
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

    private func headroom(_ limit: Int?, _ active: Int?) -> Double? {
        guard let limit, let active, limit > 0 else { return nil }
        return max(0, 1 - Double(active) / Double(limit))
    }
}
