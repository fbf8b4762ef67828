import Actions
import Base
import MeshModel
import TestSupport
import Testing

/// Templates for a service's DestinationRule.
@Suite(.serialized) struct DestinationRuleTemplateTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    /// Applies, gives the traffic policy that came of it, and takes it back.
    private func policy(
        _ template: PolicyTemplate, _ service: String, _ values: [String: String], _ snapshot: MeshSnapshot? = nil
    ) async throws -> (JSONValue, ChangePreview) {
        let path = Paths.destinationRule(service)
        let runner = try cluster.runner(snapshot: snapshot)
        let before = try await cluster.exists(path) ? cluster.get(path)["spec"] : nil
        let preview = try await runner.plan(.policy(template, namespace: "shop", target: service, values: values))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).wasApplied)
        let made = try await cluster.get(path).at("spec", "trafficPolicy") ?? [:]
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await (cluster.exists(path) ? cluster.get(path)["spec"] : nil) == before)
        return (made, preview)
    }

    /// As `--proposed` gives it.
    private static let allProposed = Dictionary(
        uniqueKeysWithValues: PolicyTemplate.circuitBreaker.fields.map { ($0.key, PresentPolicy.proposedWhereUnset) })

    /// 100 requests per second at 200 ms are 20 under way; two proxies carry 10 each, and twice that is the limit.
    @Test func limitsAreSizedByLittlesLaw() async throws {
        let (made, preview) = try await policy(
            .circuitBreaker, "search", Self.allProposed, Snapshots.calls(to: "search"))
        #expect(made.at("connectionPool", "http", "http2MaxRequests") == 20)
        #expect(made.at("connectionPool", "tcp", "maxConnections") == 20)
        #expect(made.at("connectionPool", "http", "http1MaxPendingRequests") == 10)
        #expect(preview.effects.joined().contains("20") && preview.effects.joined().contains("2 client proxies"))
        #expect(!preview.warnings.contains { $0.contains("under way") }, "\(preview.warnings)")
    }

    /// The busiest client decides, not the mean over all.
    @Test func theBusiestClientHasRoom() async throws {
        let snapshot = Snapshots.calls(to: "search", from: [("checkout-v1", 190, 1), ("cart-v1", 10, 1)])
        let (made, _) = try await policy(.circuitBreaker, "search", ["http2MaxRequests": "proposed"], snapshot)
        #expect(made.at("connectionPool", "http", "http2MaxRequests") == 38)
    }

    @Test(arguments: [("11", "under 1.2 times"), ("101", "over 10 times")])
    func aLimitThatDoesNotFitIsSaidSo(_ limit: String, _ words: String) async throws {
        let runner = try cluster.runner(snapshot: Snapshots.calls(to: "search"))
        let preview = try await runner.plan(
            .policy(.circuitBreaker, namespace: "shop", target: "search", values: ["http2MaxRequests": limit]))
        #expect(
            preview.warnings.contains { $0.contains("http2MaxRequests \(limit) is \(words)") }, "\(preview.warnings)")
    }

    @Test(arguments: [(1, "50", "may eject all 1"), (3, "100", "may eject all 3"), (2, "50", "may eject 1 of 2")])
    func ejectionOfEverythingIsSaid(_ ready: Int, _ percent: String, _ words: String) async throws {
        let runner = try cluster.runner(snapshot: Snapshots.calls(to: "search", ready: ready))
        let preview = try await runner.plan(
            .policy(.circuitBreaker, namespace: "shop", target: "search", values: ["maxEjectionPercent": percent]))
        #expect(preview.warnings.contains { $0.contains(words) }, "\(preview.warnings)")
    }

    @Test func anAlgorithmTakesThePlaceOfTheOther() async throws {
        let (made, _) = try await policy(.loadBalancing, "currency", ["algorithm": "LEAST_REQUEST", "warmup": "30s"])
        #expect(made["loadBalancer"]?["simple"] == "LEAST_REQUEST")
        #expect(made.at("loadBalancer", "warmup", "duration") == "30s")
    }

    @Test(
        arguments: [
            ("header", "x-user", ["httpHeaderName": "x-user"]), ("query", "id", ["httpQueryParameterName": "id"]),
            ("source-ip", "", ["useSourceIp": true]), ("cookie", "sid", ["httpCookie": ["name": "sid", "ttl": "0s"]]),
        ] as [(String, String, JSONValue)]) func aHashHasOneKey(_ by: String, _ key: String, _ wanted: JSONValue)
        async throws
    {
        let (made, _) = try await policy(
            .loadBalancing, "currency", ["algorithm": "consistent-hash", "hashBy": by, "hashKey": key])
        #expect(made["loadBalancer"] == ["consistentHash": wanted])
    }

    @Test func localityWantsOutlierDetection() async throws {
        let (made, preview) = try await policy(.loadBalancing, "currency", ["algorithm": "RANDOM", "locality": "on"])
        #expect(made.at("loadBalancer", "localityLbSetting", "enabled") == true)
        #expect(preview.warnings.contains { $0.contains("outlier detection") })
    }
}
