import TestSupport
import Testing

/// What an operator does from start to end, in a real terminal.
@Suite struct OperatorSessionTests {
    @Test func aSessionFromStartToQuit() async throws {
        let screen = try await Screen("--demo", records: true)
        try await screen.wait("1 Services", "2 Topology", "3 Traffic", "4 Latency", "ads", "k8s●", "metrics●")

        // Every pane takes the focus and can fill the screen.
        for (key, title) in [
            ("1", "Services"), ("2", "Topology"), ("3", "Traffic"), ("4", "Latency"), ("5", "Breakers"),
        ] {
            try await screen.keys(key, "+")
            // Alone, a pane's frame is as wide as the screen.
            try await screen.wait(within: 10, "\(title) alone") { text in
                text.contains("\n┌ \(key) \(title)") && !text.contains("┐┌")
            }
            try await screen.keys("+")
            try await screen.wait("1 Services", "2 Topology")
        }

        // A filter narrows the table; the first movement takes what it leaves, in every pane.
        try await screen.keys("1", "/")
        try await screen.type("recommendation")
        try await screen.keys("Enter", "Down")
        try await screen.wait("1 Services 1/", "║● reco")

        // Shift a weight and see the traffic follow.
        try await screen.keys("W")
        try await screen.wait("Weights of VirtualService shop/recommendation", "sum 100")
        try await screen.keys("<", "<", "<", "-", "Enter")
        try await screen.wait("weight: 90", "weight: 59", "weight: 41", "v1 gets", "dry run: the server accepts it")
        try await screen.confirm()
        try await screen.wait("applied, journal", "checking: observed:", within: 60)
        try await screen.wait("verified: observed: v1", "59 % configured", within: 150)
        try await screen.keys("Enter")
        try await screen.waitRow("recommendation v1", " 59 ")
        try await screen.waitRow("recommendation v2", " 41 ")

        // Take it back.
        try await screen.keys("z")
        try await screen.wait("Undo: Shift recommendation", "weight: 90")
        try await screen.confirm()
        try await screen.wait("verified", within: 120)
        try await screen.keys("Enter")
        try await screen.waitRow("recommendation v1", " 90 ")
        try await screen.waitRow("recommendation v2", " 10 ")

        // Scale, and back.
        try await screen.keys("Escape")
        try await screen.keys("/")
        try await screen.type("ads")
        try await screen.keys("Enter", "Down")
        try await screen.wait("2/2")
        try await screen.keys("S")
        try await screen.wait("ads-v1", "replicas")
        try await screen.keys("BSpace", "3", "Enter")
        try await screen.wait("replicas: 2", "replicas: 3", "per replica")
        try await screen.confirm()
        try await screen.wait("verified: 3 of 3 replicas ready", within: 120)
        try await screen.keys("Enter")
        try await screen.wait("3/3")
        try await screen.keys("z")
        try await screen.wait("Undo: Scale", "dry run")
        try await screen.confirm()
        try await screen.wait("verified: 2 of 2 replicas ready", within: 120)
        try await screen.keys("Enter", "Escape")

        // The window of the rates is another one at once.
        try await screen.type(":window 5m")
        try await screen.keys("Enter")
        try await screen.wait("window:5m")

        // Any size, and back.
        for (width, height) in [(20, 5), (300, 90), (1, 1), (80, 24), (160, 45)] {
            let drawn = screen.home.read("raw").utf8.count
            try await screen.resize(width, height)
            #expect(
                try await eventually { screen.home.read("raw").utf8.count > drawn ? true : nil } == true,
                "nothing was drawn at \(width)×\(height)")
        }
        try await screen.wait("1 Services", "2 Topology", "k8s●")
        try await screen.keys("q")
        try await screen.wait("Quit MeshTop?")
        try await screen.keys("y")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0, "\(screen.home.read("errors"))")
        #expect(!screen.settingsBefore.isEmpty && screen.settingsBefore == screen.settingsAfter)
    }

    /// However it ends, the shell finds its terminal as it was.
    @Test(arguments: [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3), ("USR1", 10), ("SEGV", 11)])
    func aSignalRestoresTheTerminal(_ name: String, _ number: Int) async throws {
        let screen = try await Screen("--demo", width: 100, height: 30)
        try await screen.wait("1 Services", "ads")
        let process = try #require(try await screen.process())
        #expect(try await Tool.run("kill", ["-\(name)", "\(process)"]).code == 0)
        try await screen.wait("finished")
        #expect(screen.exitCode == 128 + number)
        #expect(!screen.settingsBefore.isEmpty && screen.settingsBefore == screen.settingsAfter)
        // The alternate screen is gone.
        #expect(try await !screen.text().contains("1 Services"))
    }

    @Test func suspendingGivesTheTerminalBackAndComingBackRedraws() async throws {
        let screen = try await Screen("--demo", width: 100, height: 30)
        try await screen.wait("1 Services", "ads")
        let process = try #require(try await screen.process())
        try await screen.keys("C-z")
        try await screen.wait(within: 10, "the shell's screen") { !$0.contains("1 Services") }
        #expect(try await Tool.run("kill", ["-CONT", "\(process)"]).code == 0)
        try await screen.wait("1 Services", "ads")
        try await screen.type(":q")
        try await screen.keys("Enter")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0 && screen.settingsBefore == screen.settingsAfter)
    }
}
