import Base
import ClusterData
import MeshModel
import TestSupport
import Testing

@testable import Istio

@Suite struct EdgeTests {
    @Test func aRequestThatBothSidesReportIsCountedOnce() {
        let edges = EdgeReconciler(
            reading([
                requests("web", "cart", "cart-v1", 10, reporter: "source"),
                requests("web", "cart", "cart-v1", 10, reporter: "destination"),
            ])
        ).edges
        #expect(edges.count == 1)
        #expect(edges[0].requestsPerSecond == 10)
        #expect(edges[0].reporter == .destination)
        #expect(edges[0].mtlsRatio == 1)
    }

    @Test func sidesThatDisagreeOnACodeAreNotAdded() {
        let edges = EdgeReconciler(
            reading([
                requests("web", "cart", "cart-v1", 2, reporter: "source", code: "503", flags: "UC"),
                requests("web", "cart", "cart-v1", 2, reporter: "destination", code: "0", flags: "DC"),
            ])
        ).edges
        #expect(edges.map(\.requestsPerSecond) == [2])
    }

    @Test func requestsThatNeverReachedADestinationAreKept() {
        let edges = EdgeReconciler(
            reading([
                requests("web", "cart", "cart-v1", 9, reporter: "source"),
                requests("web", "cart", "cart-v1", 1, reporter: "source", code: "503", flags: "UF,URX"),
                requests("web", "cart", "cart-v1", 9, reporter: "destination"),
                requests("web", "cart", "unknown", 3, reporter: "source", code: "503", flags: "UO"),
            ])
        ).edges
        #expect(edges.map(\.requestsPerSecond) == [10, 3])
        #expect(edges[0].errorRatio == 0.1)
        #expect(edges[0].flags["UF"] == 1)
        #expect(edges[1].destination.workload == "unknown")
        #expect(edges[1].flags["UO"] == 3)
    }

    @Test func aDestinationWithoutAProxyIsTakenFromTheSource() {
        let edges = EdgeReconciler(reading([requests("web", "db", "db", 4, reporter: "source")])).edges
        #expect(edges.first?.reporter == .source)
        #expect(edges.first?.mtlsRatio == nil)
    }

    @Test func theServiceIsTheSumOfItsEdges() throws {
        var world = World()
        try world.service("cart")
        try world.deployment("cart", "v1")
        let made = snapshot(
            world,
            [
                requests("web", "cart", "cart-v1", 10, reporter: "destination"),
                requests("ads", "cart", "cart-v1", 5, reporter: "destination", code: "500"),
            ])
        let service = try #require(made.services.first { $0.id.name == "cart" })
        #expect(service.requestsPerSecond == 15)
        #expect(abs((service.errorRatio ?? 0) - 1.0 / 3) < 1e-9)
        #expect(service.health == .failing)
        #expect(made.edges.reduce(0) { $0 + ($1.requestsPerSecond ?? 0) } == service.requestsPerSecond)
    }

    @Test func withoutMetricsNumbersAreUnknownNotZero() throws {
        var world = World()
        try world.service("cart")
        try world.deployment("cart", "v1")
        let service = try #require(snapshot(world, nil).services.first)
        #expect(service.requestsPerSecond == nil)
        #expect(service.errorRatio == nil)
        #expect(service.health == .unknown)
        // Nobody counts what arrives at pods without a proxy; a proxy that counted nothing counted zero.
        #expect(snapshot(world, []).services.first?.requestsPerSecond == nil)
        try world.pod("cart", "v1")
        #expect(snapshot(world, []).services.first?.requestsPerSecond == 0)
    }
}
