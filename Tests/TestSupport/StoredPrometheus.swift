// A real Prometheus with a past that a test wrote: its answers are those to counters that grow at exact rates.

package import Base
package import ClusterData
internal import Kube
import MeshModel

/// Counters by their rates, as OpenMetrics text with a sample every 15 seconds.
package struct Exposition: Sendable {
    /// When the last samples are, so that a window of 60 seconds before it holds exactly the rates.
    package let end: Timestamp
    private var families: [String: [(name: String, labels: [String: String], rate: Double)]] = [:]
    private var types: [String: String] = [:]

    package init() { end = Timestamp(seconds: ((Timestamp.now().seconds - 900) / 15).rounded(.down) * 15) }

    /// A counter `NAME_total`, or one of a histogram's parts.
    package mutating func counter(_ name: String, _ labels: [String: String], rate: Double) {
        let suffixes = ["_total", "_bucket", "_sum", "_count"]
        let suffix = suffixes.first { name.hasSuffix($0) } ?? ""
        let family = String(name.dropLast(suffix.count))
        types[family] = suffix == "_total" ? "counter" : suffix.isEmpty ? "gauge" : "histogram"
        families[family, default: []].append((name, labels, rate))
    }

    /// Cumulative buckets of requests that all took between two bounds of Istio's.
    package mutating func histogram(
        _ name: String, _ labels: [String: String], rate: Double, above low: Double, upTo high: Double
    ) {
        for bound in [1.0, 5, 10, 25, 50, 100, 250, 500, 1000] {
            let value = bound >= high ? rate : 0
            counter("\(name)_bucket", labels.merging(["le": Self.number(bound)]) { $1 }, rate: value)
        }
        counter("\(name)_bucket", labels.merging(["le": "+Inf"]) { $1 }, rate: rate)
        counter("\(name)_sum", labels, rate: rate * (low + high) / 2)
        counter("\(name)_count", labels, rate: rate)
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(clamping: value)).0" : "\(value)"
    }

    var text: String {
        var lines: [String] = []
        for (family, series) in families.sorted(by: { $0.key < $1.key }) {
            lines.append("# TYPE \(family) \(types[family] ?? "unknown")")
            for one in series {
                let labels = one.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
                for step in 0...12 {
                    let time = end.seconds - Double(12 - step) * 15
                    // A gauge keeps its value; a counter has counted before.
                    let isGauge = types[family] == "gauge"
                    let value = isGauge ? one.rate : 10_000 * one.rate + one.rate * Double(step) * 15
                    lines.append("\(one.name){\(labels.joined(separator: ","))} \(value) \(Int(clamping: time))")
                }
            }
        }
        return (lines + ["# EOF", ""]).joined(separator: "\n")
    }
}

package final class StoredPrometheus: Sendable {
    package let url: String
    private let folder: TemporaryFolder
    private let process: BackgroundProcess

    package convenience init(_ exposition: Exposition) async throws {
        try await self.init(openMetrics: exposition.text, end: exposition.end)
    }

    /// `end` is when a sample of something is there.
    package init(openMetrics text: String, end: Timestamp) async throws {
        folder = try TemporaryFolder()
        let input = try folder.write("samples.txt", text)
        let made = try await Tool.run(
            "promtool", ["tsdb", "create-blocks-from", "openmetrics", input, "\(folder.path)/data"])
        guard made.code == 0 else { throw MeshTopError(.environment, "promtool", why: made.errors) }
        let config = try folder.write("prometheus.yml", "global: {}\n")
        let port = try Tool.freePort()
        process = try BackgroundProcess(
            "prometheus",
            [
                "--config.file=\(config)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ], log: "\(folder.path)/prometheus.log")
        url = "http://127.0.0.1:\(port)"
        let client = PrometheusClient(endpoint: try .url(url), loop: CurlLoop())
        let ready = try await eventually(within: 60) { () -> Bool? in
            // Not listening yet, or its blocks not loaded: both mean to wait.
            let answer = try? await client.query("count({__name__=~\".+\"})", schema: LabelSchema([]), time: end)
            return answer?.samples.isEmpty == false ? true : nil
        }
        guard ready == true else {
            throw MeshTopError(.environment, "prometheus", why: "no samples: \(folder.read("prometheus.log"))")
        }
    }

    package func client() throws -> PrometheusClient { PrometheusClient(endpoint: try .url(url), loop: CurlLoop()) }
}
