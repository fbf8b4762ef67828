import Base
import ClusterData
import Kube
import MeshModel
import TestSupport
import Testing

/// Servers whose clocks are not ours.
@Suite struct ClockTests {
    @Test func datesOfHTTPAreReadAndWritten() {
        let time = Timestamp(rfc3339: "2026-11-24T09:05:07Z")
        #expect(time?.httpDate == "Tue, 24 Nov 2026 09:05:07 GMT")
        #expect(Timestamp(httpDate: "Tue, 24 Nov 2026 09:05:07 GMT") == time)
        #expect(Timestamp(httpDate: "yesterday") == nil)
    }

    /// A Prometheus that is an hour ahead is asked for its own now, and its answer is put at ours.
    @Test func metricsAreAskedForInTheServersTime() async throws {
        let asked = Lock<[Double]>([])
        let server = try CannedServer { _, bytes in
            let form = String(decoding: bytes, as: UTF8.self)
            let time =
                form.split(separator: "&").first { $0.hasPrefix("start=") }.flatMap { Double($0.dropFirst(6)) } ?? 0
            asked.withLock { $0.append(time) }
            return CannedServer.Answer(
                200,
                [
                    "status": "success",
                    "data": ["resultType": "matrix", "result": [["metric": [:], "values": [[.double(time), "1"]]]]],
                ], headers: [("Date", (Timestamp.now() + 3600).httpDate)])
        }
        let client = PrometheusClient(endpoint: try .url(server.url), loop: CurlLoop())
        let now = Timestamp.now()
        let answer = try await client.queryRange(
            "up", schema: LabelSchema([]), start: now, end: now + 60, stepSeconds: 15)
        let last = try #require(asked.withLock { $0.last })
        #expect(abs(last - (now.seconds + 3600)) < 60)
        let point = try #require(answer.series.first?.points.first)
        #expect(abs(point.time - now.seconds) < 60)
    }

    @Test func aHostWhoseClockIsWrongIsToldSo() async throws {
        let server = try CannedServer { line in
            let body: JSONValue =
                line.contains("/version")
                ? ["gitVersion": "v1.30.0"] : ["kind": "APIGroupDiscoveryList", "items": []]
            return CannedServer.Answer(200, body, headers: [("Date", (Timestamp.now() + 120).httpDate)])
        }
        let session = MeshSession(
            client: try server.client(clock: FastClock(speed: 20)),
            options: SessionOptions(asksMetrics: false, asksEnvoy: false))
        await session.start()
        let detail = try await eventually { () -> String? in
            let detail = await session.snapshot().source(.kubernetes)?.detail
            return detail?.contains("clock") == true ? detail : nil
        }
        await session.stop()
        let words = try #require(detail)
        #expect(words.contains("this host's clock is") && words.contains("behind the server's"), "\(words)")
    }
}
