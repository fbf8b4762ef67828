import Testing

@testable import Base
@testable import ClusterData
@testable import Kube
@testable import MeshModel

/// Values and times that no metric has, and answers without end.
@Suite struct OddNumbersTests {
    private static let odd = ["1e30", "-1e30", "NaN", "+Inf", "-Inf", "1e300", "-1e300"]

    @Test(arguments: ["1e300", "-1e300", "9223372036854775807", "-1e18", "0", "1700000005"])
    func aPastAtAnyTimeIsTaken(_ time: String) throws {
        let points = Self.odd.map { "[\(time),\"\($0)\"]" }.joined(separator: ",")
        let labels = TrafficColumns.edge.names
        let edge = labels.map { "\"\($0)\":\"x\"" }.joined(separator: ",")
        func answer(_ metric: String, _ schema: LabelSchema) throws -> PrometheusAnswer {
            try PrometheusAnswer(
                Array(
                    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\(metric)},\"values\":[\(points)]}]}}"
                        .utf8), schema: schema)
        }
        var store = SeriesStore(stepSeconds: 5)
        let services = try answer("\"a\":\"shop\",\"b\":\"cart\"", LabelSchema(["a", "b"]))
        var past = SeriesPast(resolution: 0, end: 1_700_000_045, count: 10)
        past.services = SeriesMeasure.allCases.map { ($0, services.series) }
        store.fill(past)
        store.fill(
            SeriesPast(
                resolution: 0, end: 45, count: 10, edges: try answer(edge, TrafficColumns.edge).series))
        let samples = store.service(ServiceID(namespace: "shop", name: "cart"), .requests).samples
        #expect(samples.count { $0.isInfinite } == 0)
        // Of several values at one time the last that is a number; a Float has no 1e300.
        #expect(samples.filter(\.isFinite) == (time == "1700000005" ? [-1e30] : []), "\(samples)")
    }

    @Test func anAnswerOfTooManySeriesIsRefusedInWords() {
        let one = #"{"metric":{"a":"x"},"value":[1,"1"]},"#
        let body =
            #"{"status":"success","data":{"resultType":"vector","result":["#
            + String(repeating: one, count: 200_001) + #"{"metric":{},"value":[1,"1"]}]}}"#
        #expect(throws: JSONError.self) { try PrometheusAnswer(Array(body.utf8), schema: LabelSchema(["a"])) }
        do { _ = try PrometheusAnswer(Array(body.utf8), schema: LabelSchema(["a"])) } catch {
            #expect(error.reason == "the answer has more than 200000 series")
        }
    }

    @Test func countsOfAProxyAreBounded() throws {
        for value in ["\"9223372036854775807\"", "\"-9223372036854775808\"", "1e400", "\"NaN\"", "NaN", "-1", "1.9e18"]
        {
            let host =
                #"{"address":{"socket_address":{"address":"10.0.0.1","port_value":\#(value)}},"stats":[{"name":"cx_active","value":\#(value)},{"name":"rq_active","value":\#(value)},{"name":"rq_pending_active","value":\#(value)},{"name":"rq_total","value":\#(value)}],"health_status":{"failed_outlier_check":true}}"#
            let hosts = Array(repeating: host, count: 2000).joined(separator: ",")
            let body =
                #"{"cluster_statuses":[{"name":"outbound|80||cart.shop.svc.cluster.local","circuit_breakers":{"thresholds":[{"max_connections":\#(value)}]},"host_statuses":[\#(hosts)]},{"name":"outbound|-9223372036854775808||x"}]}"#
            // No JSON, and no number that a Double holds.
            guard !["NaN", "1e400"].contains(value) else {
                #expect(throws: (any Error).self) { try EnvoyClusters.decode(Array(body.utf8)) }
                continue
            }
            let upstreams = try EnvoyClusters.decode(Array(body.utf8))
            var evidence = EnvoyEvidence()
            evidence.record(ObjectKey("shop", "web"), upstreams, at: Timestamp(seconds: 0))
            evidence.record(ObjectKey("shop", "other"), upstreams, at: Timestamp(seconds: 100))
            for upstream in upstreams {
                #expect(abs(upstream.activeRequests) <= 2000 << 40)
                _ = upstream.activeConnections.adding(upstream.pendingRequests ?? 0)
                _ = evidence.secondsUntilFull(upstream.name, connections: 5, requests: 5)
            }
        }
    }
}
