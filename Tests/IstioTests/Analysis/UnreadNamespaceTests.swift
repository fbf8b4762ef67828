import MeshModel
import TestSupport
import Testing

@testable import Base
@testable import Istio
@testable import Kube

/// With `-n` pods, services and workloads are read in some namespaces alone: what is there is judged, what points
/// elsewhere is counted, with the reason.
@Suite struct UnreadNamespaceTests {
    static let narrowed: [WatchedKind] = [.pods, .services, .deployments, .statefulsets, .daemonsets]

    /// A mesh of two namespaces of which one was read, besides the root namespace.
    private func world() throws -> World {
        var world = World()
        for name in ["shop", "prod", "istio-system"] { try world.namespace(name, ["istio-injection": "enabled"]) }
        try world.service("orders")
        try world.deployment("orders", "v1")
        try world.pod("orders", "v1")
        for kind in Self.narrowed {
            world.objects.namespacesRead[kind] = ["shop", "istio-system"]
            world.objects.reading[kind] = PartReading(others: "not asked for (-n)")
        }
        return world
    }

    private func route(_ world: inout World, _ name: String, to host: String, _ more: JSONValue = [:]) throws {
        var destination: JSONValue = ["host": .string(host)]
        for (key, value) in more.object?.members.map({ ($0, $1) }) ?? [] { destination[key] = value }
        try world.config(
            .virtualservices, name,
            ["hosts": [.string("\(name).example.com")], "http": [["route": [["destination": destination]]]]])
    }

    private func look(_ world: World) -> (found: [String], not: [String], lines: [String]) {
        var analysis = Analysis()
        let found = analysis.look(at: AnalysisWorld(objects: world.objects, time: testTime))
        return (
            found.all.map { "\($0.code) \($0.object.name)" },
            found.notJudged.map { "\($0.code) \($0.object.name) \($0.gap.kind) \($0.gap.namespace)" },
            found.notJudged.lines
        )
    }

    @Test(arguments: ["nosuch", "nosuch.shop.svc.cluster.local", "api.example.com"])
    func aHostThatCannotBeElsewhereIsJudged(_ host: String) throws {
        var world = try world()
        try route(&world, "own", to: host)
        try world.config(.destinationrules, "rule", ["host": .string(host)])
        let seen = look(world)
        #expect(seen.found.contains("IST0101 own"))
        #expect(seen.found.contains("IST0174 rule"))
        #expect(seen.not.isEmpty)
    }

    @Test func whatPointsIntoANamespaceThatWasNotReadIsCounted() throws {
        var world = try world()
        try route(&world, "wrong", to: "nosuch.prod.svc.cluster.local")
        try world.config(
            .destinationrules, "rule",
            ["host": "api.prod.svc.cluster.local", "subsets": [["name": "zz", "labels": ["version": "zz"]]]])
        try world.config(.destinationrules, "all", ["host": "*.prod.svc.cluster.local"])
        try world.config(.gateways, "gateway", ["selector": ["app": "api-gateway"], "servers": []])
        try world.config(.authorizationpolicies, "root", ["selector": ["matchLabels": ["app": "x"]]], "istio-system")
        try world.config(
            .httproutes, "http",
            ["rules": [["backendRefs": [["name": "api", "namespace": "prod"], ["name": "nosuch"]]]]])
        let seen = look(world)
        #expect(
            seen.not == [
                "IST0127 root Pod *", "IST0174 all Service prod", "IST0174 rule Service prod", "IST0101 gateway Pod *",
                "MT0010 http Service prod", "IST0101 wrong Service prod",
            ])
        #expect(seen.found.filter { !$0.hasPrefix("IST01") || $0.hasPrefix("IST0101") } == ["MT0010 http"])
        #expect(seen.lines == ["6 fields not judged: Pod, Service not read in prod and elsewhere: not asked for (-n)"])
    }

    @Test func aSubsetIsJudgedWhereThePodsWereRead() throws {
        var world = try world()
        let subsets: JSONValue = [["name": "zz", "labels": ["version": "zz"]]]
        try world.config(.destinationrules, "rule", ["host": "orders", "subsets": subsets])
        try route(&world, "own", to: "orders", ["subset": "nosub"])
        #expect(look(world).found.contains("IST0173 rule"))
        #expect(look(world).found.contains("IST0101 own"))
        // Services may be readable where pods are not.
        world.objects.namespacesRead[.pods] = ["istio-system"]
        world.objects.reading[.pods] = PartReading(refused: ["shop": "no right"], others: "not asked for (-n)")
        #expect(!look(world).found.contains("IST0173 rule"))
        #expect(look(world).lines == ["1 field not judged: Pod not read in shop: no right"])
    }

    /// A rule for a host counts in the client's, the service's and the root namespace.
    @Test func aSubsetNeedsTheRulesOfThreeNamespaces() throws {
        var world = try world()
        try route(&world, "own", to: "orders", ["subset": "nosub"])
        world.objects.namespacesRead[.destinationrules] = ["shop", "istio-system"]
        #expect(look(world).found.contains("IST0101 own"))
        world.objects.namespacesRead[.destinationrules] = ["shop"]
        #expect(!look(world).found.contains("IST0101 own"))
        #expect(look(world).not == ["IST0101 own DestinationRule istio-system"])
    }

    @Test func aServiceEntryMayNameAnyHost() throws {
        var world = try world()
        try route(&world, "own", to: "nosuch")
        world.objects.namespacesRead[.serviceentries] = ["shop"]
        #expect(!look(world).found.contains("IST0101 own"))
        #expect(look(world).not == ["IST0101 own ServiceEntry *"])
        world.objects.states[.serviceentries] = (.absent, "the server has none")
        #expect(look(world).found.contains("IST0101 own"))
    }

    /// The pods of a Gateway may be anywhere: with all namespaces read, that is nowhere.
    @Test func whereEveryNamespaceIsReadAllIsJudged() throws {
        var world = try world()
        try world.config(.gateways, "gateway", ["selector": ["app": "api-gateway"], "servers": []])
        try route(&world, "gone", to: "nosuch.gone.svc.cluster.local")
        // There is no such namespace.
        #expect(look(world).found.contains("IST0101 gone"))
        #expect(!look(world).found.contains("IST0101 gateway"))
        for kind in Self.narrowed { world.objects.namespacesRead[kind]?.insert("prod") }
        #expect(look(world).found.contains("IST0101 gateway"))
        #expect(look(world).not.isEmpty)
    }

    @Test func anAuthenticationThatWasNotReadIsNotCalledMissing() throws {
        var world = try world()
        try world.config(.gateways, "gateway", ["selector": ["app": "orders"], "servers": []])
        try world.config(
            .virtualservices, "claims",
            [
                "hosts": ["shop.com"], "gateways": ["gateway"],
                "http": [
                    [
                        "match": [["headers": ["@request.auth.claims.group": ["exact": "staff"]]]],
                        "route": [["destination": ["host": "orders"]]],
                    ]
                ],
            ])
        #expect(look(world).found.contains("IST0149 claims"))
        world.objects.states[.requestauthentications] = (.forbidden, "no right")
        #expect(!look(world).found.contains("IST0149 claims"))
        #expect(look(world).not.contains("IST0149 claims RequestAuthentication "))
    }

    /// Without the right to read namespaces nobody knows whether the injector looks at a pod.
    @Test func injectionIsNotJudgedWithoutTheNamespaces() throws {
        var world = try world()
        let pod: JSONValue = [
            "metadata": ["name": "edge", "namespace": "shop"],
            "spec": ["containers": [["name": "p", "image": "auto"]]],
        ]
        let decoded: Pod = try decoded(pod)
        world.objects.pods[decoded.meta.key] = decoded
        world.objects.namespaces = [:]
        #expect(look(world).found.contains("IST0147 edge"))
        world.objects.states[.namespaces] = (.forbidden, "no right")
        #expect(!look(world).found.contains("IST0147 edge"))
        #expect(look(world).lines == ["1 field not judged: Namespace not read: no right"])
    }

    /// What is kept of an analysis is not kept when more was read since.
    @Test func whatIsReadLaterIsJudgedThen() throws {
        var world = try world()
        try route(&world, "wrong", to: "nosuch.prod.svc.cluster.local")
        var analysis = Analysis()
        #expect(analysis.look(at: AnalysisWorld(objects: world.objects, time: testTime)).notJudged.count == 1)
        for kind in Self.narrowed { world.objects.namespacesRead[kind]?.insert("prod") }
        let found = analysis.look(at: AnalysisWorld(objects: world.objects, time: testTime))
        #expect(found.notJudged.isEmpty)
        #expect(found.all.contains { $0.code == "IST0101" })
    }

    // MARK: Previews

    private func delta(_ world: World, _ fates: [ObjectFate]) -> FindingsDelta {
        var analysis = Analysis()
        let before = analysis.look(at: AnalysisWorld(objects: world.objects, time: testTime))
        return Foresight.delta(fates, on: world.objects, before: before, analysis, time: testTime)
    }

    @Test func aDeletionThatBreaksARouteIsForeseen() throws {
        var world = try world()
        try route(&world, "orders", to: "orders")
        let service: JSONValue = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "orders", "namespace": "shop"],
            "spec": ["selector": ["app": "orders"], "ports": [["port": 80, "name": "http"]]],
        ]
        let delta = delta(world, [.goes(service)])
        #expect(delta.added.map(\.code) == ["IST0101"])
        #expect(delta.notJudged.isEmpty)
    }

    @Test func aChangeSaysWhatOfItCouldNotBeJudged() throws {
        var world = try world()
        try route(&world, "other", to: "nosuch.prod.svc.cluster.local")
        try route(&world, "wrong", to: "nosuch.prod.svc.cluster.local")
        let fate = ObjectFate.becomes([
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": ["name": "wrong", "namespace": "shop"],
            "spec": [
                "hosts": ["wrong.example.com"],
                "http": [["route": [["destination": ["host": "nosuch.prod.svc.cluster.local"]]]]],
            ],
        ])
        let delta = delta(world, [fate])
        #expect(delta.added.isEmpty)
        // The other one is as it was.
        #expect(delta.notJudged.map(\.object.name) == ["wrong"])
        #expect(delta.notJudged.lines == ["1 field not judged: Service not read in prod: not asked for (-n)"])
    }
}
