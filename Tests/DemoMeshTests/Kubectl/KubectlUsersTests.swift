import DemoMesh
import TestSupport
import Testing

/// kubectl through the kubeconfig that the mesh writes, as each of its users. It sends no token over plain HTTP.
@Suite(.serialized) struct KubectlUsersTests: KubectlSuite {
    static let demo = Result<Demo, any Error> { try Demo.withoutHistory() }

    @Test(arguments: [
        ("meshtop-demo", "demo-admin", 0, 0), ("meshtop-demo-viewer", "demo-viewer", 1, 1),
        ("meshtop-demo-operator", "demo-operator", 0, 1),
    ]) func everyUserIsWhoItIs(_ context: String, _ name: String, _ inShop: Int32, _ inSystem: Int32) async throws {
        expect(try await kubectl("auth", "whoami", context: context), 0, name)
        expect(try await kubectl("get", "pods", "-n", "shop", context: context), 0, "ads-v1")
        for (namespace, code) in [("shop", inShop), ("istio-system", inSystem)] {
            let result = try await kubectl(
                "create", "configmap", "of-\(name)", "-n", namespace, "--from-literal=a=b", context: context)
            expect(result, code, code == 0 ? "created" : "\"\(name)\" cannot create")
        }
    }

    @Test func withoutItsAddressItIsNobody() async throws {
        let server = try Self.demo.get().server.url
        let result = try await kubectl("--server", server, "get", "pods", "-n", "shop")
        #expect(result.code == 1 && !result.output.contains("ads"), "\(result.output)\(result.errors)")
    }
}
