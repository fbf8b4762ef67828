import Base
import MeshModel
import TestSupport
import Testing

@testable import ClusterData
@testable import Istio
@testable import Kube

/// "May A call B?" against Istio's own description of how policies are evaluated.
/// https://istio.io/latest/docs/reference/config/security/authorization-policy/
@Suite struct AccessTests {
    private static let apps =
        application("gateway") + application("orders") + application("admin", account: "admins")
        + application("legacy", sidecar: false)

    private func policy(_ name: String, _ spec: String, dryRun: Bool = false, namespace: String = "shop") -> String {
        """
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: \(name), namespace: \(namespace), annotations: {istio.io/dry-run: "\(dryRun)"}}
        spec: \(spec)

        """
    }

    private func ask(_ question: String, _ policies: String...) throws -> AccessReport {
        let world = try manifests(Self.apps + policies.joined())
        return try AccessDesk(world).answer(AccessRequest(question.split(separator: " ").map(String.init)))
    }

    @Test func withoutPoliciesEverythingIsAllowed() throws {
        let report = try ask("gateway -> orders GET /health")
        #expect(report.verdict == .allowed)
        #expect(report.rows.map(\.target) == ["shop/orders-v1"])
        #expect(report.rows[0].answer.because == "no AuthorizationPolicy selects it")
    }

    @Test func anAllowPolicyDeniesWhatItDoesNotName() throws {
        let allow = policy(
            "readers",
            #"{selector: {matchLabels: {app: orders}}, rules: [{from: [{source: {principals: ["cluster.local/ns/shop/sa/gateway"]}}], to: [{operation: {methods: [GET], paths: ["/health", "/orders/*"]}}]}]}"#
        )
        #expect(try ask("gateway -> orders GET /health", allow).verdict == .allowed)
        #expect(try ask("gateway -> orders GET /orders/7?full=1", allow).verdict == .allowed)
        let other = try ask("gateway -> orders POST /health", allow)
        #expect(other.verdict == .denied)
        #expect(other.rows[0].answer.response == "403 RBAC: access denied")
        #expect(other.rows[0].answer.because.contains("shop/readers"))
        #expect(try ask("admin -> orders GET /health", allow).verdict == .denied)
        // It selects orders alone.
        #expect(try ask("gateway -> admin POST /x", allow).verdict == .allowed)
        // Left open, the answer depends on it.
        let open = try ask("gateway -> orders", allow)
        #expect(open.verdict == .depends)
        #expect(open.rows[0].answer.because.contains("the method"))
    }

    @Test func denyGoesBeforeAllowAndCustomBeforeBoth() throws {
        let allow = policy("all", "{rules: [{}]}")
        let deny = policy(
            "no-writes", #"{action: DENY, rules: [{to: [{operation: {notMethods: [GET, HEAD]}}]}]}"#)
        let custom = policy(
            "external", #"{action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: ["/admin/*"]}}]}]}"#
        )
        #expect(try ask("gateway -> orders GET /x", allow, deny, custom).verdict == .allowed)
        let denied = try ask("gateway -> orders POST /x", allow, deny, custom)
        #expect(denied.verdict == .denied)
        #expect(denied.rows[0].answer.because == "DENY shop/no-writes, rule 0")
        let depends = try ask("gateway -> orders GET /admin/x", allow, deny, custom)
        #expect(depends.verdict == .depends)
        #expect(depends.rows[0].answer.because.contains("opa"))
        // What is denied anyway depends on nobody.
        #expect(try ask("gateway -> orders POST /admin/x", allow, deny, custom).verdict == .denied)
    }

    @Test func emptyPoliciesMeanWhatIstioSays() throws {
        #expect(try ask("gateway -> orders GET /", policy("nothing", "{}")).verdict == .denied)
        #expect(try ask("gateway -> orders GET /", policy("deny-none", "{action: DENY}")).verdict == .allowed)
        #expect(
            try ask("gateway -> orders GET /", policy("deny-all", "{action: DENY, rules: [{}]}")).verdict == .denied)
        #expect(try ask("gateway -> orders GET /", policy("audit", "{action: AUDIT, rules: [{}]}")).verdict == .allowed)
    }

    @Test func aDryRunIsShownAndNotEnforced() throws {
        let report = try ask(
            "gateway -> orders GET /", policy("trial", "{action: DENY, rules: [{}]}", dryRun: true))
        #expect(report.verdict == .allowed)
        #expect(
            report.rows[0].answer.steps.contains { $0.policy.contains("dry run") && $0.outcome == "rule 0 matches" })
    }

    @Test func theRootNamespaceHoldsEverywhereWithItsSelectors() throws {
        let mesh = policy(
            "mesh", #"{action: DENY, selector: {matchLabels: {app: admin}}, rules: [{}]}"#, namespace: "istio-system")
        #expect(try ask("gateway -> admin GET /", mesh).verdict == .denied)
        #expect(try ask("gateway -> orders GET /", mesh).verdict == .allowed)
        let other = policy("other", "{action: DENY, rules: [{}]}", namespace: "elsewhere")
        #expect(try ask("gateway -> orders GET /", other).verdict == .allowed)
    }

    @Test func withoutACertificateThereIsNoPrincipal() throws {
        let insiders = policy(
            "insiders", #"{action: DENY, rules: [{from: [{source: {notNamespaces: [shop]}}]}]}"#)
        #expect(try ask("gateway -> orders GET /", insiders).verdict == .allowed)
        #expect(try ask("legacy -> orders GET /", insiders).verdict == .denied)
        #expect(try ask("outside -> orders GET /", insiders).verdict == .denied)
        // A workload without a proxy enforces nothing.
        #expect(try ask("gateway -> legacy GET /", insiders).verdict == .allowed)
    }

    @Test func strictMTLSComesBeforePolicies() throws {
        let strict = """
            ---
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: shop}
            spec: {mtls: {mode: STRICT}}

            """
        #expect(try ask("gateway -> orders GET /", strict).verdict == .allowed)
        let plain = try ask("legacy -> orders GET /", strict)
        #expect(plain.verdict == .denied)
        #expect(plain.rows[0].answer.response == "the connection is reset")
        let exception = """
            ---
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: orders, namespace: shop}
            spec: {selector: {matchLabels: {app: orders}}, portLevelMtls: {8080: {mode: DISABLE}}}

            """
        // The port that the pod listens at, not the service's.
        #expect(try ask("legacy -> orders GET / port=80", strict, exception).verdict == .allowed)
        let disabled = """
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: orders, namespace: shop}
            spec: {host: orders, trafficPolicy: {tls: {mode: DISABLE}}}

            """
        let refused = try ask("gateway -> orders GET /", strict, disabled)
        #expect(refused.verdict == .denied)
        #expect(refused.rows[0].mtls.contains("DestinationRule shop/orders: DISABLE"))
    }

    @Test func tokensAreCheckedAndTheirClaimsAsked() throws {
        let authentication = """
            ---
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: tokens, namespace: shop}
            spec: {selector: {matchLabels: {app: orders}}, jwtRules: [{issuer: "https://id", jwksUri: "https://id/keys"}]}

            """
        let allow = policy(
            "tokens",
            #"{selector: {matchLabels: {app: orders}}, rules: [{from: [{source: {requestPrincipals: ["https://id/*"]}}], when: [{key: "request.auth.claims[groups]", values: [staff]}]}]}"#
        )
        #expect(try ask("gateway -> orders GET /", authentication, allow).verdict == .denied)
        #expect(
            try ask(
                "gateway -> orders GET / claim.iss=https://id claim.sub=u claim.groups=guests,staff", authentication,
                allow
            )
            .verdict == .allowed)
        #expect(
            try ask(
                "gateway -> orders GET / claim.iss=https://id claim.sub=u claim.groups=guests", authentication, allow
            )
            .verdict == .denied)
        let stranger = try ask("gateway -> orders GET / claim.iss=https://evil claim.sub=u", authentication, allow)
        #expect(stranger.rows[0].answer.response?.hasPrefix("401") == true)
    }

    @Test func headersHostsAddressesAndTemplatesAreMatched() throws {
        let deny = policy(
            "deny",
            #"{action: DENY, rules: [{when: [{key: "request.headers[x-token]", notValues: ["secret-*"]}]}, {to: [{operation: {hosts: ["*.evil.com"]}}]}, {from: [{source: {ipBlocks: ["10.1.0.0/16"]}}]}, {to: [{operation: {paths: ["/a/{*}/c/{**}"]}}]}]}"#
        )
        let good = "gateway -> orders GET /a/b header.x-token=secret-1 host=shop.com ip=10.2.0.1"
        #expect(try ask(good, deny).verdict == .allowed)
        #expect(try ask("gateway -> orders GET /a/b host=shop.com ip=10.2.0.1", deny).verdict == .denied)
        #expect(
            try ask("gateway -> orders GET /a header.x-token=secret-1 host=www.EVIL.com ip=10.2.0.1", deny).verdict
                == .denied)
        #expect(
            try ask("gateway -> orders GET /a header.x-token=secret-1 host=shop.com ip=10.1.9.9", deny).verdict
                == .denied)
        #expect(
            try ask("gateway -> orders GET /a/b/c/d/e header.x-token=secret-1 host=shop.com ip=10.2.0.1", deny).verdict
                == .denied)
        #expect(
            try ask("gateway -> orders GET /a/b/x/c/d header.x-token=secret-1 host=shop.com ip=10.2.0.1", deny).verdict
                == .allowed)
        #expect(try ask("gateway -> orders GET /a header.x-token=secret-1 host=shop.com", deny).verdict == .depends)
    }

    @Test func onATCPPortHTTPConditionsAreNotSeen() throws {
        let apps = application("client") + application("db", port: "tcp-db")
        func verdict(_ action: String, _ operation: String) throws -> AccessAnswer.Verdict {
            let policies = policy("p", "{action: \(action), rules: [{to: [{operation: \(operation)}]}]}")
            let world = try manifests(apps + policies)
            return try AccessDesk(world).answer(AccessRequest(["client", "->", "db"])).verdict
        }
        // The rule of an ALLOW policy is dropped, of a DENY policy what can be seen is kept.
        #expect(try verdict("ALLOW", #"{methods: [GET], ports: ["8080"]}"#) == .denied)
        #expect(try verdict("DENY", #"{methods: [GET], ports: ["8080"]}"#) == .denied)
        #expect(try verdict("DENY", #"{methods: [GET], ports: ["9090"]}"#) == .allowed)
    }

    /// A kind that could not be read is not an empty one: neither yes nor no is certain.
    @Test(
        arguments: [
            WatchedKind.authorizationpolicies, .requestauthentications, .peerauthentications, .destinationrules,
            .networkpolicies, .configmaps, .kubernetesGateways,
        ])
    func whatWasNotReadIsUnknown(_ kind: WatchedKind) throws {
        for (question, policies) in [
            ("gateway -> orders GET /x", ""), ("gateway -> orders GET /x", policy("none", "{}")),
        ] {
            var objects = try manifests(Self.apps + policies).objects
            for state: SourceStatus.State in [.forbidden, .down, .stale, .unauthorized, .starting] {
                objects.states[kind] = (state, "no right to list them")
                let desk = AccessDesk(AnalysisWorld(objects: objects, time: Timestamp(seconds: 0)))
                let report = try desk.answer(AccessRequest(question.split(separator: " ").map(String.init)))
                #expect(report.verdict == .depends)
                #expect(report.unknown.count == 1 && report.unknown[0].hasPrefix(kind.kind), "\(report.unknown)")
                #expect(state == .starting || report.lines.contains { $0.contains("no right to list them") })
                #expect(report.json["unknown"]?.array?.count == 1)
            }
            for state: SourceStatus.State in [.ok, .absent] {
                objects.states[kind] = (state, "")
                let desk = AccessDesk(AnalysisWorld(objects: objects, time: Timestamp(seconds: 0)))
                let report = try desk.answer(AccessRequest(question.split(separator: " ").map(String.init)))
                #expect(report.verdict == (policies.isEmpty ? .allowed : .denied) && report.unknown.isEmpty)
            }
        }
    }

    @Test func aNameThatIsMissingNamesTheKindsThatWereNotRead() throws {
        var objects = try manifests(Self.apps).objects
        objects.states[.pods] = (.forbidden, "no right to list them")
        let desk = AccessDesk(AnalysisWorld(objects: objects, time: Timestamp(seconds: 0)))
        let error = #expect(throws: MeshTopError.self) { try desk.answer(AccessRequest(["nobody", "orders"])) }
        #expect(
            error?.why
                == "whether a workload or a service has that name is not known: Pod not read: no right to list them")
    }

    /// With the right to some namespaces alone nobody knows what is in the others.
    @Test(arguments: [
        ("prod/agents", "Service not read in prod: -n"), ("agents", "Service read in namespace shop only"),
        ("svc/agents", "Service read in namespace shop only"), ("shop/agents", nil),
    ]) func aNameInANamespaceThatWasNotReadIsNotKnown(_ name: String, _ gap: String?) throws {
        var objects = try manifests(Self.apps).objects
        objects.states[.services] = (.ok, gap?.contains("only") == true ? "namespace shop only: -n" : "-n")
        objects.namespacesRead[.services] = ["shop"]
        let desk = AccessDesk(AnalysisWorld(objects: objects, time: Timestamp(seconds: 0)))
        var request = try AccessRequest(["frontend", name.replacing("svc/", with: "")])
        if name.hasPrefix("svc/") { request.destinationKind = "Service" }
        let error = #expect(throws: MeshTopError.self) { try desk.answer(request) }
        if let gap {
            #expect(error?.why.hasPrefix("whether a workload or a service has that name is not known: \(gap)") == true)
        } else {
            #expect(error?.why == "no workload or service has that name")
        }
    }

    @Test func whatAServiceSelectsIsNotKnownWithoutPods() throws {
        let lonely = """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: lonely, namespace: shop}
            spec: {selector: {app: lonely}, ports: [{port: 80}]}

            """
        var objects = try manifests(Self.apps + lonely).objects
        for (state, words) in [
            (SourceStatus.State.ok, "it selects no pods and no workload"),
            (.forbidden, "which pods and workloads it selects is not known: Pod not read: no right"),
        ] {
            objects.states[.pods] = (state, "no right")
            let desk = AccessDesk(AnalysisWorld(objects: objects, time: Timestamp(seconds: 0)))
            let error = #expect(throws: MeshTopError.self) { try desk.answer(AccessRequest(["orders", "lonely"])) }
            #expect(error?.why == words)
        }
    }

    @Test func networkPoliciesAreAskedFirst() throws {
        let closed = """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: orders, namespace: shop}
            spec:
              podSelector: {matchLabels: {app: orders}}
              ingress: [{from: [{podSelector: {matchLabels: {app: gateway}}}], ports: [{port: 8080}]}]

            """
        #expect(try ask("gateway -> orders GET /", closed).verdict == .allowed)
        let dropped = try ask("admin -> orders GET /", closed)
        #expect(dropped.verdict == .denied)
        #expect(dropped.rows[0].answer.because.contains("NetworkPolicy shop/orders"))
    }

    @Test func questionsThatMakeNoSenseAreSaidSo() throws {
        #expect(throws: MeshTopError.self) { try self.ask("gateway") }
        #expect(throws: MeshTopError.self) { try self.ask("gateway -> nobody") }
        #expect(throws: MeshTopError.self) { try self.ask("gateway -> orders port=x") }
        #expect(throws: MeshTopError.self) { try self.ask("gateway -> orders colour=red") }
        let twice = application("orders", namespace: "other")
        #expect(throws: MeshTopError.self) { try self.ask("gateway -> orders", twice) }
        #expect(try ask("gateway -> shop/orders GET /", twice).verdict == .allowed)
    }
}
