import Base
import ClusterData
import DemoMesh
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// What happens when a server that could not be reached is there again.
@Suite struct OutageTests {
    private static let path = ResourcePath(
        group: "networking.istio.io", version: "v1", resource: "virtualservices")

    /// No backoff ends by itself here: only the server's answer to somebody else can end it.
    @Test func whoWaitsForALostConnectionGoesOnWhenAnybodyIsAnswered() async throws {
        let empty = #"{"kind":"List","metadata":{"resourceVersion":"5"},"items":[]}"#
        let server = try CannedServer { line in
            line.contains("watch=1") ? .init(200, [], staysOpen: true) : .init(200, Array(empty.utf8))
        }
        let proxy = try FaultProxy(to: server.port)
        proxy.setDown(true)
        let clock = TestClock()
        let started = clock.moment
        let client = try CannedServer.client(of: "http://127.0.0.1:\(proxy.port)", clock: clock)
        let states = Lock<[SourceStatus.State]>([])
        var reflector = Reflector<ConfigObject>(client: client, path: Self.path, namespace: nil) { change in
            if case .status(let state, _) = change { states.withLock { $0.append(state) } }
        }
        reflector.jitter = { 0.5 }
        let task = Task { [reflector] in await reflector.run() }
        defer { task.cancel() }
        let pause = try await eventually { clock.pauses.first }
        #expect(pause.map { abs($0 - 1.2) < 1e-9 } == true, "\(String(describing: pause))")
        #expect(states.withLock { $0 } == [.down])
        proxy.setDown(false)
        let isBack = try await eventually { () -> Bool? in
            _ = try await client.exchange(KubeClient.Call("GET", "/version"))
            // What an answer leaves of the pause.
            if let left = clock.pauses.first, left <= 0.4 { clock.advance(by: left) }
            return states.withLock { $0.contains(.ok) } ? true : nil
        }
        #expect(clock.moment - started < 0.8, "a backoff ended by itself")
        #expect(isBack == true, "\(states.withLock { $0 })")
        proxy.stop()
        withExtendedLifetime(server) {}
    }

    /// A refusal is the server's own word on when to come again: here it never ends.
    @Test func whoWasRefusedWaitsAsTold() async throws {
        let refusal =
            #"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","message":"slow down","code":429}"#
        let asked = Lock(0)
        let server = try CannedServer { line in
            guard line.contains("virtualservices") else { return .init(200, Array("{}".utf8)) }
            asked.withLock { $0 += 1 }
            return .init(429, Array(refusal.utf8))
        }
        let clock = TestClock()
        let client = try server.client(clock: clock)
        let reflector = Reflector<ConfigObject>(client: client, path: Self.path, namespace: nil) { _ in }
        let task = Task { await reflector.run() }
        #expect(try await eventually { clock.pauses.count == 1 ? true : nil } == true)
        for _ in 0..<20 { _ = try await client.exchange(KubeClient.Call("GET", "/version")) }
        task.cancel()
        _ = await task.value
        #expect(asked.withLock { $0 } == 1)
        withExtendedLifetime(server) {}
    }

    /// The source is well when most of it is; which kinds are not is said beside it.
    @Test func kindsThatAreBehindAreNamedBesideAServerThatAnswers() async throws {
        let demo = try Demo()
        let proxy = try FaultProxy(to: demo.server.port)
        proxy.add(.answer(500, body: "etcd"), times: 100_000) { $0.contains("/virtualservices") }
        let options = SessionOptions(asksMetrics: false, asksEnvoy: false)
        let session = MeshSession(client: try demo.client(through: proxy), options: options)
        await session.start()
        let detail = try await eventually { () -> String? in
            guard await session.isLoaded, await session.kubernetesState == .ok else { return nil }
            return await session.snapshot().source(.kubernetes)?.detail
        }
        #expect(detail == "not current: VirtualService")
        await session.stop()
        proxy.stop()
    }
}
