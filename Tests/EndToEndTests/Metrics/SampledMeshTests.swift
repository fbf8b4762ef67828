import Base
import TestSupport
import Testing

/// A mesh without a Prometheus: the panes work from a few sidecars, and say so.
@Suite struct SampledMeshTests {
    @Test func withoutAPrometheusTheSidecarsAreAsked() async throws {
        let demo = try Demo(speed: 1)
        let before = try await Program.snapshot(demo)
        _ = try await demo.ask("DELETE", "/api/v1/namespaces/istio-system/services/prometheus")
        let sampled = try await Program.snapshot(demo)
        #expect(before["sampled"] == false)
        #expect(sampled["sampled"] == true)
        let source = sampled.list("sources").first { $0["name"] == "metrics" }
        #expect(source?["state"] == "ok")
        #expect(source?["detail"]?.string?.contains("sampled") == true)
        // The same service, measured both ways: ten seconds of a few pods stand for a minute of all.
        func rate(_ value: JSONValue, _ name: String) -> Double? {
            value.list("services").first { $0["name"] == .string(name) && $0["namespace"] == "shop" }?[
                "requestsPerSecond"]?.double
        }
        let measured = try #require(rate(before, "ads"))
        let own = try #require(rate(sampled, "ads"))
        #expect(own > measured * 0.5 && own < measured * 2, "\(own) beside \(measured)")
        let service = sampled.list("services").first { $0["name"] == "ads" && $0["namespace"] == "shop" }
        #expect(service?.at("latencyMs", "p99")?.double != nil)
        #expect(!sampled.list("edges").isEmpty)
    }
}
