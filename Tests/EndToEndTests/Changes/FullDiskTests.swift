import Base
import DemoMesh
import TestSupport
import Testing

/// A file that may not grow stands for a disk that is full: the change is refused, and the journal is as it was.
@Suite struct FullDiskTests {
    /// Blocks of 512 bytes that a file may have.
    private let blocks = 64

    @Test(arguments: [20, 900, 9000]) func aChangeThatCannotBeJournalledIsNotSent(_ room: Int) async throws {
        let demo = try Demo.withoutHistory()
        let home = try TemporaryFolder()
        try home.write("config/meshtop/config.yaml", Program.shortWindow)
        let journal = "state/meshtop/journal.jsonl"
        let line =
            #"{"id":"old","verb":"scale","title":"Old","outcome":"sent","user":"\#(String(repeating: "x", count: blocks * 512 - room - 70))"}"#
            + "\n"
        try home.write(journal, line)
        let path = Paths.deployment("ads-v1")
        let before = try await demo.get(path).at("spec", "replicas")
        let script = "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\""
        func scale(_ script: String) async throws -> ToolResult {
            try await Tool.run(
                "sh",
                ["-c", script, "sh", Tool.meshtop]
                    + ["scale", "deployment/ads-v1", "-n", "shop", "--replicas", "6", "--yes"]
                    + ["--kubeconfig", demo.kubeconfigFile], environment: Program.environment(home))
        }
        let refused = try await scale(script)
        #expect(refused.code == 2, "\(refused.output)\(refused.errors)")
        #expect(refused.errors.contains("journal.jsonl") && refused.errors.contains("too large"), "\(refused.errors)")
        #expect(try await demo.get(path).at("spec", "replicas") == before)
        #expect(home.read(journal) == line)
        // The next one, with room again, is whole.
        #expect(try await scale("exec \"$@\"").code == 0)
        #expect(home.read(journal).hasPrefix(line + "{"))
        #expect(try await demo.get(path).at("spec", "replicas") == 6)
    }
}
