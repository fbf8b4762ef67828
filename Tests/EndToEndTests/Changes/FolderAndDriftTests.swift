import Base
import DemoMesh
import TestSupport
import Testing

/// Folders of manifests, undo over other people's work and the log, with the built program.
@Suite struct FolderAndDriftTests {
    private let demo: Demo
    private let home: TemporaryFolder

    init() throws {
        demo = try Demo()
        home = try TemporaryFolder()
    }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await Program.run(
            arguments + ["--kubeconfig", demo.kubeconfigFile, "-n", "shop", "--no-metrics"], home: home)
    }

    /// Where each manifest says itself, which -n would refuse.
    private func runAnywhere(_ arguments: String...) async throws -> ToolResult {
        try await Program.run(arguments + ["--kubeconfig", demo.kubeconfigFile, "--no-metrics"], home: home)
    }

    private func configMap(_ name: String, _ value: String = "1", namespace: String = "shop") -> String {
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name), namespace: \(namespace)}, data: {a: \"\(value)\"}}\n"
    }

    /// In production a habit of --yes is not enough where the command does not say what it changes.
    @Test func productionWantsTheNameWhereTheCommandDoesNotSayIt() async throws {
        try home.write("m.yaml", configMap("limits", namespace: "manager-agent-ai-prod"))
        let path = "/api/v1/namespaces/manager-agent-ai-prod/configmaps/limits"
        let refused = try await runAnywhere("apply", "-f", "\(home.path)/m.yaml", "--yes")
        #expect(refused.code == 3 && refused.errors.contains("--confirm limits"), "\(refused.errors)")
        #expect(try await !demo.exists(path))
        let wrong = try await runAnywhere("apply", "-f", "\(home.path)/m.yaml", "--yes", "--confirm", "other")
        #expect(wrong.code == 3)
        let sent = try await runAnywhere("apply", "-f", "\(home.path)/m.yaml", "--yes", "--confirm", "limits")
        #expect(sent.code == 0, "\(sent.errors)")
        #expect(try await demo.exists(path))
        // The name is in the command.
        let scaled = try await Program.run(
            [
                "scale", "deployment/manager-agent-v1", "--replicas", "3", "-n", "manager-agent-ai-prod", "--yes",
                "--verify-timeout", "2", "--kubeconfig", demo.kubeconfigFile, "--no-metrics",
            ], home: home)
        #expect(scaled.output.contains("applied; journal"), "\(scaled.output)\(scaled.errors)")
    }

    @Test func aFolderIsOneChangeAndOneUndo() async throws {
        try home.write("m/1-late.yaml", configMap("late", namespace: "fresh"))
        try home.write("m/2-namespace.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: fresh}}")
        try home.write("m/deep/plain.yaml", configMap("plain"))
        let folder = "\(home.path)/m"
        let shown = try await runAnywhere("apply", "-f", folder, "-R")
        #expect(
            shown.code == 3 && shown.output.contains("not dry-run, namespace fresh is created by this change first"))
        #expect(shown.output.contains("dry run: the server accepts 2 of 3; 1 could not be tried before"))
        #expect(shown.output.contains("apply -f \(folder) -R"), "\(shown.output)")
        let sent = try await runAnywhere("apply", "-f", folder, "-R", "--yes")
        #expect(sent.code == 0, "\(sent.output)\(sent.errors)")
        #expect(try await demo.exists("/api/v1/namespaces/fresh/configmaps/late"))
        #expect(try await demo.exists("/api/v1/namespaces/shop/configmaps/plain"))
        // With the name of one of its namespaces no half of it is meant.
        let half = try await run("undo", "--yes")
        #expect(half.code == 2 && half.errors.contains("it changed ConfigMap fresh/late"), "\(half.errors)")
        let back = try await runAnywhere("undo", "--yes")
        #expect(back.code == 0, "\(back.output)\(back.errors)")
        #expect(try await !demo.exists("/api/v1/namespaces/shop/configmaps/plain"))
    }

    /// The namespace comes with the set, so its object cannot be tried before: the refusal comes on the way.
    @Test(arguments: [true, false]) func aRefusalOnTheWayIsTakenBackWhenAskedTo(_ undo: Bool) async throws {
        try home.write("m/a.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: fresh}}\n")
        try home.write(
            "m/b.yaml",
            "# a comment\n{apiVersion: v1, kind: ConfigMap, metadata: {name: bad, namespace: fresh}, nonsense: 1}\n")
        try home.write("m/c.yaml", configMap("never", namespace: "fresh"))
        let more = undo ? ["--undo-on-failure"] : []
        let result = try await Program.run(
            ["apply", "-f", "\(home.path)/m", "--yes", "--kubeconfig", demo.kubeconfigFile, "--no-metrics"] + more,
            home: home)
        #expect(result.code == 4, "\(result.output)\(result.errors)")
        #expect(
            result.output.contains(
                "applied: Namespace fresh\nrefused: ConfigMap fresh/bad\nnot sent: ConfigMap fresh/never\n"))
        #expect(result.errors.contains("b.yaml, document 1, line 2"), "\(result.errors)")
        if undo {
            #expect(result.errors.contains("what was applied was taken back"), "\(result.output)\(result.errors)")
            #expect(try await !demo.exists("/api/v1/namespaces/fresh"))
        } else {
            #expect(result.errors.contains("meshtop undo 26") && result.errors.split(separator: "\n").count == 1)
            #expect(try await demo.exists("/api/v1/namespaces/fresh"))
        }
    }

    @Test func anUndoOverDriftNeedsItsFlag() async throws {
        try home.write("a.yaml", configMap("settings", "before"))
        #expect(try await run("apply", "-f", "\(home.path)/a.yaml", "--yes").code == 0)
        try home.write("a.yaml", configMap("settings", "mine"))
        #expect(try await run("apply", "-f", "\(home.path)/a.yaml", "--yes").code == 0)
        let path = "/api/v1/namespaces/shop/configmaps/settings"
        try await demo.mergePatch(path, ["data": ["a": "theirs", "b": "other"]])
        let refused = try await run("undo", "--yes")
        #expect(refused.code == 4 && refused.errors.contains("--over-drift"))
        #expect(
            refused.output.contains(
                "✖ changed by both: ConfigMap settings data.a  before before, changed to mine, now theirs"),
            "\(refused.output)")
        #expect(try await demo.get(path).at("data", "a") == "theirs")
        let done = try await run("undo", "--yes", "--over-drift")
        #expect(done.code == 0, "\(done.output)\(done.errors)")
        #expect(try await demo.get(path)["data"] == ["a": "before", "b": "other"])
    }

    @Test func theLogShowsCallsAndTakesAChosenChangeBack() async throws {
        let screen = try await Screen("--kubeconfig \(demo.kubeconfigFile) -n shop", width: 100, height: 30)
        try await screen.wait("1 Services", "reviews", "k8s●")
        try screen.home.write("m/one.yaml", configMap("one"))
        try screen.home.write("m/two.yaml", configMap("two"))
        for name in ["one.yaml", "two.yaml"] {
            try await screen.type(":apply \(screen.home.path)/m/\(name)")
            try await screen.keys("Enter")
            try await screen.wait("dry run: the server accepts it")
            try await screen.confirm()
            try await screen.wait("verified")
            try await screen.keys("Enter")
        }
        try await screen.keys("@")
        try await screen.wait("[Calls]", "kubectl get", "200")
        try await screen.keys("Tab", "Down")
        try await screen.wait("[Changes]", "Apply ConfigMap two", "Apply ConfigMap one")
        try await screen.keys("Enter")
        try await screen.wait("Undo: Apply ConfigMap one", "dry run: the server accepts it")
        try await screen.confirm()
        try await screen.wait("verified")
        #expect(try await !demo.exists("/api/v1/namespaces/shop/configmaps/one"))
        #expect(try await demo.exists("/api/v1/namespaces/shop/configmaps/two"))
        try await screen.keys("Enter")
        // A folder is one question.
        try await screen.type(":apply \(screen.home.path)/m")
        try await screen.keys("Enter")
        try await screen.wait("Apply 2 objects")
    }
}
