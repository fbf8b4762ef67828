import Actions
import Base
import MeshModel
import TestSupport
import Testing

/// Templates that say who may reach a service, and how.
@Suite(.serialized) struct AccessTemplateTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }
    private static let security = "/apis/security.istio.io/v1/namespaces/shop"

    private func plan(
        _ template: PolicyTemplate, _ service: String, _ values: [String: String], _ snapshot: MeshSnapshot? = nil
    ) async throws -> ChangePreview {
        try await cluster.runner(snapshot: snapshot).plan(
            .policy(template, namespace: "shop", target: service, values: values))
    }

    /// Applies, gives the object at `path`, and takes the change back.
    private func made(
        _ template: PolicyTemplate, _ service: String, _ values: [String: String], at path: String,
        _ snapshot: MeshSnapshot? = nil
    ) async throws -> JSONValue {
        let runner = try cluster.runner(snapshot: snapshot)
        let before = try await cluster.exists(path) ? ObjectText.meaningful(cluster.get(path)) : nil
        let preview = try await runner.plan(.policy(template, namespace: "shop", target: service, values: values))
        #expect(preview.refusal == nil)
        let progress = await runner.finish(preview.planID)
        #expect(progress.wasApplied, "\(progress)")
        let object = try await cluster.get(path)
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await (cluster.exists(path) ? ObjectText.meaningful(cluster.get(path)) : nil) == before)
        return object
    }

    // MARK: mTLS

    @Test func onePortKeepsTheModeOfTheOthers() async throws {
        let object = try await made(
            .mtls, "ratings", ["mode": "PERMISSIVE", "port": "9090"],
            at: "\(Self.security)/peerauthentications/ratings-mtls")
        #expect(object.at("spec", "portLevelMtls", "9090", "mode") == "PERMISSIVE")
        #expect(object.at("spec", "mtls") == nil)
    }

    @Test func aNamespacesPolicyIsTheOneThatIsThere() async throws {
        let object = try await made(
            .mtls, "ratings", ["mode": "PERMISSIVE", "scope": "namespace"],
            at: "\(Self.security)/peerauthentications/default")
        #expect(object["spec"] == ["mtls": ["mode": "PERMISSIVE"]])
    }

    @Test func theMeshsPolicyIsInTheRootNamespace() async throws {
        let object = try await made(
            .mtls, "ratings", ["mode": "STRICT", "scope": "mesh"],
            at: "/apis/security.istio.io/v1/namespaces/istio-system/peerauthentications/default")
        #expect(object.at("spec", "mtls", "mode") == "STRICT")
    }

    @Test func clientsThatWouldBreakAreNamed() async throws {
        try await cluster.mergePatch(
            Paths.destinationRule("currency"), ["spec": ["trafficPolicy": ["tls": ["mode": "DISABLE"]]]])
        var snapshot = Snapshots.calls(
            to: "currency", from: [("checkout-v1", 9, 0.5), ("old-job", 1, 1), ("frontend-v1", 5, 1)])
        snapshot.workloads[1].dataPlane = .none
        let preview = try await plan(.mtls, "currency", ["mode": "STRICT"], snapshot)
        let words = preview.warnings.joined(separator: "\n")
        #expect(words.contains("shop/checkout-v1 calls it in plain text"))
        #expect(words.contains("shop/old-job has no proxy"))
        #expect(words.contains("DestinationRule shop/currency makes clients of currency send DISABLE"))
        #expect(!words.contains("frontend"))
        try await cluster.mergePatch(
            Paths.destinationRule("currency"), ["spec": ["trafficPolicy": ["tls": .null]]])
    }

    // MARK: Authorization

    @Test func whatWasSeenIsAllowedAndNothingElse() async throws {
        let snapshot = Snapshots.calls(
            to: "ratings", from: [("reviews-v1", 9, 1), ("ghost", 2, 1), ("cart-v1", 1, 0)])
        let preview = try await plan(.authorization, "ratings", ["mode": "observed"], snapshot)
        #expect(preview.effects.contains { $0.contains("shop/reviews-v1 may call, as service account") })
        #expect(preview.effects.contains { $0.contains("shop/ghost may call, with all of its namespace") })
        #expect(preview.warnings.contains { $0.contains("shop/cart-v1 calls it now without an identity") })
        let object = try await made(
            .authorization, "ratings", ["mode": "observed"], at: "\(Self.security)/authorizationpolicies/ratings-allow",
            snapshot)
        let account =
            try await cluster.get(Paths.deployment("reviews-v1")).at("spec", "template", "spec", "serviceAccountName")?
            .string ?? "default"
        #expect(object.at("spec", "action") == "ALLOW")
        #expect(object.at("spec", "selector", "matchLabels", "app") == "ratings")
        #expect(
            object.at("spec", "rules")?[0]?["from"] == [
                ["source": ["principals": [.string("cluster.local/ns/shop/sa/\(account)")]]],
                ["source": ["namespaces": ["shop"]]],
            ])
    }

    /// Istio's default is taken, and said to be no more than that.
    @Test func aTrustDomainThatCannotBeReadIsSaid() async throws {
        let snapshot = Snapshots.calls(to: "ratings", from: [("reviews-v1", 9, 1)])
        let said = "the mesh's trust domain could not be read, so cluster.local is written: "
        func warnings() async throws -> [String] {
            try await plan(.authorization, "ratings", ["mode": "observed"], snapshot).warnings
        }
        #expect(try await !warnings().contains { $0.hasPrefix(said) })
        let maps = "/api/v1/namespaces/istio-system/configmaps"
        let body: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "istio"],
            "data": ["mesh": "trustDomain: [td]"],
        ]
        _ = try await cluster.demo.ask("POST", maps, body)
        let found = try await warnings()
        _ = try await cluster.demo.ask("DELETE", "\(maps)/istio")
        #expect(found.contains(said + "data.mesh: trustDomain is no text"), "\(found)")
    }

    @Test func withoutTrafficNothingIsGuessed() async throws {
        await #expect(throws: MeshTopError.self) { try await plan(.authorization, "ratings", ["mode": "observed"]) }
    }

    @Test func denyAllNamesWhoCalls() async throws {
        let snapshot = Snapshots.calls(to: "ratings", from: [("reviews-v1", 9, 1)])
        let preview = try await plan(.authorization, "ratings", ["mode": "deny-all"], snapshot)
        #expect(preview.warnings == ["shop/reviews-v1 calls it now and would be denied"])
        let object = try await made(
            .authorization, "ratings", ["mode": "deny-all"],
            at: "\(Self.security)/authorizationpolicies/ratings-deny-all")
        #expect(object.at("spec", "action") == "DENY" && object.at("spec", "rules") == [[:]])
    }

    @Test func othersThanTheNamespacesAreDenied() async throws {
        let snapshot = Snapshots.calls(to: "ratings", from: [("reviews-v1", 9, 1)])
        let preview = try await plan(
            .authorization, "ratings", ["mode": "allow-namespace", "namespaces": "web, batch"], snapshot)
        #expect(preview.warnings.contains("shop/reviews-v1 calls it now and would be denied"))
        #expect(preview.diff.contains { $0.text.contains("- batch") })
    }

    // MARK: Tokens, limits, packets, injection

    @Test func tokensAreTakenAndAskedFor() async throws {
        let values = ["issuer": "https://id.example.com", "jwksUri": "https://id.example.com/keys", "required": "true"]
        let object = try await made(
            .jwt, "ratings", values, at: "\(Self.security)/requestauthentications/ratings-jwt")
        #expect(
            object.at("spec", "jwtRules") == [
                ["issuer": "https://id.example.com", "jwksUri": "https://id.example.com/keys"]
            ])
        let policy = try await made(
            .jwt, "ratings", values, at: "\(Self.security)/authorizationpolicies/ratings-require-jwt")
        #expect(policy.at("spec", "rules")?[0]?.at("from")?[0]?.at("source", "notRequestPrincipals") == ["*"])
    }

    @Test func aLimitIsATokenBucketInEachProxy() async throws {
        let path = "/apis/networking.istio.io/v1alpha3/namespaces/shop/envoyfilters/ratings-rate-limit"
        let snapshot = Snapshots.calls(to: "ratings", ready: 2)
        let preview = try await plan(.rateLimit, "ratings", ["tokens": "30", "interval": "1s"], snapshot)
        #expect(
            preview.warnings.contains {
                $0.contains("40.0 per second would be refused") || $0.contains("40 per second")
            })
        let object = try await made(.rateLimit, "ratings", ["tokens": "30", "interval": "1s"], at: path)
        let bucket = object["spec"]?.list("configPatches").first?.at(
            "patch", "value", "typed_config", "value", "token_bucket")
        #expect(bucket == ["max_tokens": 30, "tokens_per_fill": 30, "fill_interval": "1s"])
    }

    @Test func packetsOfNamedNamespacesAndOfTheMeshComeIn() async throws {
        let object = try await made(
            .networkPolicy, "ratings", ["namespaces": "shop,web", "mesh": "on"],
            at: "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/ratings-ingress")
        let rules = object.at("spec", "ingress")?.array ?? []
        let names = rules[0].list("from").compactMap {
            $0.at("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")?.string
        }
        #expect(names == ["shop", "web", "istio-system"])
        let ports = rules[1].list("ports").map { $0["port"]?.int }
        #expect(ports.contains(15020))
    }

    @Test func injectionIsALabelAndPodsMustBeRestarted() async throws {
        let preview = try await plan(.sidecarInjection, "ratings", ["mode": "revision", "revision": "1-28"])
        #expect(preview.warnings.first?.contains("restart") == true)
        let object = try await made(
            .sidecarInjection, "ratings", ["mode": "revision", "revision": "1-28"], at: "/api/v1/namespaces/shop")
        let labels = object.at("metadata", "labels")
        #expect(labels?["istio.io/rev"] == "1-28" && labels?["istio-injection"] == nil)
    }

    /// Labels are not in the journal's copy of the object, so the way back tests them itself.
    @Test func aLabelThatOthersChangedIsNotTakenBack() async throws {
        let runner = try cluster.runner()
        let own = try await runner.plan(
            .policy(.sidecarInjection, namespace: "shop", target: "ratings", values: ["mode": "off"]))
        #expect(await runner.finish(own.planID).wasApplied)
        try await cluster.mergePatch(
            "/api/v1/namespaces/shop", ["metadata": ["labels": ["istio-injection": "theirs"]]])
        let error = await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(own.planID)) }
        #expect(
            error?.code == .conflict && error?.why.contains("istio-injection is theirs") == true, "\(error?.why ?? "")")
        try await cluster.mergePatch(
            "/api/v1/namespaces/shop", ["metadata": ["labels": ["istio-injection": "enabled"]]])
    }

    @Test func podsWithoutAProxyAreSaid() async throws {
        var snapshot = Snapshots.calls(to: "ratings")
        snapshot.services[0].workloads = ["ratings-v1"]
        snapshot.workloads.append(WorkloadSummary(namespace: "shop", kind: "Deployment", name: "ratings-v1"))
        for (template, values) in [
            (.mtls, ["mode": "STRICT"]), (.rateLimit, ["tokens": "9", "interval": "1s"]),
            (.authorization, ["mode": "observed"]), (.jwt, ["issuer": "a"]),
        ] as [(PolicyTemplate, [String: String])] {
            let preview = try await plan(template, "ratings", values, snapshot)
            #expect(preview.warnings.contains { $0.contains("ratings-v1 have no proxy") }, "\(preview.warnings)")
        }
    }

    @Test(
        arguments: [
            (.mtls, ["scope": "galaxy"]), (.mtls, ["mode": "STRICT", "scope": "mesh", "port": "80"]),
            (.mtls, ["mode": "STRICT", "port": "0"]),
            (.authorization, ["mode": "allow-namespace"]), (.jwt, [:]), (.jwt, ["issuer": "x", "jwksUri": "keys"]),
            (.rateLimit, ["tokens": "0", "interval": "1s"]), (.rateLimit, ["tokens": "5", "interval": "1ms"]),
            (.sidecarInjection, ["mode": "revision"]),
        ] as [(PolicyTemplate, [String: String])]) func wrongValuesAreRefused(
            _ template: PolicyTemplate, _ values: [String: String]
        ) async throws
    {
        await #expect(throws: MeshTopError.self) { try await plan(template, "ratings", values) }
    }
}
