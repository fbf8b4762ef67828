import Base
import TestSupport
import Testing

/// The editor takes the terminal and gives it back, whatever becomes of it.
@Suite struct EditorTests {
    private let demo: Demo
    private let folder: TemporaryFolder

    init() throws {
        demo = try Demo()
        folder = try TemporaryFolder()
    }

    private func editor(_ script: String) async throws -> String {
        let path = try folder.write("editor.sh", "#!/bin/sh\n\(script)\n")
        #expect(try await Tool.run("chmod", ["+x", path]).code == 0)
        return path
    }

    private func screen(_ editor: String, width: Int = 120, height: Int = 30) async throws -> Screen {
        let screen = try await Screen(
            "--kubeconfig \(demo.kubeconfigFile) -n shop", width: width, height: height,
            environment: ["KUBE_EDITOR": editor, "TMPDIR": folder.path])
        try await screen.wait("1 Services", "reviews", "k8s●")
        return screen
    }

    private func leave(_ screen: Screen) async throws {
        try await screen.wait("1 Services", "k8s●")
        try await screen.type(":q")
        try await screen.keys("Enter")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0, "\(screen.home.read("errors"))")
        #expect(!screen.settingsBefore.isEmpty && screen.settingsBefore == screen.settingsAfter)
        // Nothing is left of the private folder.
        #expect(try Files.list("\(screen.home.path)/state/meshtop/editing").isEmpty)
    }

    private func edit(_ screen: Screen, _ object: String = "virtualservice/reviews") async throws {
        try await screen.type(":edit \(object)")
        try await screen.keys("Enter")
    }

    private func weights() async throws -> [Int?] {
        try await demo.get(Paths.virtualService("reviews")).at("spec", "http")?[1]?.list("route").map {
            $0["weight"]?.int
        } ?? []
    }

    /// The editor is a person at the keyboard: it reads from the terminal, in the terminal's usual mode.
    @Test func anEditIsMadePreviewedSentAndTakenBack() async throws {
        let before = try await weights()
        let screen = try await screen(
            try await editor(
                """
                [ "$(stat -c %a "$1")" = 600 ] && [ "$(stat -c %a "$(dirname "$1")")" = 700 ] || exit 9
                stty -a | grep -q ' icanon' || exit 8
                printf 'timeout: '; read seconds
                sed -i "s/^  hosts:$/  exportTo: ['$seconds']\\n  hosts:/" "$1"
                """))
        try await edit(screen)
        try await screen.wait("timeout:")
        try await screen.type("*")
        try await screen.keys("Enter")
        try await screen.wait("Edit VirtualService reviews", "exportTo", "dry run: the server accepts it")
        try await screen.confirm()
        try await screen.wait("verified", within: 60)
        #expect(try await demo.get(Paths.virtualService("reviews")).at("spec", "exportTo") == ["*"])
        #expect(try await weights() == before)
        try await screen.keys("Enter", "z")
        try await screen.wait("Undo: Edit VirtualService reviews", "dry run")
        try await screen.confirm()
        try await screen.wait("verified", within: 60)
        #expect(try await demo.get(Paths.virtualService("reviews")).at("spec", "exportTo") == nil)
        try await screen.keys("Enter")
        try await leave(screen)
    }

    /// Missing, failing, killed in raw mode on another screen: each says so, and the screen is back.
    @Test(arguments: [
        ("/nowhere/editor", "was not found"), ("exit 3", "ended with code 3"),
        ("stty raw -echo; printf '\\033[?1049hALIEN'; kill -9 $$", "signal 9 ended it"), ("", "nothing changed"),
        // As ctrl-z in vi does: the whole job is stopped.
        ("kill -TSTP $PPID; sleep 1", "nothing changed"),
    ]) func anEditorThatFailsLeavesTheScreenAsItWas(_ script: String, _ words: String) async throws {
        let screen = try await screen(script.hasPrefix("/") ? script : try await editor(script))
        try await edit(screen)
        try await screen.wait("1 Services", words)
        // Keys work, and nothing of the editor is seen.
        try await screen.keys("6", "+")
        try await screen.wait("reviews-v1")
        #expect(try await !screen.text().contains("ALIEN"))
        try await leave(screen)
    }

    @Test func badYAMLIsMendedInTheSameText() async throws {
        let screen = try await screen(
            try await editor(
                """
                if [ -e \(folder.path)/once ]; then sed -i 's/^\\thosts:/  hosts:/' "$1"
                else touch \(folder.path)/once; sed -i 's/^  hosts:/\\thosts:/; s/^spec:/spec:\\n  exportTo: ["*"]/' "$1"; fi
                """), width: 80, height: 24)
        try await edit(screen)
        try await screen.wait("Edit again?", "line 14, column 1: a tab")
        try await screen.keys("y")
        try await screen.wait("Edit VirtualService reviews", "exportTo")
        try await screen.keys("Escape")
        try await screen.wait("your text is kept in")
        let kept = try Files.list("\(screen.home.path)/state/meshtop/edits")
        #expect(kept.count == 1)
        #expect(screen.home.read("state/meshtop/edits/\(kept.first ?? "")").contains("exportTo"))
        try await leave(screen)
    }

    @Test func somebodyElsesChangeMeanwhileWinsAndTheTextIsKept() async throws {
        let screen = try await screen(
            try await editor(#"printf 'now: '; read x; sed -i 's/^spec:/spec:\n  exportTo: ["*"]/' "$1""#))
        try await edit(screen)
        try await screen.wait("now:")
        try await demo.mergePatch(Paths.virtualService("reviews"), ["spec": ["exportTo": ["web"]]])
        try await screen.keys("Enter")
        try await screen.wait("changed by someone", "e edit again")
        try await screen.keys("Escape")
        try await screen.wait("your text is kept in")
        #expect(try await demo.get(Paths.virtualService("reviews")).at("spec", "exportTo") == ["web"])
        try await leave(screen)
    }

    /// The editor does not outlive the program on the shell's terminal.
    @Test func whoeverEndsTheProgramEndsTheEditor() async throws {
        let screen = try await screen(try await editor("echo $$ > \(folder.path)/pid; printf 'EDITOR'; sleep 300"))
        try await edit(screen)
        try await screen.wait("EDITOR")
        let process = try #require(try await screen.process())
        #expect(try await Tool.run("kill", ["-TERM", "\(process)"]).code == 0)
        try await screen.wait("finished")
        #expect(screen.exitCode == 143 && screen.settingsBefore == screen.settingsAfter)
        let id = folder.read("pid").trimmingSpace()
        #expect(try await Tool.run("kill", ["-0", id]).code != 0)
    }

    @Test func theCommandLineEditsWithoutADashboard() async throws {
        let home = try TemporaryFolder()
        try home.write("config/meshtop/config.yaml", Program.shortWindow)
        let environment = [
            "EDITOR": try await editor(#"sed -i 's/^spec:/spec:\n  exportTo: ["*"]/' "$1""#), "KUBE_EDITOR": "",
        ]
        let common = ["edit", "vs/reviews", "-n", "shop", "--kubeconfig", demo.kubeconfigFile]
        func run(_ more: [String], _ variables: [String: String]) async throws -> ToolResult {
            try await Program.run(common + more, home: home, environment: variables)
        }
        // What is kept is not kept for ever.
        try home.write("state/meshtop/edits/20200101000000-secret.yaml", "old")
        try home.write("state/meshtop/edits/mine.yaml", "somebody's own")
        let asked = try await run([], environment)
        let kept = try Files.list("\(home.path)/state/meshtop/edits")
        #expect(kept.count == 2 && kept.contains("mine.yaml") && !kept.contains("20200101000000-secret.yaml"))
        #expect(asked.code == 3 && asked.output.contains("+  exportTo:"), "\(asked.output)\(asked.errors)")
        #expect(asked.errors.contains("your text is kept in \(home.path)/state/meshtop/edits/"))
        let sent = try await run(["--yes"], environment)
        #expect(sent.code == 0 && sent.output.contains("verified"), "\(sent.output)\(sent.errors)")
        #expect(try await demo.get(Paths.virtualService("reviews")).at("spec", "exportTo") == ["*"])
        let same = try await run(["--yes"], ["EDITOR": "true", "KUBE_EDITOR": ""])
        #expect(same.code == 0 && same.output.contains("nothing changed"))
        let bad = try await run(["--yes"], ["EDITOR": try await editor(#"printf '\tx' > "$1""#), "KUBE_EDITOR": ""])
        #expect(bad.code == 2 && bad.errors.contains("line 1") && bad.errors.contains("your text is kept in"))
        let refused = try await run(["--read-only"], environment)
        #expect(refused.code == 2 && refused.errors.contains("read-only"))
    }
}
