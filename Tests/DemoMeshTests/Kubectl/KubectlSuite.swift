import DemoMesh
import TestSupport
import Testing

/// A suite that runs the real kubectl against its demo mesh.
protocol KubectlSuite {
    static var demo: Result<Demo, any Error> { get }
}

extension KubectlSuite {
    func kubectl(_ arguments: String..., input: String = "", context: String = "meshtop-demo") async throws
        -> ToolResult
    {
        let demo = try Self.demo.get()
        return try await Tool.run(
            "kubectl", ["--context", context] + arguments,
            environment: [
                "KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path, "KUBECTL_EXTERNAL_DIFF": "diff -u -N",
            ], input: input,
            timeoutSeconds: 60)
    }

    func expect(_ result: ToolResult, _ code: Int32, _ words: String..., line: Int = #line) {
        let place = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
        #expect(result.code == code, "\(result.output)\(result.errors)", sourceLocation: place)
        for word in words {
            #expect(
                (result.output + result.errors).contains(word), "\(result.output)\(result.errors)",
                sourceLocation: place)
        }
    }
}
