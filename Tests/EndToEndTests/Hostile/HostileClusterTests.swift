import TestSupport
import Testing

/// Nothing that a cluster says reaches the terminal as more than text: through every headless output, and every pane.
@Suite struct HostileClusterTests {
    private let server: CannedServer
    private let home: TemporaryFolder

    init() throws {
        server = try CannedServer(HostileCluster.answer)
        home = try TemporaryFolder()
        try home.write(
            "kubeconfig",
            """
            current-context: c
            clusters: [{name: c, cluster: {server: "\(server.url)"}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """)
    }

    /// Scalars that a terminal obeys or that change what a reader sees, other than the line feed.
    private func unsafe(_ text: String) -> [String] {
        let found = text.unicodeScalars.filter { scalar in
            let value = scalar.value
            return value < 0x20 && value != 0x0A || (0x7F..<0xA0).contains(value) || (0x200B...0x200F).contains(value)
                || (0x202A...0x202E).contains(value) || (0x2060...0x2069).contains(value)
                || (0xE0000...0xE0FFF).contains(value)
        }
        return Set(found.map { "U+" + String($0.value, radix: 16) }).sorted()
    }

    @Test(arguments: [
        ["snapshot"], ["snapshot", "-o", "json"], ["snapshot", "-o", "yaml"], ["snapshot", "--pane", "services"],
        ["snapshot", "--pane", "topology"], ["snapshot", "--pane", "traffic"], ["snapshot", "--pane", "latency"],
        ["snapshot", "--pane", "breakers"], ["snapshot", "--pane", "workloads"],
        ["snapshot", "-n", HostileCluster.text.replacing("\u{0}", with: "")],
        ["doctor"], ["scale", "deployment/web", "-n", "shop", "--replicas", "2"],
        ["restart", "deployment/web", "-n", "shop"],
        ["shift", "web", "a=50", "b=50", "-n", "shop"], ["policy", "mtls", "-n", "shop", "web", "mode=STRICT"],
        ["undo"], ["journal"], ["journal", "-o", "json"], ["--context", "nosuch\u{1B}[31m", "snapshot"],
    ])
    func headlessOutputsAreText(_ arguments: [String]) async throws {
        let result = try await Program.run(
            arguments + ["--prometheus", "\(server.url)/prom"], home: home, timeoutSeconds: 60)
        #expect(unsafe(result.output) == [], "\(arguments)")
        #expect(unsafe(result.errors) == [], "\(arguments): \(result.errors)")
        #expect(!result.output.isEmpty || !result.errors.isEmpty)
        if arguments.first == "snapshot", arguments.count < 4, !arguments.contains("-n") {
            // The texts are there, made harmless, not left out.
            #expect(result.output.contains("evil"), "\(result.output)\(result.errors)")
        }
    }

    /// What the program writes to the terminal, byte by byte, while every pane and overlay is shown.
    @Test func noPaneObeysTheCluster() async throws {
        let screen = try await Screen(
            "--kubeconfig \(home.path)/kubeconfig --prometheus \(server.url)/prom", width: 200, height: 50,
            records: true)
        try await screen.wait("1 Services", "web")
        for pane in 1...6 {
            try await screen.keys("\(pane)", "+")
            try await screen.wait("web")
            for key in [".", "y", "?", "n", "!", "W", "S", "E", "R"] {
                let drawn = screen.home.read("raw").utf8.count
                try await screen.keys(key)
                // Not every key shows something in every pane.
                _ = try await eventually(within: 0.3, every: 0.02) {
                    screen.home.read("raw").utf8.count > drawn ? true : nil
                }
                try await screen.keys("Escape", "Escape")
            }
            try await screen.keys("+")
        }
        try await screen.type(":q")
        try await screen.keys("Enter")
        try await screen.wait("finished")
        let raw = screen.home.read("raw")
        #expect(raw.contains("web"))
        for sequence in ["\u{1B}]0;", "\u{1B}]2;", "pwn\u{7}", "\u{1B}[99;99H", "\u{1B}[6n", "\u{1B}P"] {
            #expect(!raw.contains(sequence), "\(sequence.debugDescription)")
        }
        let scalars = raw.unicodeScalars
        #expect(!scalars.contains { (0x80..<0xA0).contains($0.value) })
        #expect(!scalars.contains { (0x202A...0x202E).contains($0.value) || (0x2066...0x2069).contains($0.value) })
        #expect(!scalars.contains { $0.value == 0x200B || (0xE0000...0xE0FFF).contains($0.value) })
    }
}
