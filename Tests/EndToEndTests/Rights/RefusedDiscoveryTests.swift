import Base
import DemoMesh
import TestSupport
import Testing

/// A server that does not say what it serves: the reason is named at once, and what can be read is read.
@Suite(.serialized) struct RefusedDiscoveryTests {
    static let demo = Result { try Demo() }

    private func stage(_ paths: [String]) throws -> (FaultProxy, TemporaryFolder) {
        let demo = try Self.demo.get()
        let proxy = try FaultProxy(to: demo.server.port)
        proxy.add(
            .answer(
                403,
                body:
                    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"message\":\"paths are kept from you\",\"code\":403}"
            ), times: 100_000
        ) { line in paths.contains { line.prefix { $0 != "?" } == "GET \($0)" } }
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.kubeconfig(through: proxy))
        return (proxy, home)
    }

    /// Runs a command that prints what it has, and ends with 2 as the refusal says.
    private func printed(_ words: [String], _ home: TemporaryFolder) async throws -> ToolResult {
        let result = try await Program.run(words, home: home)
        #expect(result.code == 2 && result.errors.contains("paths are kept from you"), "\(words): \(result.errors)")
        return result
    }

    private func value(of result: ToolResult) throws -> JSONValue { try JSONValue(parsing: Array(result.output.utf8)) }

    @Test func withoutTheGroupsTheCoreIsReadAndTheRestIsNamed() async throws {
        let (proxy, home) = try stage(["/apis"])
        defer { proxy.stop() }
        let snapshot = try await printed(["snapshot", "-o", "json", "--no-metrics"], home)
        #expect(snapshot.errors.contains("VirtualService") && !snapshot.errors.contains("Pod,"), "\(snapshot.errors)")
        #expect(try !value(of: snapshot).list("services").isEmpty)
        _ = try await printed(["analyze"], home)
        let scale = try await Program.run(["scale", "deploy/ads-v1", "--replicas", "3", "-n", "shop"], home: home)
        #expect(scale.code != 0 && scale.errors.contains("paths are kept from you"), "\(scale.errors)")
    }

    @Test func withoutTheCoreTheGroupsAreRead() async throws {
        let (proxy, home) = try stage(["/api"])
        defer { proxy.stop() }
        let snapshot = try await printed(["snapshot", "-o", "json", "--no-metrics"], home)
        #expect(snapshot.errors.contains("Pod") && !snapshot.errors.contains("VirtualService"), "\(snapshot.errors)")
        let value = try value(of: snapshot)
        #expect(!value.list("routes").isEmpty)
        // Which pods have a proxy is not known without the pods.
        let policies = value.list("policies")
        let known = policies.filter { $0["namespace"] == "shop" && $0["injection"] != "unknown" }
        #expect(!policies.isEmpty && known.isEmpty, "\(known)")
    }

    @Test func withoutBothTheRefusalIsTheAnswer() async throws {
        let (proxy, home) = try stage(["/api", "/apis"])
        defer { proxy.stop() }
        for words in [["snapshot"], ["analyze"], ["scale", "deploy/ads-v1", "--replicas", "3", "-n", "shop"]] {
            let result = try await Program.run(words + ["--no-metrics"], home: home)
            #expect(
                result.code == 2 && result.errors.contains("paths are kept from you")
                    && !result.errors.contains("in time"), "\(words): \(result.code) \(result.errors)")
        }
    }
}
