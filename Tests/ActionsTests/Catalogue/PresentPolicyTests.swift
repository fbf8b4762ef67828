import Actions
import Base
import MeshModel
import TestSupport
import Testing

/// What a form is filled with, and that what stays in it changes nothing.
@Suite(.serialized) struct PresentPolicyTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func present(_ service: String) async throws -> [PolicyTemplate: PresentPolicy] {
        try await cluster.runner().presentPolicies(of: ServiceID(namespace: "shop", name: service))
    }

    private func plan(
        _ template: PolicyTemplate, _ service: String, _ values: [String: String]
    ) async throws -> ChangePreview {
        try await cluster.runner().plan(.policy(template, namespace: "shop", target: service, values: values))
    }

    /// As a form gives it: every field as it stood, except those that were typed over.
    private func typed(_ template: PolicyTemplate, _ over: [String: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: template.fields.map { ($0.key, over[$0.key] ?? PresentPolicy.unchanged) })
    }

    @Test func theRoutesAndTheRulesValuesAreRead() async throws {
        let found = try await present("recommendation")
        #expect(
            found[.timeoutAndRetries]?.values == [
                "timeout": "2s", "attempts": "2", "perTryTimeout": "800ms", "retryOn": "5xx",
            ])
        #expect(found[.circuitBreaker]?.values["consecutive5xxErrors"] == "7")
        #expect(found[.circuitBreaker]?.values["maxConnections"] == nil)
        #expect(found[.mtls]?.values == ["mode": "STRICT", "scope": "workload"])
        #expect(found[.sidecarInjection]?.values == ["mode": "on"])
        #expect(found[.fault]?.values == [:] && found[.jwt]?.values == [:])
        #expect(try await present("currency")[.loadBalancing]?.values["algorithm"] == "ROUND_ROBIN")
        let reviews = try await present("reviews")
        #expect(reviews[.matchRoute]?.values == ["header": "x-tester=true", "to": "v3"])
    }

    @Test(arguments: PolicyTemplate.allCases) func aFormLeftAsItIsChangesNothing(_ template: PolicyTemplate)
        async throws
    {
        let preview = try await plan(template, "recommendation", typed(template, [:]))
        #expect(preview.objects.isEmpty && preview.diff.isEmpty && preview.refusal == nil)
    }

    @Test func onlyWhatWasTypedOverIsWritten() async throws {
        func changes(_ preview: ChangePreview) -> [String] {
            preview.diff.filter { $0.kind == .added || $0.kind == .removed }.map { $0.text.trimmingSpace() }
        }
        let timeout = try await plan(
            .timeoutAndRetries, "recommendation", typed(.timeoutAndRetries, ["timeout": "3s"]))
        #expect(changes(timeout) == ["timeout: 2s", "timeout: 3s"], "\(changes(timeout))")
        // Emptied, it is gone.
        let without = try await plan(
            .timeoutAndRetries, "recommendation", typed(.timeoutAndRetries, ["timeout": "none"]))
        #expect(changes(without) == ["timeout: 2s"])
        let breaker = try await plan(
            .circuitBreaker, "recommendation", typed(.circuitBreaker, ["consecutive5xxErrors": "9"]))
        #expect(changes(breaker) == ["consecutive5xxErrors: 7", "consecutive5xxErrors: 9"], "\(changes(breaker))")
    }

    /// What a template made is what the next form shows, for those that the scene has none of.
    @Test(
        arguments: [
            (.fault, ["delay": "2s", "delayPercent": "10"], ["delay": "2s", "delayPercent": "10"]),
            (.rateLimit, ["tokens": "7", "interval": "2s"], ["tokens": "7", "interval": "2s"]),
            (
                .jwt, ["issuer": "https://a.example", "jwksUri": "https://a.example/k", "required": "true"],
                ["issuer": "https://a.example", "jwksUri": "https://a.example/k", "required": "true"]
            ), (.networkPolicy, ["namespaces": "shop,web"], ["namespaces": "shop,web", "mesh": "off"]),
            (.mirror, ["to": "users-next", "percent": "40"], ["to": "users-next", "percent": "40"]),
            (
                .authorization, ["mode": "allow-namespace", "namespaces": "shop"],
                ["mode": "allow-namespace", "namespaces": "shop"]
            ),
            (
                .loadBalancing, ["algorithm": "consistent-hash", "hashBy": "header", "hashKey": "x-user"],
                ["algorithm": "consistent-hash", "hashBy": "header", "hashKey": "x-user"]
            ),
        ] as [(PolicyTemplate, [String: String], [String: String])]) func whatWasMadeIsShown(
            _ template: PolicyTemplate, _ values: [String: String], _ shown: [String: String]
        ) async throws
    {
        let runner = try cluster.runner()
        let service = template == .mirror ? "users" : "ads"
        let preview = try await plan(template, service, values)
        #expect(preview.refusal == nil, "\(preview.refusal ?? "")")
        let made = try await runner.plan(.policy(template, namespace: "shop", target: service, values: values))
        #expect(await runner.finish(made.planID).wasApplied)
        #expect(try await present(service)[template]?.values == shown)
        let same = try await plan(template, service, typed(template, [:]))
        #expect(same.objects.isEmpty)
        _ = await runner.finish(try await runner.plan(.undo(made.planID)).planID)
        #expect(try await present(service)[template]?.values != shown)
    }

    @Test func aTokenIsNoLongerAskedForWhenTheFormSaysSo() async throws {
        let runner = try cluster.runner()
        let values = ["issuer": "https://b.example", "required": "true"]
        let made = try await runner.plan(.policy(.jwt, namespace: "shop", target: "search", values: values))
        #expect(await runner.finish(made.planID).wasApplied)
        let path = "/apis/security.istio.io/v1/namespaces/shop/authorizationpolicies/search-require-jwt"
        #expect(try await cluster.exists(path))
        let off = try await runner.plan(
            .policy(.jwt, namespace: "shop", target: "search", values: typed(.jwt, ["required": "false"])))
        #expect(off.objects.map(\.kind) == ["AuthorizationPolicy"])
        #expect(await runner.finish(off.planID).wasApplied)
        #expect(try await !cluster.exists(path))
        _ = await runner.finish(try await runner.plan(.undo(off.planID)).planID)
        #expect(try await cluster.exists(path))
        _ = await runner.finish(try await runner.plan(.undo(made.planID)).planID)
    }
}
