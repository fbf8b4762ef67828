import Base
import ClusterData
import Kube
import MeshModel
import TestSupport
import Testing

/// Lists that are refused in every namespace are tried again after minutes, however many there are.
@Suite struct RefusedListTests {
    @Test func whatIsRefusedIsTriedLessAndLessAndWhenAPersonAsks() async throws {
        let asked = Lock<[String: Int]>([:])
        let server = try CannedServer { line in
            if line.contains(" /version") { return .init(200, ["gitVersion": "v1.30.0"]) }
            if line.hasSuffix(" /api") || line.hasSuffix(" /apis") { return .init(200, CannedServer.discovery) }
            let path = String(line.prefix { $0 != "?" })
            asked.withLock { $0[path, default: 0] += 1 }
            return .init(403, ["kind": "Status", "reason": "Forbidden", "message": "kept from you", "code": 403])
        }
        let clock = TestClock()
        let session = MeshSession(
            client: try server.client(clock: clock),
            options: SessionOptions(scope: .some(["shop"]), asksMetrics: false, asksEnvoy: false))
        let (pods, rules) = (
            "GET /api/v1/namespaces/shop/pods", "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        )
        @Sendable func count(_ path: String) -> Int { asked.withLock { $0[path] ?? 0 } }
        await session.start()
        #expect(try await eventually { count(pods) > 0 ? true : nil } == true)
        // An hour, in steps that let the network answer.
        let start = clock.moment
        _ = try await eventually(every: 0.005) { () -> Bool? in
            clock.advance(by: 2)
            return clock.moment - start > 3600 ? true : nil
        }
        let tried = count(pods)
        #expect(count(pods) <= 9 && count(rules) <= 8, "\(count(pods)) lists, \(count(rules)) questions")
        await session.refresh()
        #expect(try await eventually { count(pods) > tried ? true : nil } == true)
        await session.stop()
    }
}
