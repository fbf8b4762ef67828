import Base
import Kube
import MeshModel
import TestSupport
import Testing

@testable import ClusterData
@testable import Istio

@Suite struct RouteTests {
    @Test func configuredAndObservedSharesStandSideBySide() throws {
        let made = snapshot(
            try World.canary(),
            [
                requests("web", "reviews", "reviews-v1", 85, reporter: "destination"),
                requests("web", "reviews", "reviews-v2", 15, reporter: "destination", code: "500"),
            ])
        let route = try #require(made.routes.first)
        #expect(route.destinations.map(\.weight) == [90, 10])
        #expect(route.destinations.map(\.configuredShare) == [0.9, 0.1])
        #expect(route.destinations.map(\.observedShare) == [0.85, 0.15])
        #expect(route.destinations[1].errorRatio == 1)
        #expect(route.destinations[1].observedShareInterval?.contains(0.15) == true)
        #expect(route.extras == ["timeout 2s", "retries 3 × 1s"])
        #expect(route.service == ServiceID(namespace: "shop", name: "reviews"))
        #expect(route.problem == nil)
    }

    /// Metrics do not tell rules apart: what two rules lead to is counted for neither alone.
    @Test func aDestinationOfSeveralRulesIsMarked() throws {
        var world = try World.canary()
        let tester: JSONValue = [
            "match": [["headers": ["x-tester": ["exact": "yes"]]]],
            "route": [["destination": ["host": "reviews", "subset": "v2"]]],
        ]
        let object = try #require(world.objects.configs[.virtualservices]?.values.first)
        try world.config(
            .virtualservices, "reviews", ["hosts": ["reviews"], "http": .array([tester] + object.spec.list("http"))])
        let made = snapshot(
            world,
            [
                requests("web", "reviews", "reviews-v1", 80, reporter: "destination"),
                requests("web", "reviews", "reviews-v2", 20, reporter: "destination"),
            ])
        #expect(made.routes.count == 2)
        #expect(made.routes[0].destinations.map(\.observedShare) == [nil])
        #expect(made.routes[1].destinations.map(\.observedShare) == [0.8, 0.2])
        #expect(made.routes[1].destinations.map(\.sharedWithRules) == [[], ["http rule 0"]])
    }

    @Test func withoutTrafficTheObservedShareIsUnknown() throws {
        let route = try #require(snapshot(try World.canary(), []).routes.first)
        #expect(route.destinations.map(\.observedShare) == [nil, nil])
        #expect(route.destinations.map(\.configuredShare) == [0.9, 0.1])
    }

    @Test func weightsThatDoNotSumTo100AreRelativeAndSaidSo() throws {
        let route = try #require(snapshot(try World.canary([3, 1]), []).routes.first)
        #expect(route.destinations.map(\.configuredShare) == [0.75, 0.25])
        #expect(route.problem?.contains("sum to 4") == true)
        #expect(try snapshot(World.canary([0, 0]), []).routes.first?.problem?.contains("all weights are 0") == true)
    }

    @Test func whatCannotBeReachedIsSaidOnTheRow() throws {
        var world = try World.canary()
        world.objects.deployments[ObjectKey("shop", "reviews-v2")] = nil
        let made = snapshot(world, [])
        #expect(made.routes.first?.destinations[1].problem?.contains("no ready pods") == true)
        // Without pods of its own either, a deployment of no such version is what the analysis says.
        let found = Analysis.findings(AnalysisWorld(objects: world.objects, time: made.time))
        #expect(found.map(\.code).contains("IST0173"))
        world.objects.configs[.destinationrules] = [:]
        #expect(snapshot(world, []).routes.first?.destinations[0].problem?.contains("subset v1") == true)
        world.objects.services = [:]
        #expect(snapshot(world, []).routes.first?.destinations[0].problem == "no service shop/reviews")
        // Without permission to list services nothing may be called missing.
        world.objects.states[.services] = (.forbidden, "no")
        #expect(snapshot(world, []).routes.first?.destinations[0].problem == nil)
    }

    /// A whole service is no better than a subset: without ready pods its share fails.
    @Test func aServiceWithoutReadyPodsIsSaidOnTheRow() throws {
        var world = try World.canary(withPods: true)
        try world.config(
            .virtualservices, "reviews",
            ["hosts": ["reviews"], "http": [["route": [["destination": ["host": "reviews"]]]]]])
        #expect(snapshot(world, []).routes.first?.destinations[0].problem == nil)
        for key in world.objects.pods.keys { world.objects.pods[key] = nil }
        #expect(snapshot(world, []).routes.first?.destinations[0].problem == "no ready pods")
        world.objects.states[.pods] = (.forbidden, "no")
        #expect(snapshot(world, []).routes.first?.destinations[0].problem == nil)
    }

    @Test func gatewayRoutesDefaultToWeightOne() throws {
        var world = World()
        try world.service("a")
        try world.service("b")
        try world.config(
            .httproutes, "split",
            [
                "hostnames": ["x.example"],
                "rules": [["backendRefs": [["name": "a", "port": 80], ["name": "b", "port": 80, "weight": 3]]]],
            ])
        let made = snapshot(
            world,
            [
                requests("gw", "a", "a-v1", 10, reporter: "destination"),
                requests("gw", "b", "b-v1", 30, reporter: "destination"),
            ])
        let route = try #require(made.routes.first)
        #expect(route.destinations.map(\.configuredShare) == [0.25, 0.75])
        #expect(route.destinations.map(\.observedShare) == [0.25, 0.75])
        #expect(route.section == .rules)
    }

    @Test func delegatesStandUnderTheirRoots() throws {
        var world = World()
        try world.service("reviews")
        let destination: JSONValue = ["destination": ["host": "reviews"]]
        try world.config(
            .virtualservices, "root",
            [
                "hosts": ["shop.example.com"], "gateways": ["edge"],
                "http": [
                    ["match": [["uri": ["prefix": "/reviews"]]], "delegate": ["name": "child"]],
                    ["delegate": ["name": "gone"]],
                ],
            ])
        try world.config(
            .virtualservices, "child",
            [
                "http": [
                    ["match": [["headers": ["x": ["exact": "1"]]]], "route": [destination]], ["route": [destination]],
                ]
            ])
        try world.config(.virtualservices, "orphan", ["http": [["route": [destination]]]])
        let routes = snapshot(world, []).routes
        let child = routes.filter { $0.name == "child" }
        #expect(child.map(\.match) == ["(uri=/reviews*) & (x=1)", "uri=/reviews*"])
        #expect(child.allSatisfy { $0.host == "shop.example.com" && $0.gateways == ["edge"] })
        #expect(child[0].extras == ["delegated by shop/root rule 0"])
        // The weights are changed where they are written.
        #expect(child.map(\.index) == [0, 1])
        #expect(routes.first { $0.name == "root" }?.problem?.contains("shop/gone") == true)
        #expect(routes.first { $0.name == "orphan" }?.problem?.contains("nothing delegates") == true)
    }

    @Test func rulesOfOneHostAtAGatewayAreInOrder() throws {
        var world = World()
        try world.service("reviews")
        for (name, day) in [("first", "01"), ("second", "02")] {
            try world.config(
                .virtualservices, name,
                [
                    "hosts": ["shop.example.com"], "gateways": ["edge"],
                    "http": [["route": [["destination": ["host": "reviews"]]]]],
                ], created: "2026-01-\(day)T00:00:00Z")
        }
        let second = snapshot(world, []).routes.first { $0.name == "second" }
        #expect(second?.extras.contains("behind shop/first at its gateway") == true)
        // And with what an analysis says of it, the row tells that it gets nothing.
        var inputs = SnapshotInputs(time: Timestamp(seconds: 1000), context: "t", objects: world.objects)
        inputs.findings = Analysis.findings(AnalysisWorld(objects: world.objects, time: inputs.time))
        let marked = SnapshotBuilder.build(inputs).routes
        #expect(marked.first { $0.name == "second" }?.problem?.contains("shop/first takes every request") == true)
        #expect(marked.first { $0.name == "first" }?.problem == nil)
    }

    @Test func aRuleThatNeverMatchesSaysSo() throws {
        var world = World()
        try world.service("reviews")
        let route: JSONValue = [["destination": ["host": "reviews"]]]
        try world.config(
            .virtualservices, "reviews",
            ["hosts": ["reviews"], "http": [["route": route], ["name": "never", "route": route]]])
        var inputs = SnapshotInputs(time: Timestamp(seconds: 1000), context: "t", objects: world.objects)
        inputs.findings = Analysis.findings(AnalysisWorld(objects: world.objects, time: inputs.time))
        let rows = SnapshotBuilder.build(inputs).routes
        #expect(rows.map { $0.problem != nil } == [false, true])
        #expect(rows[1].problem?.contains("gets no request") == true)
    }

    /// Istio does not tell copies from other requests; what arrives at the mirror is shown for what it is.
    @Test func aMirrorShowsItsShareAndWhatArrivesThere() throws {
        var world = try World.canary()
        try world.deployment("shadow", "v1")
        try world.service("shadow")
        try world.config(
            .virtualservices, "mirrored",
            [
                "hosts": ["mirrored"],
                "http": [
                    [
                        "route": [["destination": ["host": "reviews", "subset": "v1"]]],
                        "mirror": ["host": "shadow"], "mirrorPercentage": ["value": 25],
                    ],
                    [
                        "route": [["destination": ["host": "reviews", "subset": "v1"]]],
                        "mirrors": [["destination": ["host": "reviews", "subset": "v9"]]],
                    ],
                ],
            ])
        let made = snapshot(world, [requests("web", "shadow", "shadow-v1", 3, reporter: "destination")])
        let rules = made.routes.filter { $0.name == "mirrored" }
        let copy = try #require(rules.first?.mirrors.first)
        #expect(copy.host == "shadow")
        #expect(copy.configuredShare == 0.25)
        #expect(copy.requestsPerSecond == 3)
        #expect(copy.observedShare == nil)
        let broken = try #require(rules.last?.mirrors.first)
        #expect(broken.configuredShare == 1)
        #expect(broken.problem == "no DestinationRule defines subset v9")
    }
}
