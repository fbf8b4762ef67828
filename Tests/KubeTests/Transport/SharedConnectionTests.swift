import Base
import DemoMesh
import Kube
import TestSupport
import Testing

/// Streams that end only when somebody ends them, and nothing else under way: none may wait for the others.
@Suite struct SharedConnectionTests {
    private final class Heads: TransferSink {
        let statuses = Lock<[Int]>([])
        func head(_ head: HTTPHead) { statuses.withLock { $0.append(head.status) } }
        func data(_ bytes: UnsafeRawBufferPointer) -> TransferAnswer { .taken }
        func end(_ error: MeshTopError?) {}
    }

    /// Behind something that ends the connection after every answer.
    @Test func manyWatchesOfAServerWithoutHTTP2AllBegin() async throws {
        let demo = try Demo()
        let proxy = try FaultProxy(to: demo.server.port)
        let loop = CurlLoop()
        defer { loop.stop() }
        let heads = Heads()
        let server = try demo.client().access.server.replacing(":\(demo.server.port)", with: ":\(proxy.port)")
        let pods = "\(server)/api/v1/pods"
        for _ in 0..<2 { _ = try await loop.send(HTTPRequest(url: "\(pods)?limit=1")) }
        for _ in 0..<24 {
            _ = loop.start(HTTPRequest(url: "\(pods)?watch=1&resourceVersion=0", timeoutSeconds: nil), heads)
        }
        let all = try await eventually { heads.statuses.withLock { $0.count } == 24 ? true : nil }
        #expect(all == true, "\(heads.statuses.withLock { $0.count }) of 24 began")
        #expect(heads.statuses.withLock { $0 }.allSatisfy { $0 == 200 })
    }
}
