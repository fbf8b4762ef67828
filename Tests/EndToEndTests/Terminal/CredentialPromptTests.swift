import Base
import DemoMesh
import TestSupport
import Testing

/// Credential plugins at a terminal: one that asks something gets the screen and gives it back, the others stay silent.
@Suite struct CredentialPromptTests {
    private func credential(_ demo: Demo) -> String {
        let token = demo.server.credentials.admin.token
        return
            #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"\#(token)"}}"#
    }

    /// A screen on a demo mesh whose only user has this plugin.
    private func screen(_ script: String, mode: String, _ demo: Demo) async throws -> Screen {
        let folder = try TemporaryFolder()
        let plugin = try folder.write("plugin.sh", "#!/bin/sh\n\(script)\n")
        #expect(try await Tool.run("chmod", ["+x", plugin]).code == 0)
        let kubeconfig = try demo.folder.write(
            "prompt-\(mode)",
            """
            current-context: a
            contexts: [{name: a, context: {cluster: c, user: u, namespace: shop}}]
            clusters: [{name: c, cluster: {server: "\(demo.server.url)"}}]
            users:
            - name: u
              user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: \(plugin), interactiveMode: \(mode)}}
            """)
        let screen = try await Screen("--kubeconfig \(kubeconfig)", width: 120, height: 30)
        held.withLock { $0.append(folder) }
        return screen
    }

    private let held = Lock<[TemporaryFolder]>([])

    @Test(arguments: ["Always", "IfAvailable"])
    func aPluginThatAsksGetsTheTerminalAndGivesItBack(_ mode: String) async throws {
        let demo = try Demo()
        let screen = try await screen(
            """
            printf 'Password for demo: ' >&2
            read answer
            [ "$answer" = secret ] || exit 1
            echo '\(credential(demo))'
            """, mode: mode, demo)
        try await screen.wait("Password for demo:")
        try await screen.type("secret")
        try await screen.keys("Enter")
        try await screen.wait("1 Services", "ads", "k8s●")
        try await screen.type(":q")
        try await screen.keys("Enter")
        try await screen.wait("finished")
        #expect(screen.settingsBefore == screen.settingsAfter)
    }

    @Test func aPluginThatIsInterruptedIsNotAskedAgainAtOnce() async throws {
        let demo = try Demo()
        let screen = try await screen("printf 'Password: ' >&2; read answer; exit 1", mode: "Always", demo)
        try await screen.wait("Password:")
        try await screen.keys("C-c")
        try await screen.wait("k8s✖", "credential plugin", "it ended with code")
        // Retries go on meanwhile, the first after a second; none of them takes the screen away.
        let seconds = Lock<Set<String>>([])
        let isKept = try await eventually { () -> Bool? in
            let text = try await screen.text()
            guard text.contains("k8s✖") else { return false }
            let clock = String(text.prefix { $0 != "\n" }.trimmingSpace().suffix(8))
            return seconds.withLock { seconds in
                seconds.insert(clock)
                return seconds.count > 4 ? true : nil
            }
        }
        let text = try await screen.text()
        #expect(isKept == true, "\(text)")
    }

    @Test func wordsOfAPluginThatAsksNothingStayOffTheScreen() async throws {
        let demo = try Demo()
        let screen = try await screen(
            "echo NOISE-ON-STDERR >&2; echo '\(credential(demo))'", mode: "Never", demo)
        try await screen.wait("1 Services", "ads", "k8s●")
        #expect(try await !screen.text().contains("NOISE"))
    }
}
