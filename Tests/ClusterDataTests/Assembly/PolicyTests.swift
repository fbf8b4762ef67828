import Base
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// What the policies pane says of a workload.
@Suite struct PolicyTests {
    private func policy(_ world: World, _ workload: String = "cart-v1") throws -> PolicySummary {
        try #require(snapshot(world, nil).policies.first { $0.workload == workload })
    }

    private func cart(withPod: Bool = true) throws -> World {
        var world = World()
        try world.service("cart")
        try world.deployment("cart", "v1")
        if withPod { try world.pod("cart", "v1") }
        return world
    }

    @Test func theNarrowestPeerAuthenticationDecidesAndIsNamed() throws {
        var world = try cart()
        #expect(try policy(world).mtlsMode == "PERMISSIVE")
        try world.config(.peerauthentications, "mesh", ["mtls": ["mode": "STRICT"]], "istio-system")
        #expect(try policy(world).mtlsMode == "STRICT")
        #expect(try policy(world).mtlsBecause.contains("istio-system/mesh"))
        try world.config(.peerauthentications, "shop", ["mtls": ["mode": "DISABLE"]])
        #expect(try policy(world).mtlsMode == "DISABLE")
        try world.config(
            .peerauthentications, "cart",
            [
                "selector": ["matchLabels": ["app": "cart"]], "mtls": ["mode": "STRICT"],
                "portLevelMtls": ["8081": ["mode": "PERMISSIVE"]],
            ])
        let found = try policy(world)
        #expect(found.mtlsMode == "STRICT")
        #expect(found.mtlsBecause.contains("shop/cart"))
        #expect(found.ports.map(\.port) == [8081])
        #expect(found.ports.map(\.mode) == ["PERMISSIVE"])
    }

    /// Neither Istio's default nor what was read is what holds where a part was not read.
    @Test(arguments: [SourceStatus.State.forbidden, .down, .unauthorized, .starting])
    func whatWasNotReadIsUnknown(_ state: SourceStatus.State) throws {
        var world = try cart()
        try world.config(.peerauthentications, "shop", ["mtls": ["mode": "STRICT"]])
        world.objects.states[.peerauthentications] = (state, "why")
        var found = try policy(world)
        #expect(found.mtlsMode == "UNKNOWN" && found.mtlsBecause.hasPrefix("PeerAuthentication not"))
        #expect(found.standard == "allowed" && found.gaps.count == 1)
        world.objects.states[.peerauthentications] = (.ok, "")
        world.objects.states[.authorizationpolicies] = (state, "why")
        found = try policy(world)
        #expect(found.mtlsMode == "STRICT" && found.standard.hasPrefix("unknown: AuthorizationPolicy not"))
        // What was read a while ago is still the best that is known; the pane's title says that it is old.
        for known: SourceStatus.State in [.absent, .stale] {
            world.objects.states[.authorizationpolicies] = (known, "")
            #expect(try policy(world).gaps.isEmpty)
        }
    }

    /// Policies of the root namespace hold everywhere: who may not read them does not know what holds.
    @Test func aUserOfOneNamespaceDoesNotKnowTheRootsPolicies() throws {
        var world = try cart()
        world.objects.states[.authorizationpolicies] = (.ok, "namespace shop only: no right")
        world.objects.namespacesRead[.authorizationpolicies] = ["shop"]
        #expect(
            try policy(world).standard
                == "unknown: AuthorizationPolicy not read in istio-system: namespace shop only: no right")
        world.objects.namespacesRead[.authorizationpolicies] = ["shop", "istio-system"]
        #expect(try policy(world).standard == "allowed")
    }

    @Test func aClientSideThatSendsWhatThePodsRefuseIsAConflict() throws {
        var world = try cart()
        try world.config(.peerauthentications, "shop", ["mtls": ["mode": "STRICT"]])
        try world.config(
            .destinationrules, "cart", ["host": "cart", "trafficPolicy": ["tls": ["mode": "DISABLE"]]])
        let found = try policy(world)
        #expect(found.clients == ["DISABLE by DestinationRule shop/cart"])
        #expect(found.conflicts.count == 1)
        #expect(found.conflicts.first?.contains("shop/cart") == true)
    }

    @Test func whereNoPodHasAProxyNothingIsSaidToBeEnforced() throws {
        var world = try cart()
        #expect(try policy(world).isEnforced == true)
        try world.pod("cart", "v1", hasSidecar: false)
        #expect(try policy(world).isEnforced == false)
        #expect(try policy(world).podsWithoutProxy == 1)
        #expect(try policy(try cart(withPod: false)).isEnforced == nil)
    }

    @Test func allowPoliciesDenyTheRestAndADryRunDoesNot() throws {
        var world = try cart()
        #expect(try policy(world).standard == "allowed")
        let rule: JSONValue = ["from": [["source": ["namespaces": ["shop"]]]]]
        try world.config(.authorizationpolicies, "some", ["action": "ALLOW", "rules": [rule]])
        let found = try policy(world)
        #expect(found.authorization.map(\.action) == ["ALLOW"])
        #expect(found.standard == "denied unless an ALLOW rule names it")
        try world.config(.authorizationpolicies, "some", [:])
        #expect(try policy(world).standard == "denied: no ALLOW policy has a rule")
    }

    @Test func rateLimitsAndUnreadFiltersAreToldApart() throws {
        var world = try cart()
        let bucket: JSONValue = ["token_bucket": ["max_tokens": 20, "tokens_per_fill": 10, "fill_interval": "60s"]]
        try world.config(
            .envoyfilters, "limit",
            [
                "workloadSelector": ["labels": ["app": "cart"]],
                "configPatches": [["patch": ["operation": "MERGE", "value": bucket]]],
            ])
        try world.config(
            .envoyfilters, "lua", ["configPatches": [["patch": ["value": ["name": "envoy.lua"]]]]])
        try world.config(
            .envoyfilters, "other", ["workloadSelector": ["labels": ["app": "search"]], "configPatches": []])
        let found = try policy(world)
        #expect(found.rateLimits == ["local 10 per 60s, at most 20 at once in each proxy (EnvoyFilter shop/limit)"])
        #expect(found.envoyFilters == ["shop/lua"])
    }

    @Test func aSidecarResourceSaysWhichHostsTheProxyKnows() throws {
        var world = try cart()
        try world.config(.sidecars, "default", ["egress": [["hosts": ["./*"]]]])
        try world.config(
            .sidecars, "cart",
            ["workloadSelector": ["labels": ["app": "cart"]], "egress": [["hosts": ["./*", "istio-system/*"]]]])
        #expect(try policy(world).sidecar == "shop/cart")
        #expect(try policy(world).egressHosts == ["./*", "istio-system/*"])
    }
}
