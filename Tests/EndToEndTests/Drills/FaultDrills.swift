import Base
import ClusterData
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

/// After every fault the model equals the server's truth again. The time that took is printed, not judged.
@Suite(.serialized) struct FaultDrills {
    static let demo = Task { try Demo(speed: 1) }

    @Test(arguments: [Drill.loading, Drill.streaming, Drill.watching, Drill.servers])
    func theModelEqualsTheServersTruthAgain(drills: [Drill]) async throws {
        let demo = try await Self.demo.value
        let truth = MeshSession(
            client: try demo.client(), options: SessionOptions(asksMetrics: false, asksEnvoy: false))
        await truth.start()
        #expect(try await eventually { await truth.isLoaded ? true : nil } == true)
        for start in stride(from: 0, to: drills.count, by: 8) {
            try await withThrowingTaskGroup(of: (Drill, Double?).self) { group in
                for (offset, drill) in drills[start..<min(start + 8, drills.count)].enumerated() {
                    group.addTask { (drill, try await Trial(drill, demo, place: offset).run(against: truth)) }
                }
                for try await (drill, seconds) in group {
                    let shown = seconds.map { "\(($0 * 10).rounded() / 10) s" } ?? "never"
                    print("Drill: \(drill.name): the truth again after \(shown)")
                    #expect(seconds != nil, "\(drill.name)")
                }
            }
        }
        await truth.stop()
    }
}

/// A session behind a proxy of its own, with objects of its own to follow.
private struct Trial {
    let drill: Drill
    let demo: Demo
    let proxy: FaultProxy
    let session: MeshSession
    let name: String

    init(_ drill: Drill, _ demo: Demo, place: Int) throws {
        self.drill = drill
        self.demo = demo
        proxy = try FaultProxy(to: demo.server.port)
        name = "drill-\(place)-\(UInt32.random(in: 0...UInt32.max))"
        // Back-off, heartbeats and patience pass eight times as fast; what passes the network takes the time it takes.
        let client = try demo.client(through: proxy, clock: FastClock(speed: 8))
        var options = SessionOptions(requestTimeoutSeconds: 4, asksMetrics: false, asksEnvoy: false)
        options.silenceSeconds = 4
        options.streamsLists = drill.streamsLists
        options.pageSize = drill.pageSize
        session = MeshSession(client: client, options: options)
    }

    /// Seconds from the fault to the truth; nil when it never came.
    func run(against truth: MeshSession) async throws -> Double? {
        try await create("\(name)-kept", weight: 10)
        try await create("\(name)-doomed", weight: 10)
        let started: Timestamp
        if case .loading = drill.moment {
            try await change()
            addFaults()
            started = .now()
            await session.start()
        } else {
            await session.start()
            guard try await eventually(within: 60, { await session.isLoaded ? true : nil }) == true else { return nil }
            addFaults()
            started = .now()
            if case .server(let happen) = drill.moment {
                async let happening: Void = happen(proxy)
                try await change()
                try await happening
            } else {
                proxy.dropConnections()
                try await change()
            }
        }
        let recovered = try await eventually(within: 90) { () -> Bool? in
            // Of events in pairs, one more frees the one that waits for its other.
            if drill.faults.contains(where: { if case .swapEvents = $0 { true } else { false } }) { try await touch() }
            guard proxy.faultsLeft == 0, await session.kubernetesState == .ok else { return nil }
            let (mine, server) = (Self.config(await session.snapshot()), Self.config(await truth.snapshot()))
            return mine == server && mine.contains("\(name)-born 5")
                && !mine.contains { $0.hasPrefix("\(name)-doomed") }
                && mine.contains("\(name)-kept 40") ? true : nil
        }
        let seconds = Timestamp.now() - started
        await session.stop()
        proxy.stop()
        return recovered == true ? seconds : nil
    }

    private func addFaults() {
        let target = drill.target
        for fault in drill.faults { proxy.add(fault) { $0.hasPrefix("GET") && $0.contains(target) } }
        for (more, fault) in drill.also {
            proxy.add(fault) { $0.hasPrefix("GET") && $0.contains(target) && $0.contains(more) }
        }
    }

    /// What a client must have followed: one object changed, one gone, one new.
    private func change() async throws {
        try await demo.mergePatch(path("\(name)-kept"), ["spec": Self.spec(weight: 40)])
        _ = try await demo.client().exchange(KubeClient.Call("DELETE", path("\(name)-doomed")))
        try await create("\(name)-born", weight: 5)
    }

    private func touch() async throws {
        try await demo.mergePatch(
            path("\(name)-kept"),
            ["metadata": ["annotations": ["drill": .string("\(UInt32.random(in: 0...UInt32.max))")]]])
    }

    private func create(_ name: String, weight: Int64) async throws {
        let object: JSONValue = [
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": ["name": .string(name), "namespace": "shop"], "spec": Self.spec(weight: weight),
        ]
        try await demo.client().send(
            KubeClient.Call(
                "POST", path(nil), contentType: "application/json", body: Array(object.compactText.utf8)))
    }

    private func path(_ name: String?) -> String {
        "/apis/networking.istio.io/v1/namespaces/shop/virtualservices" + (name.map { "/\($0)" } ?? "")
    }

    private static func spec(weight: Int64) -> JSONValue {
        [
            "hosts": ["email"],
            "http": [
                [
                    "route": [
                        ["destination": ["host": "email"], "weight": .int(100 - weight)],
                        ["destination": ["host": "ads"], "weight": .int(weight)],
                    ]
                ]
            ],
        ]
    }

    /// Routes with their last weight, services and workloads with their wanted replicas.
    private static func config(_ snapshot: MeshSnapshot) -> Set<String> {
        var result: Set<String> = []
        for route in snapshot.routes { result.insert("\(route.name) \(route.destinations.last?.weight ?? -1)") }
        for service in snapshot.services { result.insert("service \(service.id)") }
        for workload in snapshot.workloads {
            result.insert("\(workload.kind) \(workload.namespace)/\(workload.name) \(workload.desired ?? -1)")
        }
        return result
    }
}
