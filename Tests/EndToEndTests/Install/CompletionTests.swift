import Base
import TestSupport
import Testing

/// What a shell completes, in that shell, and what kubectl completes behind `kubectl meshtop`.
@Suite struct CompletionTests {
    /// What bash offers for a line whose last word is not finished.
    private func bash(_ line: String) async throws -> [String] {
        let installation = try Installation.shared.get()
        let script = """
            source '\(installation.prefix)/share/bash-completion/completions/meshtop'
            set -- $(complete -p meshtop)
            while [ "$1" != -F ]; do shift; done
            COMP_LINE='\(line)'
            read -ra COMP_WORDS <<<"$COMP_LINE"
            [ "${COMP_LINE% }" = "$COMP_LINE" ] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE}
            "$2" meshtop "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let result = try await Tool.run("bash", ["--norc", "-c", script])
        #expect(result.code == 0 && result.errors == "", "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test func bashCompletesCommandsOptionsAndValues() async throws {
        #expect(try await bash("meshtop sn") == ["snapshot"])
        #expect(Set(try await bash("meshtop snapshot --pa")) == ["--pane", "--partial"])
        #expect(try await bash("meshtop snapshot -o j") == ["json"])
        #expect(try await bash("meshtop --demo r") == ["rollouts"])
        #expect(Set(try await bash("meshtop ")).isSuperset(of: try await CommandTree().commands.map(\.name)))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func aScriptIsThereForEachShell(_ shell: String) async throws {
        let share = "\(try Installation.shared.get().prefix)/share"
        let path = [
            "bash": "bash-completion/completions/meshtop", "zsh": "zsh/site-functions/_meshtop",
            "fish": "fish/vendor_completions.d/meshtop.fish",
        ][shell]
        let text = String(decoding: try Files.read("\(share)/\(try #require(path))"), as: UTF8.self)
        #expect(try await CommandTree().commands.allSatisfy { text.contains($0.name) })
        // A shell that is here reads it without a complaint.
        guard Tool.path(shell) != shell else { return }
        let check = try await Tool.run(shell, ["-n", "\(share)/\(path ?? "")"])
        #expect(check.code == 0 && check.errors == "", "\(check.errors)")
    }

    // MARK: kubectl

    private func kubectl(_ arguments: [String], _ home: TemporaryFolder) async throws -> ToolResult {
        try await Tool.run(
            "kubectl", arguments, environment: try Installation.shared.get().environment(home))
    }

    @Test func kubectlFindsThePlugin() async throws {
        let home = try TemporaryFolder()
        let version = try await kubectl(["meshtop", "--version"], home)
        #expect(version.code == 0 && version.output == "\(meshtopVersion)\n", "\(version.errors)")
        let list = try await kubectl(["plugin", "list"], home)
        #expect(list.output.contains("/kubectl-meshtop"), "\(list.output)\(list.errors)")
    }

    /// kubectl hands on what stands behind the plugin's name.
    @Test func kubectlsOwnFlagsWorkBehindTheName() async throws {
        let demo = try Demo.withoutHistory()
        let home = try TemporaryFolder()
        let result = try await kubectl(
            [
                "meshtop", "snapshot", "--pane", "workloads", "--no-metrics", "--kubeconfig", demo.kubeconfigFile,
                "--context", "meshtop-demo-viewer", "--namespace", "shop",
            ], home)
        #expect(result.code == 0 && result.output.contains("orders-v1"), "\(result.output)\(result.errors)")
        #expect(!result.output.contains("api-gateway"), "\(result.output)")
    }

    @Test func kubectlCompletesTheCommands() async throws {
        let home = try TemporaryFolder()
        func offered(_ words: [String]) async throws -> [String] {
            let result = try await kubectl(["__complete", "meshtop"] + words, home)
            #expect(result.code == 0, "\(result.errors)")
            return result.output.split(separator: "\n").map(String.init)
        }
        #expect(try await offered(["sn"]) == ["snapshot", ":4"])
        #expect(try await offered(["snapshot", "-o", "j"]) == ["json", ":4"])
        #expect(try await offered(["snapshot", "--pan"]) == ["--pane", ":4"])
        #expect(try await offered(["apply", "-f", "nothing-of-this-name"]) == [":0"])
    }
}
