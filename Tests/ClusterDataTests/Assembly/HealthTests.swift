import Base
import TestSupport
import Testing

@testable import Istio
@testable import Kube
@testable import MeshModel

/// Kiali's thresholds, at their borders, and its annotation.
@Suite struct HealthTests {
    private func edge(
        _ responses: [String: Double], _ wire: MeshEdge.MeshProtocol = .http, _ statuses: [String: Double] = [:]
    ) -> MeshEdge {
        var edge = MeshEdge(
            source: MeshNode(namespace: "shop", workload: "web"),
            destination: MeshNode(namespace: "shop", workload: "cart"),
            service: ServiceID(namespace: "shop", name: "cart"), host: "", meshProtocol: wire,
            requestsPerSecond: responses.values.reduce(0, +), responses: responses)
        edge.grpcStatuses = statuses
        return edge
    }

    private func health(_ edges: MeshEdge..., tolerances: HealthTolerances = .standard) -> Health? {
        var sum = TrafficSum()
        for edge in edges { sum.add(edge) }
        return sum.health(tolerances)
    }

    @Test func theDefaultsAreKialis() {
        #expect(health(edge(["200": 100])) == .healthy)
        #expect(health(edge(["200": 999, "500": 1])) == .degraded)
        #expect(health(edge(["200": 90, "503": 10])) == .failing)
        #expect(health(edge(["200": 91, "404": 9])) == .healthy)
        #expect(health(edge(["200": 90, "404": 10])) == .degraded)
        #expect(health(edge(["200": 80, "404": 20])) == .failing)
        // No answer counts as Kiali's "-".
        #expect(health(edge(["200": 99, "0": 1])) == .degraded)
        #expect(health(edge(["200": 9, "0": 1])) == .failing)
        #expect(health() == nil)
    }

    @Test func grpcIsJudgedByItsStatus() {
        #expect(health(edge(["200": 10], .grpc, ["0": 10])) == .healthy)
        #expect(health(edge(["200": 100], .grpc, ["0": 99, "14": 1])) == .degraded)
        #expect(health(edge(["200": 10], .grpc, ["0": 9, "16": 1])) == .failing)
        // The share is within a protocol: one bad gRPC call in ten is failing, whatever HTTP does beside it.
        #expect(health(edge(["200": 10], .grpc, ["0": 9, "2": 1]), edge(["200": 1000])) == .failing)
    }

    @Test func theAnnotationReplacesTheDefaults() throws {
        let own = try #require(HealthTolerances(annotation: "4xx,20,30,http,inbound;5xx,5,50,http,inbound"))
        #expect(health(edge(["200": 97, "500": 3]), tolerances: own) == .healthy)
        #expect(health(edge(["200": 95, "500": 5]), tolerances: own) == .degraded)
        #expect(health(edge(["200": 81, "404": 19]), tolerances: own) == .healthy)
        #expect(health(edge(["200": 69, "404": 31]), tolerances: own) == .failing)
        // Traffic that no rule is about is healthy.
        #expect(
            own.judge(
                {
                    var counts = CodeCounts(); counts.add(edge(["500": 1])); return counts
                }(), .outbound) == .healthy)
        let one = try #require(HealthTolerances(annotation: "^50[34]$,1,2,http|grpc,.*"))
        #expect(health(edge(["200": 1, "500": 1]), tolerances: one) == .healthy)
        #expect(health(edge(["200": 1, "504": 1]), tolerances: one) == .failing)
        for wrong in ["", "5xx,1,2", "5xx,a,b,http,inbound"] { #expect(HealthTolerances(annotation: wrong) == nil) }
    }

    /// Patterns of annotations are others': one of nested stars kept the dashboard busy for good.
    @Test func aPatternOfNestedStarsIsAnAnswerLikeAnyOther() throws {
        let own = try #require(HealthTolerances(annotation: "((((([0-9]*)*)*)*)*)*y,1,2,http,inbound"))
        #expect(health(edge([String(repeating: "5", count: 300): 10]), tolerances: own) == .healthy)
        // One that is no pattern says nothing: the defaults hold, under which only errors are none.
        #expect(HealthTolerances(annotation: "5(0,1,2,http,inbound") == nil)
        let annotated = HealthTolerances.of(["health.kiali.io/rate": "5(0,1,2,http,inbound"])
        #expect(health(edge(["500": 10]), tolerances: annotated) == .failing)
    }

    @Test func theAnnotationOfAServiceIsHonoured() throws {
        var world = World()
        let service: Service = try decoded([
            "metadata": [
                "name": "cart", "namespace": "shop", "annotations": ["health.kiali.io/rate": "5xx,30,60,http,inbound"],
            ], "spec": ["selector": ["app": "cart"], "ports": [["port": 80]]],
        ])
        world.objects.services[service.meta.key] = service
        try world.deployment("cart", "v1")
        let samples = [
            requests("web", "cart", "cart-v1", 8, reporter: "destination"),
            requests("web", "cart", "cart-v1", 2, reporter: "destination", code: "500"),
        ]
        #expect(snapshot(world, samples).services.first?.health == .healthy)
        // The workload has no annotation of its own.
        #expect(snapshot(world, samples).workloads.first?.health == .failing)
    }

    @Test func aWorkloadThatGetsErrorsIsNotHealthy() throws {
        var world = World()
        try world.service("cart")
        try world.deployment("web", "v1")
        try world.deployment("cart", "v1")
        let made = snapshot(world, [requests("web-v1", "cart", "cart-v1", 10, reporter: "destination", code: "500")])
        #expect(made.workloads.first { $0.name == "web-v1" }?.health == .failing)
    }

    @Test func tcpIsJudgedByItsConnections() {
        func health(_ failed: Double) -> Health? {
            var edge = edge([:], .tcp)
            (edge.requestsPerSecond, edge.bytesSentPerSecond, edge.bytesReceivedPerSecond) = (nil, 10, 10)
            edge.connectionsPerSecond = 10
            if failed > 0 { edge.flags = ["UF": failed] }
            return self.health(edge)
        }
        #expect(health(0) == .healthy)
        #expect(health(0.5) == .degraded)
        #expect(health(1) == .failing)
    }
}
