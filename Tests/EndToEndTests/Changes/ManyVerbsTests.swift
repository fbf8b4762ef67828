import TestSupport
import Testing

/// Several people and pipelines work on one cluster: what each asks for is little, and all are answered.
@Suite struct ManyVerbsTests {
    @Test func verbsAtOnceAreAllPlannedAndCheckedByTheServer() async throws {
        let demo = try Demo()
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for replicas in 3..<15 {
                group.addTask {
                    // Without --yes: planned on the whole mesh, and sent as a dry run.
                    let result = try await Program.run(
                        [
                            "scale", "deployment/checkout-v1", "-n", "shop", "--replicas", "\(replicas)",
                            "--kubeconfig", demo.kubeconfigFile,
                        ], home: demo.folder)
                    return result.output + result.errors
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 12)
        for answer in answers { #expect(answer.contains("dry run: the server accepts it"), "\(answer)") }
    }
}
