import MeshModel
import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube

/// Nothing is called missing that an object may say which was not understood.
@Suite struct OddObjectFindingsTests {
    private func codes(_ world: World) -> [String] {
        Analysis.findings(AnalysisWorld(objects: world.objects, time: Timestamp(seconds: 1000))).map(\.code)
    }

    @Test func aSubsetOfAnOddRuleIsNotCalledMissing() throws {
        var world = World()
        try world.namespace("shop", ["istio-injection": "enabled"])
        try world.service("reviews")
        try world.deployment("reviews", "v1")
        try world.pod("reviews", "v1")
        try world.config(
            .virtualservices, "reviews",
            ["hosts": ["reviews"], "http": [["route": [["destination": ["host": "reviews", "subset": "v1"]]]]]])
        #expect(codes(world).contains("IST0101"))
        let odd = OddObject(key: ObjectKey("shop", "reviews"), reason: "spec.subsets[0].name is no text")
        world.objects.noteOdd([odd], .destinationrules, namespace: nil)
        #expect(!codes(world).contains("IST0101"))
    }

    /// A finding that stays keeps its place: else a preview says that a change mends it and adds it.
    @Test func aConflictOfGatewaysPointsToOnePlace() throws {
        var world = World()
        let servers = (0..<20).map { number -> JSONValue in
            ["port": ["number": .int(Int64(8000 + number)), "name": "p", "protocol": "HTTP"], "hosts": ["*"]]
        }
        for name in ["a", "b"] {
            try world.config(.gateways, name, ["selector": ["istio": "ingressgateway"], "servers": .array(servers)])
        }
        let paths = (0..<20).map { _ in
            Set(
                Analysis.findings(AnalysisWorld(objects: world.objects, time: Timestamp(seconds: 1000)))
                    .filter { $0.code == "IST0145" }.map(\.path))
        }
        #expect(Set(paths) == [["spec.servers[0].hosts"]])
    }
}
