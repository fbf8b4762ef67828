import Base
import DemoMesh
import TestSupport
import Testing

/// Where a kind that rollouts are made of cannot be read, nobody hears that there are none.
@Suite(.serialized) struct UnreadRolloutTests {
    static let demo = Result { try Demo(.rollouts) }

    private static func refusal(_ code: Int, _ message: String) -> Fault {
        let reason = code == 403 ? "Forbidden" : "InternalError"
        return .answer(
            code,
            body:
                "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"\(reason)\",\"message\":\"\(message)\",\"code\":\(code)}"
        )
    }

    private func stage(_ code: Int, _ resources: [String]) throws -> (FaultProxy, TemporaryFolder) {
        let demo = try Self.demo.get()
        let proxy = try FaultProxy(to: demo.server.port)
        proxy.add(Self.refusal(code, "kept from you"), times: 100_000) { line in
            let path = line.prefix { $0 != "?" }
            return line.hasPrefix("GET ") && resources.contains { path.hasSuffix("/\($0)") }
        }
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.kubeconfig(through: proxy))
        return (proxy, home)
    }

    @Test(
        arguments: [
            ("virtualservices", "VirtualService"), ("httproutes", "HTTPRoute"), ("grpcroutes", "GRPCRoute"),
            ("canaries", "Canary"), ("rollouts", "Rollout"),
        ], [403, 500])
    func theKindIsNamedAndTheCommandEndsWithTwo(kind: (resource: String, name: String), code: Int) async throws {
        let (proxy, home) = try stage(code, [kind.resource])
        defer { proxy.stop() }
        let result = try await Program.run(["rollouts", "-n", "shop", "--no-metrics"], home: home)
        #expect(result.code == 2, "\(result.code) \(result.errors)")
        #expect(
            result.errors.contains("\(kind.name) not read: ") && result.errors.contains("kept from you"),
            "\(result.errors)")
        let json = try await Program.run(["rollouts", "-n", "shop", "--no-metrics", "-o", "json"], home: home)
        let problems = try JSONValue(parsing: Array(json.output.utf8)).texts("problems")
        #expect(json.code == 2 && problems.contains { $0.hasPrefix("\(kind.name) not read: ") }, "\(json.output)")
        let partial = try await Program.run(["rollouts", "-n", "shop", "--no-metrics", "--partial"], home: home)
        #expect(partial.code == 0 && partial.errors.contains("\(kind.name) not read: "), "\(partial.errors)")
    }

    @Test func noneAreSaidWhereThatIsKnownAlone() async throws {
        let (proxy, home) = try stage(403, ["virtualservices", "canaries", "rollouts"])
        defer { proxy.stop() }
        let unknown = try await Program.run(["rollouts", "-n", "shop", "--no-metrics", "--partial"], home: home)
        #expect(!unknown.output.contains("no rollouts") && unknown.output.contains("not known"), "\(unknown.output)")
        proxy.clear()
        let none = try await Program.run(["rollouts", "-n", "istio-system", "--no-metrics"], home: home)
        #expect(none.code == 0 && none.output == "no rollouts\n" && none.errors.isEmpty, "\(none)")
    }

    @Test func theWindowSaysWhatItDoesNotKnow() async throws {
        let (proxy, home) = try stage(403, ["virtualservices", "canaries", "rollouts"])
        defer { proxy.stop() }
        let screen = try await Screen("--kubeconfig \(home.path)/kubeconfig -n shop --no-metrics")
        try await screen.wait("1 Services", "VirtualService not read")
        try await screen.keys("w")
        try await screen.wait(
            "whether a rollout stands here is not known", "VirtualService not read: ", "Canary not read: ")
    }
}
