import Base
import ClusterData
import DemoMesh
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// A real Prometheus with the demo mesh's own samples must answer MeshTop's queries as the demo's query API does.
@Suite(.serialized) struct RealPrometheusTests {
    /// A demo mesh whose clock stands, and a Prometheus with what its metrics page said every five seconds before.
    final class Pair: Sendable {
        static let window = 30
        let demo: Demo
        let end: Timestamp
        let real: PrometheusClient
        let own: PrometheusClient
        let realURL: String
        private let prometheus: StoredPrometheus

        init() async throws {
            var options = DemoMeshOptions()
            // Blocks are of the past.
            let start = Timestamp(seconds: (Timestamp.now().seconds / 5).rounded(.down) * 5 - 7200)
            options.clockStart = start
            demo = try Demo(options)
            var samples: [String] = []
            // The demo takes its samples at these very moments.
            for step in 0...16 {
                try await demo.server.advance(seconds: step == 0 ? 1 : 5)
                let page = try await demo.loop.send(HTTPRequest(url: "\(demo.server.url)/metrics"))
                let time = " \(Int(clamping: start.seconds) + step * 5 + 1)"
                samples += String(decoding: page.body, as: UTF8.self).split(separator: "\n")
                    .filter { !$0.hasPrefix("#") }.map { $0 + time }
            }
            end = start + 81
            prometheus = try await StoredPrometheus(
                openMetrics: (samples + ["# EOF", ""]).joined(separator: "\n"), end: end)
            realURL = prometheus.url
            real = try prometheus.client()
            own = PrometheusClient(endpoint: try .url("\(demo.server.url)/prometheus"), loop: demo.loop)
        }
    }

    static let pair = Task { try await Pair() }

    private func compare(_ query: String, _ schema: LabelSchema, floor: Double, atLeast: Int) async throws {
        let pair = try await Self.pair.value
        let time = pair.end
        async let first = pair.real.query(query, schema: schema, time: time)
        async let second = pair.own.query(query, schema: schema, time: time)
        let (real, own) = (try await first, try await second)
        #expect(real.samples.count >= atLeast, "\(query)")
        let index = Dictionary(own.samples.map { ($0.labels, $0.value) }) { first, _ in first }
        let known = Set(real.samples.map(\.labels))
        for sample in real.samples where sample.value > floor {
            guard let value = index[sample.labels] else {
                Issue.record("only in Prometheus: \(sample.labels) = \(sample.value) of \(query)")
                continue
            }
            #expect(
                abs(value - sample.value) <= 1e-6 * abs(sample.value),
                "\(sample.labels): \(value), Prometheus says \(sample.value)")
        }
        for sample in own.samples where sample.value > floor {
            #expect(known.contains(sample.labels), "only in the demo: \(sample.labels) = \(sample.value)")
        }
    }

    @Test func requestRatesByEdgeCodeAndFlagAgree() async throws {
        try await compare(
            IstioQueries.requests(window: Pair.window), TrafficColumns.requests, floor: 0.5, atLeast: 60)
    }

    @Test func durationBucketsAgree() async throws {
        try await compare(
            IstioQueries.durationBuckets(window: Pair.window), TrafficColumns.buckets, floor: 1, atLeast: 300)
    }

    @Test func bytesOfTCPAndHTTPAgree() async throws {
        try await compare(IstioQueries.tcpSent(window: Pair.window), TrafficColumns.tcp, floor: 1, atLeast: 2)
        try await compare(IstioQueries.tcpReceived(window: Pair.window), TrafficColumns.tcp, floor: 1, atLeast: 2)
        try await compare(
            IstioQueries.httpBytes("request", window: Pair.window), TrafficColumns.bytes, floor: 100, atLeast: 20)
        try await compare(
            IstioQueries.httpBytes("response", window: Pair.window), TrafficColumns.bytes, floor: 100, atLeast: 20)
    }

    @Test(arguments: [0.5, 0.95, 0.99])
    func quantilesByServiceAgree(_ quantile: Double) async throws {
        try await compare(
            IstioQueries.quantileHistory(quantile, window: Pair.window), TrafficColumns.service, floor: 0,
            atLeast: 10)
    }

    @Test func theEdgesThatMeshTopDrawsAgree() async throws {
        let pair = try await Self.pair.value
        let time = pair.end
        let real = EdgeReconciler(try await MetricsPoll.read(pair.real, window: Pair.window, at: time)).edges
        let own = EdgeReconciler(try await MetricsPoll.read(pair.own, window: Pair.window, at: time)).edges
        struct Ends: Hashable { var source, destination, service: String }
        func index(_ edges: [MeshEdge]) -> [Ends: MeshEdge] {
            Dictionary(
                edges.map {
                    (
                        Ends(
                            source: $0.source.workload, destination: $0.destination.workload, service: "\($0.service)"),
                        $0
                    )
                }
            ) { first, _ in first }
        }
        let (left, right) = (index(real), index(own))
        #expect(real.count > 30)
        #expect(Set(left.keys) == Set(right.keys))
        for (ends, edge) in left {
            guard let other = right[ends], let rate = edge.requestsPerSecond, rate > 1 else { continue }
            #expect(abs((other.requestsPerSecond ?? 0) - rate) <= 1e-6 * rate, "\(ends)")
            #expect(abs((other.errorRatio ?? 0) - (edge.errorRatio ?? 0)) <= 1e-6, "\(ends)")
            if let p50 = edge.latencyMs.p50 { #expect(abs((other.latencyMs.p50 ?? 0) - p50) <= 1e-6 * p50, "\(ends)") }
            #expect(edge.mtlsRatio == other.mtlsRatio, "\(ends)")
        }
    }

    @Test func rangeQueriesAgreePointByPoint() async throws {
        let pair = try await Self.pair.value
        let end = pair.end
        for query in [IstioQueries.requestHistory(window: 25), IstioQueries.quantileHistory(0.5, window: 25)] {
            async let first = pair.real.queryRange(
                query, schema: TrafficColumns.service, start: end + -5, end: end, stepSeconds: 5)
            async let second = pair.own.queryRange(
                query, schema: TrafficColumns.service, start: end + -5, end: end, stepSeconds: 5)
            let (real, own) = (try await first, try await second)
            #expect(real.resultType == "matrix" && own.resultType == "matrix")
            #expect(real.series.count > 10)
            let index = Dictionary(own.series.map { ($0.labels, $0.points) }) { first, _ in first }
            for series in real.series where series.points.contains(where: { $0.value > 1 }) {
                let points = index[series.labels] ?? []
                #expect(points.map(\.time) == series.points.map(\.time), "\(series.labels)")
                for (a, b) in zip(points, series.points) where b.value > 1 {
                    #expect(abs(a.value - b.value) <= 1e-6 * b.value, "\(series.labels) at \(b.time)")
                }
            }
        }
    }

    /// A Prometheus that scrapes it takes the whole page: it knows as many series as the demo does.
    @Test func itsMetricsPageCanBeScraped() async throws {
        let demo = try Demo(speed: 1)
        let port = try Tool.freePort()
        let target = demo.server.url.split(separator: "/").last ?? ""
        let config = try demo.folder.write(
            "prometheus.yml",
            """
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
            - job_name: demo
              honor_labels: true
              static_configs: [{targets: ["\(target)"]}]

            """)
        let process = try BackgroundProcess(
            "prometheus",
            [
                "--config.file=\(config)", "--storage.tsdb.path=\(demo.folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ], log: "\(demo.folder.path)/prometheus.log")
        defer { process.stop() }
        let real = PrometheusClient(endpoint: try .url("http://127.0.0.1:\(port)"), loop: demo.loop)
        let own = PrometheusClient(endpoint: try .url("\(demo.server.url)/prometheus"), loop: demo.loop)
        for metric in ["istio_requests_total", "istio_request_duration_milliseconds_bucket"] {
            let query = "count(\(metric))"
            let wanted = try await own.query(query, schema: LabelSchema([])).samples.first?.value
            let found = try await eventually(within: 60) { () -> Double? in
                // Not listening yet, or not scraped yet: both mean to wait.
                let answer = try? await real.query(query, schema: LabelSchema([]))
                return answer?.samples.first?.value
            }
            #expect(found == wanted && wanted ?? 0 > 100, "\(demo.folder.read("prometheus.log"))")
        }
    }

    /// Values that are no plain numbers, and vectors that are empty.
    @Test(arguments: [
        "vector(0) / 0", "vector(1) / 0", "-vector(1) / 0", "histogram_quantile(0.5, vector(1))",
        "istio_requests_total{source_workload=\"nobody\"}", "sum(istio_requests_total{source_workload=\"nobody\"})",
        "vector(1) > 2", "1 + 2 * 3 ^ 2", "scalar(vector(2)) > bool 1", "round(vector(2.5))",
        "absent(istio_requests_total{source_workload=\"nobody\"})",
    ])
    func oddValuesAreWrittenTheSameWay(_ query: String) async throws {
        let pair = try await Self.pair.value
        let body = formEncoded([("query", query), ("time", "1700000000")])
        let real = try await ask("\(pair.realURL)/api/v1/query?\(body)", pair)
        let own = try await ask("\(pair.demo.server.url)/prometheus/api/v1/query?\(body)", pair)
        #expect(own.status == real.status)
        #expect(own.value["data"] == real.value["data"], "\(query)")
    }

    /// Refusals: the status and errorType that Prometheus gives.
    @Test(arguments: [
        "query?query=sum(", "query?query=", "query?query=nosuch(up)", "query?query=up&time=yesterday",
        "query?query=up[5m",
        "query?query=%7B%7D", "query?query=rate(up)", "query?query=clamp_min(up)",
        "query_range?query=up&start=1&end=0&step=1",
        "query_range?query=up&start=0&end=1&step=0", "query_range?query=up&start=0&end=100000&step=1",
        "query_range?query=up&end=1&step=1", "query_range?query=up[5m]&start=0&end=1&step=1",
    ])
    func refusalsHaveTheSameForm(_ path: String) async throws {
        let pair = try await Self.pair.value
        let real = try await ask("\(pair.realURL)/api/v1/\(path)", pair)
        let own = try await ask("\(pair.demo.server.url)/prometheus/api/v1/\(path)", pair)
        #expect(own.status == real.status, "\(path)")
        #expect(own.value["status"] == real.value["status"])
        #expect(own.value["errorType"] == real.value["errorType"])
        #expect(own.value["error"]?.string?.isEmpty == false)
    }

    private func ask(_ url: String, _ pair: Pair) async throws -> (status: Int, value: JSONValue) {
        let response = try await pair.demo.loop.send(HTTPRequest(url: url))
        return (response.status, try JSONValue(parsing: response.body))
    }
}
