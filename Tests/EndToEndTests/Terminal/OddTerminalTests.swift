import TestSupport
import Testing

/// Terminals that offer little, or say nothing about themselves.
@Suite struct OddTerminalTests {
    @Test(arguments: [nil, "nosuch", "vt100", "linux", "xterm"] as [String?])
    func aTerminalThatIsUnknownOrPlainShowsTheScreen(_ term: String?) async throws {
        let screen = try await Screen("--demo", width: 120, height: 32, term: term)
        try await screen.wait("1 Services", "ads", "k8s")
        try await screen.type(":q")
        try await screen.keys("Enter")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0, "\(screen.home.read("errors"))")
        #expect(screen.settingsBefore == screen.settingsAfter)
    }

    @Test func aDumbTerminalGetsOneSnapshot() async throws {
        let screen = try await Screen("--demo", width: 120, height: 60, term: "dumb")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0)
    }

    @Test func aLocaleWithoutUTF8GetsASCIIAlone() async throws {
        let screen = try await Screen("--demo", width: 120, height: 32, environment: ["LANG": "C", "LC_ALL": "C"])
        let text = try await screen.wait("1 Services", "ads", "k8s")
        #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(text)")
    }

    @Test func noColorMeansNoColor() async throws {
        let screen = try await Screen("--demo", width: 120, height: 32, environment: ["NO_COLOR": "1"])
        try await screen.wait("1 Services", "ads")
        // SGR parameters 30–37, 38, 40–47, 48 and 90–107 are colours.
        let styled = try await screen.styledText()
        for sequence in styled.split(separator: "\u{1B}[").dropFirst() {
            let parameters = sequence.prefix { $0.isNumber || $0 == ";" }.split(separator: ";").compactMap { Int($0) }
            #expect(
                !parameters.contains { (30...38).contains($0) || (40...48).contains($0) || (90...107).contains($0) },
                "\(parameters)")
        }
    }

    @Test(arguments: ["dark", "light", "ansi16", "color-blind"])
    func everyThemeOpens(_ theme: String) async throws {
        let screen = try await Screen("--demo --theme \(theme)", width: 120, height: 32)
        try await screen.wait("1 Services", "ads")
        #expect(try await screen.styledText().contains("\u{1B}["))
    }

    @Test(arguments: [(1, 1), (20, 5), (80, 24), (300, 90)])
    func anySizeStartsAndEnds(_ width: Int, _ height: Int) async throws {
        let screen = try await Screen("--demo", width: width, height: height, records: true)
        let isUp = try await eventually {
            screen.home.read("state/meshtop/started").isEmpty ? try await screen.process() : nil
        }
        #expect(isUp != nil)
        // It has drawn at that size: a cell takes less than the terminal's set-up.
        #expect(try await eventually { screen.home.read("raw").utf8.count > 60 ? true : nil } == true)
        try await screen.resize(160, 45)
        try await screen.wait("1 Services", "ads", "k8s●")
        try await screen.keys("C-c")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0 && screen.settingsBefore == screen.settingsAfter)
    }

    /// A press on the traffic pane's third row, in the older and the wider form of report.
    @Test(arguments: [
        ("tmux-256color", "\u{1B}[M *<"), ("tmux-256color", "\u{1B}[<0;10;28M"), ("xterm-256color", "\u{1B}[<0;10;28M"),
    ])
    func aMouseSelects(_ term: String, _ report: String) async throws {
        let screen = try await Screen("--demo", term: term)
        try await screen.wait("1 Services", "recommendation v1")
        try await screen.type(report)
        try await screen.wait(within: 10, "the traffic pane's row is selected") { text in
            text.split(separator: "\n").contains { $0.hasPrefix("│▶") && $0.contains("recommendation v2") }
        }
    }

    @Test func keysWithUnknownNamesInKeysYAMLAreRefused() async throws {
        let screen = try await Screen("--demo", width: 100, height: 30)
        try await screen.wait("1 Services")
        let home = try TemporaryFolder()
        try home.write("config/meshtop/keys.yaml", "nosuch: x\n")
        let script = try home.write("run.sh", "exec \(Tool.meshtop) --demo\n")
        let result = try await Tool.run(
            "script", ["-qec", "sh \(script)", "/dev/null"],
            environment: Program.environment(home).merging(["TERM": "xterm"]) { $1 })
        #expect(result.code == 2, "\(result.output)")
        #expect(result.output.contains("keys.yaml") && result.output.contains("nosuch"), "\(result.output)")
    }
}
