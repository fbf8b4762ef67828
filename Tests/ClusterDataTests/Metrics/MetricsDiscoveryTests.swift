import Base
import ClusterData
import TestSupport
import Testing

/// Where one well-known name cannot be looked at, the others are.
@Suite struct MetricsDiscoveryTests {
    private static func found(_ answer: CannedServer.Answer, elsewhere: CannedServer.Answer) async throws -> String {
        let server = try CannedServer { line in
            if line.contains("/namespaces/istio-system/") { return answer }
            return line.contains("/monitoring/services/thanos-query") ? elsewhere : .init(404, ["kind": "Status"])
        }
        return try await MetricsDiscovery.find(server.client()).name
    }

    @Test(arguments: [
        CannedServer.Answer(403, ["kind": "Status", "message": "no", "code": 403]),
        .init(500, ["kind": "Status", "message": "etcd", "code": 500]), .init(404, ["kind": "Status", "code": 404]),
        .init(403, Array("<html>blocked</html>".utf8), type: "text/html"),
    ]) func theNextOneIsLookedFor(_ answer: CannedServer.Answer) async throws {
        let name = try await Self.found(answer, elsewhere: .init(200, ["kind": "Service"]))
        #expect(name == "monitoring/thanos-query:9090 through the API server")
    }

    @Test func whatCouldNotBeLookedAtIsSaidWhereNoneIsFound() async throws {
        let broken = CannedServer.Answer(500, ["kind": "Status", "message": "etcd", "code": 500])
        let error = await #expect(throws: MeshTopError.self) {
            try await Self.found(broken, elsewhere: .init(404, ["kind": "Status", "code": 404]))
        }
        #expect(error?.code == .server && error?.why.contains("etcd") == true, "\(error?.description ?? "")")
    }
}
