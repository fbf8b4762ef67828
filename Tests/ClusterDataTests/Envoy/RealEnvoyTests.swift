import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Kube
@testable import MeshModel

/// A real Envoy under load on loopback: the breakers pane must say what Envoy says, from its admin page and through a
/// Prometheus that scrapes its stats, by both ways in which these are named.
@Suite struct RealEnvoyTests {
    private static let wide = "max_connections: 1000, max_pending_requests: 1000, max_requests: 1000, max_retries: 1000"

    private static let upstreams = [
        EnvoyRig.Upstream(
            "connections",
            thresholds: "{max_connections: 1, max_pending_requests: 1000, max_requests: 1000, max_retries: 1000}"),
        EnvoyRig.Upstream(
            "pending",
            thresholds: "{max_connections: 1, max_pending_requests: 1, max_requests: 1000, max_retries: 1000}"),
        EnvoyRig.Upstream(
            "requests",
            thresholds: "{max_connections: 1000, max_pending_requests: 1000, max_requests: 2, max_retries: 1000}"),
        EnvoyRig.Upstream(
            "retries",
            thresholds: "{max_connections: 1000, max_pending_requests: 1000, max_requests: 1000, max_retries: 1}",
            retries: 1),
        EnvoyRig.Upstream("calm", thresholds: "{\(wide)}"),
        EnvoyRig.Upstream(
            "outlier", thresholds: "{\(wide)}",
            outlier: "{consecutive_5xx: 3, interval: 1s, base_ejection_time: 4s, max_ejection_percent: 60}", backends: 2
        ),
    ]

    /// The cluster that istiod would have configured this Envoy from.
    private func world() throws -> World {
        var world = World()
        let policies: [String: JSONValue] = [
            "connections": ["connectionPool": ["tcp": ["maxConnections": 1]]],
            "pending": ["connectionPool": ["tcp": ["maxConnections": 1], "http": ["http1MaxPendingRequests": 1]]],
            "requests": ["connectionPool": ["http": ["http2MaxRequests": 2]]],
            "retries": ["connectionPool": ["http": ["maxRetries": 1]]],
            "calm": ["connectionPool": ["tcp": ["maxConnections": 1000], "http": ["http2MaxRequests": 1000]]],
            "outlier": [
                "outlierDetection": [
                    "consecutive5xxErrors": 3, "interval": "1s", "baseEjectionTime": "4s", "maxEjectionPercent": 60,
                ]
            ],
        ]
        for (name, policy) in policies {
            try world.service(name, "default")
            try world.config(.destinationrules, name, ["host": .string(name), "trafficPolicy": policy], "default")
        }
        return world
    }

    private func rows(_ evidence: EnvoyEvidence, _ metrics: MetricsReading? = nil) throws -> [String: BreakerSummary] {
        let made = SnapshotBuilder.build(
            SnapshotInputs(time: .now(), context: "t", objects: try world().objects, metrics: metrics, envoy: evidence))
        return Dictionary(made.breakers.map { ($0.host, $0) }) { first, _ in first }
    }

    private func look(_ rig: EnvoyRig, _ evidence: inout EnvoyEvidence) async throws -> [String: BreakerSummary] {
        evidence.record(ObjectKey("default", "client-1"), try await rig.upstreams(), at: .now())
        return try rows(evidence)
    }

    /// Holds requests until every limit is reached, as Envoy's own stats say.
    private func load(_ rig: EnvoyRig) async throws -> [Task<Int, any Error>] {
        var tasks: [Task<Int, any Error>] = []
        for name in ["connections", "pending", "requests", "calm"] { rig.behave(name, .hold) }
        rig.behave("retries", .failThenHold)
        tasks += rig.ask("connections", times: 1) + rig.ask("requests", times: 2) + rig.ask("calm", times: 1)
        tasks += rig.ask("retries", times: 1) + rig.ask("pending", times: 1)
        func wait(_ name: String, _ stat: String, _ value: Int) async throws {
            let seen = try await eventually { try await rig.stat(name, stat) == value ? true : nil }
            #expect(seen == true, "Envoy's \(stat) of \(name) is not \(value)")
        }
        try await wait("pending", "upstream_rq_active", 1)
        // The second waits for the one connection.
        tasks += rig.ask("pending", times: 1)
        try await wait("connections", "circuit_breakers.default.cx_open", 1)
        try await wait("pending", "circuit_breakers.default.rq_pending_open", 1)
        try await wait("requests", "circuit_breakers.default.rq_open", 1)
        try await wait("retries", "circuit_breakers.default.rq_retry_open", 1)
        try await wait("calm", "upstream_rq_active", 1)
        return tasks
    }

    private func letGo(_ rig: EnvoyRig, _ tasks: [Task<Int, any Error>]) async throws {
        for upstream in Self.upstreams { rig.behave(upstream.name, .answer(200)) }
        for task in tasks { #expect(try await task.value == 200) }
    }

    // MARK: Admin page

    @Test func eachLimitIsSeenOnTheAdminPage() async throws {
        let rig = try await EnvoyRig(Self.upstreams, naming: .istio)
        var evidence = EnvoyEvidence()
        let before = try await look(rig, &evidence)
        for name in ["connections", "pending", "requests", "calm"] {
            #expect(before[name]?.state == .closed, "\(name)")
            #expect(before[name]?.evidence == .envoyAdmin)
        }
        let tasks = try await load(rig)
        let full = try await look(rig, &evidence)
        #expect(full["connections"]?.headroom.connections == 0)
        #expect(full["pending"]?.headroom.pending == 0)
        #expect(full["requests"]?.headroom.requests == 0)
        for name in ["connections", "pending", "requests"] { #expect(full[name]?.state == .open, "\(name)") }
        #expect(full["calm"]?.state == .closed)
        // What comes now is refused: Envoy answers for the host.
        for task in rig.ask("pending", times: 2) + rig.ask("requests", times: 2) {
            #expect(try await task.value == 503)
        }
        try await letGo(rig, tasks)
        let after = try await eventually { () -> Bool? in
            var later = EnvoyEvidence()
            return try await look(rig, &later)["requests"]?.state == .closed ? true : nil
        }
        #expect(after == true)
    }

    @Test func anEjectedHostIsNamedUntilItReturns() async throws {
        let rig = try await EnvoyRig(Self.upstreams, naming: .envoy)
        rig.behave("outlier", .answer(500), backend: 1)
        for task in rig.ask("outlier", times: 12) { _ = try await task.value }
        var evidence = EnvoyEvidence()
        var row = try #require(try await look(rig, &evidence)["outlier"])
        let deadline = Timestamp.now() + 20
        while row.state != .ejecting, Timestamp.now() < deadline {
            for task in rig.ask("outlier", times: 4) { _ = try await task.value }
            row = try #require(try await look(rig, &evidence)["outlier"])
        }
        #expect(row.state == .ejecting)
        let host = try #require(row.ejectedHosts.first)
        #expect(row.ejectedHosts.count == 1)
        #expect(host.pod == rig.address("outlier", backend: 1))
        #expect(host.reason?.contains("requests failed") == true)
        #expect(row.hosts == 2)
        #expect(row.panic == .off)
        let (since, until) = (try #require(host.since), try #require(host.until))
        #expect(abs((until - since) - 4) < 0.001)
        // It returns, and the pane says so.
        rig.behave("outlier", .answer(200), backend: 1)
        let seen = evidence
        let returned = try await eventually(within: 60) { () -> Bool? in
            var later = seen
            return try await look(rig, &later)["outlier"]?.ejectedHosts.isEmpty == true ? true : nil
        }
        #expect(returned == true)
        #expect(try await rig.stat("outlier", "outlier_detection.ejections_active") == 0)
    }

    // MARK: Through Prometheus

    @Test(arguments: EnvoyRig.Naming.allCases)
    func prometheusTellsTheSameByEitherNaming(_ naming: EnvoyRig.Naming) async throws {
        let rig = try await EnvoyRig(Self.upstreams, naming: naming)
        let scraper = try await Scraper(rig)
        defer { withExtendedLifetime(scraper) {} }
        rig.behave("outlier", .answer(500), backend: 1)
        let tasks = try await load(rig)
        let client = try scraper.client()
        let found = try await eventually(within: 60) { () -> [String: BreakerSummary]? in
            // A host that came back is ejected again: on a busy machine a look may come late.
            for task in rig.ask("outlier", times: 16) { _ = try await task.value }
            let reading = try await MetricsPoll.read(client, window: 30, at: .now())
            let made = try self.rows(EnvoyEvidence(), reading)
            let isSeen = ["connections", "pending", "requests", "retries"].allSatisfy { made[$0]?.state == .open }
            // Envoy writes a page while it counts: a scrape may have one gauge from before a request and one from after.
            let isWhole = made["pending"]?.headroom.pending == 0 && made["requests"]?.headroom.requests == 0
            return isSeen && isWhole && made["outlier"]?.state == .ejecting ? made : nil
        }
        let rows = try #require(found, "Prometheus has not seen what Envoy says")
        for (name, row) in rows { #expect(row.evidence == .envoyStats, "\(name)") }
        #expect(rows["connections"]?.headroom.connections == 0)
        #expect(rows["pending"]?.headroom.pending == 0)
        #expect(rows["requests"]?.headroom.requests == 0)
        #expect(rows["calm"]?.state == .closed)
        #expect(rows["outlier"]?.detail.contains("1 host ejected") == true)
        // Refused requests are counted between two ticks.
        let counters = Lock(CounterBook())
        @Sendable func overflow() async throws -> Double {
            var next = try await MetricsPoll.read(client, window: 30, at: .now())
            let stats = next.breakerStats
            next.breakerRates = counters.withLock { $0.rates(stats, at: .now()) }
            return try self.rows(EnvoyEvidence(), next)["requests"]?.overflowPerSecond ?? 0
        }
        _ = try await overflow()
        for task in rig.ask("requests", times: 5) { #expect(try await task.value == 503) }
        let refused = try await eventually(within: 60) { try await overflow() > 0 ? true : nil }
        #expect(refused == true)
        try await letGo(rig, tasks)
    }
}

/// A Prometheus that scrapes a rig's Envoy every second, as one pod's.
private final class Scraper: Sendable {
    private let process: BackgroundProcess
    private let url: String

    init(_ rig: EnvoyRig) async throws {
        let target = rig.adminURL.split(separator: "/").last ?? ""
        let config = try rig.folder.write(
            "prometheus.yml",
            """
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
            - job_name: envoy
              metrics_path: /stats/prometheus
              static_configs: [{targets: ["\(target)"], labels: {namespace: default, pod: client-1}}]

            """)
        let port = try Tool.freePort()
        process = try BackgroundProcess(
            "prometheus",
            [
                "--config.file=\(config)", "--storage.tsdb.path=\(rig.folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ], log: "\(rig.folder.path)/prometheus.log")
        url = "http://127.0.0.1:\(port)"
        let client = try client()
        let ready = try await eventually(within: 60) { () -> Bool? in
            let answer = try? await client.query("up", schema: LabelSchema([]))
            return answer?.samples.isEmpty == false ? true : nil
        }
        guard ready == true else { throw MeshTopError(.environment, "prometheus", why: "no samples") }
    }

    func client() throws -> PrometheusClient { PrometheusClient(endpoint: try .url(url), loop: CurlLoop()) }
}
