import Base
import ClusterData
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

/// `/version` may fail in any way: what it decides is unknown, and everything else goes on.
@Suite(.serialized) struct SilentVersionTests {
    static let demo = Result { try Demo() }

    @Test(arguments: [
        Fault.answer(500, body: "etcd"), .answer(200, body: "<html>Sign in</html>", type: "text/html"),
        .silence(seconds: 600),
    ]) func aSnapshotNeedsNoVersion(_ fault: Fault) async throws {
        let demo = try Self.demo.get()
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        proxy.add(fault, times: 100_000) { $0 == "GET /version" }
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.kubeconfig(through: proxy))
        // One of the faults keeps it waiting for as long as a request may take.
        let patience = ["--no-metrics", "--request-timeout", "3"]
        let result = try await Program.run(["snapshot"] + patience, home: home)
        #expect(result.code == 0 && result.errors.isEmpty, "\(result.code) \(result.errors)")
        #expect(result.output.contains("recommendation"))
        let scale = try await Program.run(
            ["scale", "deploy/ads-v1", "--replicas", "3", "-n", "shop"] + patience, home: home)
        #expect(scale.code == 3, "\(scale.errors)")
    }

    /// The heartbeat asks something else of a server that keeps its version to itself.
    @Test func aServerThatAnswersOtherwiseIsAlive() async throws {
        let demo = try Self.demo.get()
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        let asked = Lock(0)
        proxy.add(.silence(seconds: 600), times: 100_000) { $0 == "GET /version" }
        proxy.add(.delay(seconds: 0), times: 100_000) { line in
            if line == "GET /api" { asked.withLock { $0 += 1 } }
            return false
        }
        let clock = TestClock()
        let session = MeshSession(
            client: try demo.client(through: proxy, clock: clock),
            options: SessionOptions(asksMetrics: false, asksEnvoy: false))
        await session.start()
        #expect(try await eventually(within: 60) { await session.isLoaded ? true : nil } == true)
        // Five heartbeats, each answered before the next: without them the server would be stale at the third.
        for _ in 0..<5 {
            // It lies down for all of its pause only when the last answer has come.
            #expect(try await eventually { clock.pauses.contains(5) ? true : nil } == true)
            let before = asked.withLock { $0 }
            clock.advance(by: 5)
            #expect(try await eventually { asked.withLock { $0 } > before ? true : nil } == true)
            #expect(await session.snapshot().source(.kubernetes)?.state == .ok)
        }
        await session.stop()
    }
}
