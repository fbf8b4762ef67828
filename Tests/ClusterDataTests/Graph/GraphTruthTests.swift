import Base
import ClusterData
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// Istio's metrics in a real Prometheus, and the graph made of them against numbers worked out by hand.
@Suite struct GraphTruthTests {
    private static let reading = Task { () throws -> MetricsReading in
        let exposition = Traffic.all()
        let prometheus = try await StoredPrometheus(exposition)
        let client = try prometheus.client()
        let first = try await MetricsPoll.read(client, window: 60, at: exposition.end)
        // As a session does: the second tick knows whose latency to ask of the clients.
        let silent = EdgeReconciler(first).silentWorkloads
        defer { withExtendedLifetime(prometheus) {} }
        return try await MetricsPoll.read(client, window: 60, at: exposition.end, silent: silent)
    }

    private func edges(_ namespace: String) async throws -> [MeshEdge] {
        EdgeReconciler(try await Self.reading.value).edges.filter {
            $0.service.namespace == namespace || $0.source.namespace == namespace
                || $0.destination.namespace == namespace
        }
    }

    private func only(_ namespace: String) async throws -> MeshEdge {
        let found = try await edges(namespace)
        try #require(found.count == 1, "\(namespace): \(found.map(\.destination.workload))")
        return found[0]
    }

    private func isNear(_ left: Double?, _ right: Double) -> Bool { left.map { abs($0 - right) < 1e-6 } ?? false }

    @Test func whatBothSidesReportIsCountedOnce() async throws {
        let edge = try await only("agree")
        #expect(isNear(edge.requestsPerSecond, 10))
        #expect(edge.errorRatio == 0)
        #expect(edge.mtlsRatio == 1)
        #expect(edge.reporter == .destination)
        #expect(edge.clientView == nil)
        // Half of 10…25 ms, where all requests lie.
        #expect(isNear(edge.latencyMs.p50, 17.5))
    }

    @Test func codesThatDifferAreOneRequestAndADisagreement() async throws {
        let edge = try await only("codes")
        #expect(isNear(edge.requestsPerSecond, 10))
        #expect(isNear(edge.errorRatio, 0.2))
        #expect(isNear(edge.responses["0"], 2))
        #expect(edge.responses["503"] == nil)
        let client = try #require(edge.clientView)
        #expect(isNear(client.responses["503"], 2))
        #expect(isNear(client.flags["UC"], 2))
    }

    @Test func aTimeoutOfTheClientIsSeenThoughTheServerAnswered() async throws {
        let edge = try await only("timeouts")
        #expect(isNear(edge.requestsPerSecond, 10))
        #expect(edge.errorRatio == 0)
        #expect(isNear(edge.clientView?.errorRatio, 0.3))
    }

    @Test func whatNeverArrivedIsNotLost() async throws {
        let all = try await edges("unreached")
        #expect(all.count == 2)
        let arrived = try #require(all.first { $0.destination.workload == "cart-v1" })
        #expect(isNear(arrived.requestsPerSecond, 10))
        #expect(isNear(arrived.errorRatio, 0.1))
        #expect(isNear(arrived.flags["URX"], 1))
        let refused = try #require(all.first { $0.destination.workload == "unknown" })
        #expect(isNear(refused.flags["UO"], 3))
        #expect(refused.destination.cluster == "c1")
        // In the graph it is a call of the service.
        let graph = TrafficGraph(try await snapshot(), level: .workload)
        let service = try #require(graph.nodes.firstIndex { $0.id.namespace == "unreached" && $0.id.isService })
        #expect(graph.nodes[service].kind == .service)
        #expect(isNear(graph.nodes[service].traffic.requestsPerSecond, 3))
    }

    @Test func aWorkloadWithoutAProxyIsKnownFromItsClients() async throws {
        let edge = try await only("plain")
        #expect(isNear(edge.requestsPerSecond, 4))
        #expect(edge.reporter == .source)
        #expect(edge.mtlsRatio == nil)
        #expect(isNear(edge.latencyMs.p50, 175))
    }

    @Test func trafficFromOutsideHasAnUnknownSource() async throws {
        let edge = try await only("outside")
        #expect(edge.source.workload == "unknown")
        #expect(isNear(edge.requestsPerSecond, 5))
        #expect(edge.mtlsRatio == 0)
    }

    @Test func whereSomePodsDoNotReportTheClientsWordHolds() async throws {
        let edge = try await only("partial")
        #expect(isNear(edge.requestsPerSecond, 20))
        #expect(isNear(edge.errorRatio, 0.1))
        #expect(isNear(edge.reportedShare, 0.4))
    }

    @Test func retriesArriveMoreOftenThanTheyAreAsked() async throws {
        let edge = try await only("retries")
        #expect(isNear(edge.requestsPerSecond, 13))
        #expect(isNear(edge.errorRatio, 3.0 / 13))
        #expect(edge.clientView?.errorRatio == 0)
    }

    @Test func aSeriesWithoutALabelIsTheOtherSideOfAnEdge() async throws {
        let edge = try await only("label")
        #expect(isNear(edge.requestsPerSecond, 6))
        #expect(edge.source.workload == "web")
        #expect(edge.missingLabels == ["source_workload"])
    }

    @Test func aSeriesWithoutALabelThatNobodyNamesIsDrawn() async throws {
        let edge = try await only("nameless")
        #expect(isNear(edge.requestsPerSecond, 7))
        #expect(edge.missingLabels == ["source_workload", "source_workload_namespace"])
        let graph = TrafficGraph(try await snapshot(), level: .workload)
        #expect(graph.nodes.contains { $0.kind == .unnamed })
    }

    @Test func aGRPCStatusIsAnErrorThoughTheCodeIs200() async throws {
        let edge = try await only("grpc")
        #expect(edge.meshProtocol == .grpc)
        #expect(isNear(edge.requestsPerSecond, 5))
        #expect(isNear(edge.errorRatio, 0.2))
        #expect(isNear(edge.grpcStatuses["14"], 1))
        #expect(isNear(edge.responses["200"], 5))
    }

    @Test func tcpHasBytesConnectionsAndFlags() async throws {
        let edge = try await only("tcp")
        #expect(edge.meshProtocol == .tcp)
        #expect(edge.requestsPerSecond == nil)
        // What the server sent the client received.
        #expect(isNear(edge.bytesReceivedPerSecond, 3000))
        #expect(isNear(edge.bytesSentPerSecond, 500))
        #expect(isNear(edge.connectionsPerSecond, 2))
        #expect(isNear(edge.flags["UF"], 1))
        #expect(edge.mtlsRatio == 1)
    }

    @Test func destinationsOutsideTheMeshAreToldApart() async throws {
        let graph = TrafficGraph(try await snapshot(entries: ["api.example.com"]), level: .workload)
        func node(_ name: String) -> GraphNode? { graph.nodes.first { $0.id.name == name } }
        #expect(node("PassthroughCluster")?.kind == .passthrough)
        #expect(node("BlackHoleCluster")?.kind == .blackHole)
        #expect(node("api.example.com")?.kind == .serviceEntry)
        #expect(isNear(node("BlackHoleCluster")?.traffic.errorRatio, 1))
        // A request without a route had no destination at all.
        let lost = try await only("noroute")
        #expect(isNear(lost.flags["NR"], 2))
        #expect(graph.nodes.contains { $0.kind == .unknown && isNear($0.traffic.flags["NR"], 2) })
    }

    @Test func versionsThatTheSidesNameDifferentlyAreOneEdge() async throws {
        let edge = try await only("versions")
        #expect(isNear(edge.requestsPerSecond, 3))
        #expect(edge.destination.version == "v1")
    }

    @Test func theTunnelAndTheWaypointReportTheSameTraffic() async throws {
        let edge = try await only("ambient")
        #expect(edge.meshProtocol == .http)
        #expect(edge.reporter == .waypoint)
        #expect(isNear(edge.requestsPerSecond, 12))
        #expect(edge.mtlsRatio == 1)
        // What the waypoint does not count the tunnel does.
        #expect(isNear(edge.bytesSentPerSecond, 100))
        #expect(isNear(edge.bytesReceivedPerSecond, 900))
    }

    @Test func clustersAreKeptApart() async throws {
        let all = try await edges("clusters")
        #expect(Set(all.compactMap(\.destination.cluster)) == ["c1", "c2"])
        #expect(isNear(all.first { $0.destination.cluster == "c2" }?.requestsPerSecond, 6))
    }

    // MARK: Levels

    private func snapshot(entries: [String] = []) async throws -> MeshSnapshot {
        var objects = ClusterObjects()
        for kind in WatchedKind.all { objects.states[kind] = (.ok, "") }
        let reading = try await Self.reading.value
        var made = SnapshotBuilder.build(
            SnapshotInputs(time: reading.asOf, context: "test", objects: objects, metrics: reading))
        made.serviceEntryHosts = entries
        return made
    }

    @Test(arguments: GraphLevel.allCases) func everyLevelHasTheSameTraffic(_ level: GraphLevel) async throws {
        let snapshot = try await snapshot()
        let graph = TrafficGraph(snapshot, level: level)
        func sum<Part>(_ parts: [Part], _ value: (Part) -> Double?) -> Double {
            parts.reduce(0) { $0 + (value($1) ?? 0) }
        }
        let requests = sum(snapshot.edges) { $0.requestsPerSecond }
        let bytes = sum(snapshot.edges) { ($0.bytesSentPerSecond ?? 0) + ($0.bytesReceivedPerSecond ?? 0) }
        #expect(isNear(sum(graph.edges) { $0.traffic.requestsPerSecond }, requests))
        #expect(isNear(sum(graph.edges) { $0.traffic.bytesPerSecond }, bytes))
        #expect(isNear(sum(graph.nodes) { $0.traffic.requestsPerSecond }, requests))
        for boxing in [TrafficGraph.Boxing.namespace, .app] {
            let boxes = graph.boxes(boxing)
            #expect(boxes.reduce(0) { $0 + $1.nodes.count } == graph.nodes.count)
            // Whatever enters a box left another or stays inside.
            #expect(
                isNear(
                    sum(boxes) { ($0.inbound.requestsPerSecond ?? 0) + ($0.inside.requestsPerSecond ?? 0) }, requests))
            #expect(isNear(sum(boxes) { $0.inbound.requestsPerSecond }, sum(boxes) { $0.outbound.requestsPerSecond }))
        }
    }

    @Test func anAppIsTheSumOfItsVersionsWithItsOwnQuantiles() async throws {
        let snapshot = try await snapshot()
        func node(_ level: GraphLevel, _ name: String) throws -> GraphNode {
            try #require(
                TrafficGraph(snapshot, level: level).nodes.first { $0.id.namespace == "shares" && $0.id.name == name })
        }
        let app = try node(.app, "cart")
        #expect(isNear(app.traffic.requestsPerSecond, 44))
        #expect(isNear(app.traffic.errorRatio, 1.0 / 44))
        // 30 of 40 timed requests took 5…10 ms, 10 took 250…500: the median is two thirds into the first bucket.
        #expect(isNear(app.traffic.latencyMs.p50, 5 + 5 * 20.0 / 30))
        #expect(isNear(app.traffic.latencyMs.p95, 250 + 250 * 8.0 / 10))
        #expect(isNear(try node(.versionedApp, "cart v2").traffic.requestsPerSecond, 11))
        #expect(isNear(try node(.workload, "cart-v1").traffic.requestsPerSecond, 33))
        #expect(isNear(try node(.service, "cart").traffic.requestsPerSecond, 44))
    }

    @Test func whatIsIdleIsThereAndSaysWhy() throws {
        var world = World()
        try world.namespace("shop")
        try world.service("cart")
        try world.deployment("cart", "v1", replicas: 0, ready: 0)
        let made = MeshSnapshot(
            time: testTime, context: "test", workloads: ClusterDataTests.snapshot(world, []).workloads,
            services: ClusterDataTests.snapshot(world, []).services)
        #expect(TrafficGraph(made, level: .workload).nodes.isEmpty)
        let idle = TrafficGraph(made, level: .workload, idle: true)
        #expect(idle.nodes.map(\.id.name) == ["cart-v1"])
        #expect(idle.nodes.allSatisfy { $0.isIdle && $0.isScaledToZero })
        #expect(TrafficGraph(made, level: .service, idle: true).nodes.map(\.kind) == [.service])
    }
}
