// The program in a pseudo-terminal: tmux gives it one, takes keys and tells what is on the screen.

import Base
import TestSupport
import Testing

final class Screen: Sendable {
    let home: TemporaryFolder
    private let socket: String

    /// Runs `meshtop` with these arguments in a shell that notes the terminal's settings before and after.
    init(
        _ arguments: String, width: Int = 160, height: Int = 45, term: String? = "tmux-256color",
        environment: [String: String] = [:],
        configuration: String = Program.shortWindow, records: Bool = false
    ) async throws {
        home = try TemporaryFolder()
        socket = "meshtop-\(home.path.split(separator: "-").last ?? "test")"
        try home.write("config/meshtop/config.yaml", configuration)
        var variables = Program.environment(home)
        variables.merge(environment) { $1 }
        let exports = variables.sorted { $0.key < $1.key }.map { "export \($0.key)='\($0.value)'" }.joined(
            separator: "\n")
        let terminal = term.map { "export TERM=\($0)" } ?? "unset TERM"
        let script = try home.write(
            "run.sh",
            """
            \(exports)
            \(terminal)
            export SWIFT_BACKTRACE=enable=no
            \(records ? "while [ ! -e \(home.path)/raw ]; do sleep 0.05; done" : "")
            stty -g > \(home.path)/before
            \(Tool.meshtop) \(arguments) 2> \(home.path)/errors
            echo $? > \(home.path)/code
            stty -g > \(home.path)/after
            echo finished
            sleep 600

            """)
        try await tmux("new-session", "-d", "-x", String(width), "-y", String(height), "sh \(script)")
        // What is written to the terminal, byte by byte, from before the program starts.
        if records { try await tmux("pipe-pane", "cat > \(home.path)/raw") }
    }

    deinit {
        // Nobody is left to hear of a failure.
        _ = try? Subprocess.runBlocking(
            "tmux", ["-L", socket, "kill-server"], environment: [:], input: [], timeoutSeconds: 10)
    }

    @discardableResult
    private func tmux(_ arguments: String...) async throws -> String {
        let result = try await Tool.run("tmux", ["-L", socket, "-f", "/dev/null"] + arguments)
        guard result.code == 0 else { throw MeshTopError(.environment, "tmux", why: result.errors) }
        return result.output
    }

    /// Keys by tmux's names: "Tab", "Enter", "Escape", "Up", or characters.
    func keys(_ names: String...) async throws {
        for name in names { try await tmux("send-keys", name) }
    }

    /// Says yes to a preview as soon as that counts: it has to be on the screen for a while.
    func confirm(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let signs = ["sending", "applied", "verified", "rolled back", "Rollouts "]
        let sent = try await eventually(within: 20) { () -> Bool? in
            try await self.keys("y")
            return try await eventually(within: 0.8) {
                let now = try await self.text()
                return signs.contains(where: now.contains) ? true : nil
            }
        }
        if sent == nil {
            Issue.record("the yes never counted\n\(try await text())", sourceLocation: sourceLocation)
        }
    }

    func type(_ text: String) async throws { try await tmux("send-keys", "-l", text) }

    func resize(_ width: Int, _ height: Int) async throws {
        try await tmux("resize-window", "-x", String(width), "-y", String(height))
    }

    func text() async throws -> String { try await tmux("capture-pane", "-p") }

    /// With colours and attributes as escape sequences.
    func styledText() async throws -> String { try await tmux("capture-pane", "-p", "-e") }

    /// Waits until the screen is as asked; records the screen when it never is.
    @discardableResult
    func wait(
        within seconds: Double = 30, _ what: String, _ sourceLocation: SourceLocation = #_sourceLocation,
        until matches: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        // Each look is a program of its own.
        let found = try await eventually(within: seconds, every: 0.1) { () -> String? in
            let now = try await self.text()
            return matches(now) ? now : nil
        }
        if let found { return found }
        Issue.record("never seen: \(what)\n\(try await text())\(home.read("errors"))", sourceLocation: sourceLocation)
        return ""
    }

    @discardableResult
    func wait(_ words: String..., within seconds: Double = 30, sourceLocation: SourceLocation = #_sourceLocation)
        async throws -> String
    {
        try await wait(within: seconds, words.joined(separator: ", "), sourceLocation) { text in
            words.allSatisfy(text.contains)
        }
    }

    /// Waits until one row of the screen has all these words.
    func waitRow(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await wait(words.joined(separator: ", "), sourceLocation) { text in
            text.split(separator: "\n").contains { line in words.allSatisfy(line.contains) }
        }
    }

    /// The id of the running meshtop.
    func process() async throws -> Int32? {
        let shell = try await tmux("list-panes", "-F", "#{pane_pid}").trimmingSpace()
        let children = try await Tool.run("ps", ["-o", "pid=", "--ppid", shell]).output
        return children.split(whereSeparator: { $0 == "\n" || $0 == " " }).first.flatMap { Int32($0) }
    }

    var exitCode: Int? { Int(home.read("code").trimmingSpace()) }
    var settingsBefore: String { home.read("before") }
    var settingsAfter: String { home.read("after") }
}
