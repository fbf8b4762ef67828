import Base
import TestSupport
import Testing

/// Keys whose bytes a slow line tears apart, over a real terminal.
@Suite struct SplitSequenceTests {
    /// `O` holds a rollout, `A` applies, `B` rolls back, `D` deletes, `H` makes an autoscaler: none of them was typed.
    @Test(arguments: [0.03, 0.3, 0.7]) func aTornKeyIsNoVerb(gap: Double) async throws {
        let screen = try await Screen("--demo", width: 120, height: 32)
        try await screen.wait("1 Services", "ads", "k8s●")
        // Every sequence at every gap is in KeyDecoderTests; these came through the terminal.
        for sequence in ["OA", "OH", "[B", "[15~"] {
            // On a busy machine the keys themselves may come more than a second apart, which proves nothing.
            var wasInTime = false
            for _ in 0..<20 where !wasInTime {
                let begun = Moment.now()
                try await screen.keys("Escape")
                // The gap is what is tried here.
                try await SystemClock().sleep(seconds: gap)
                try await screen.type(sequence)
                wasInTime = .now() - begun < 1
                // What was opened by mistake stays until a key closes it: half a second is long enough to be drawn.
                let wrong = try await eventually(within: 0.5) { () -> String? in
                    let text = try await screen.text()
                    let words = ["One moment", "Apply files", "which one?", "Autoscaler", "dry run"]
                    return words.contains { text.contains(" \($0)") } ? text : nil
                }
                if wasInTime { #expect(wrong == nil, "\(sequence) after \(gap) s: \(wrong ?? "")") }
                if wrong != nil { try await screen.keys("Escape", "Escape") }
            }
            #expect(wasInTime, "\(sequence) could not be sent within a second")
        }
        // A whole one is a key, and what is typed afterwards is typed.
        #expect(
            try await eventually(within: 30) {
                try await screen.keys("?")
                return try await screen.text().contains("Changing the cluster") ? true : nil
            } == true)
    }

    @Test func theFirstKeyAfterAPauseOfTheProgramWorks() async throws {
        let screen = try await Screen("--demo", width: 120, height: 32)
        try await screen.wait("1 Services", "ads", "k8s●")
        for key in ["?", "n", "Down"] {
            let process = try #require(try await screen.process())
            try await screen.keys("C-z")
            _ = try await eventually(within: 10) {
                try await Tool.run("ps", ["-o", "stat=", "-p", "\(process)"]).output.contains("T") ? true : nil
            }
            _ = try await Tool.run("kill", ["-CONT", "\(process)"])
            try await screen.keys(key)
            switch key {
            case "?": try await screen.wait("Changing the cluster")
            case "n": try await screen.wait("all namespaces")
            default:
                try await screen.wait(within: 10, "the second row") { text in
                    text.split(separator: "\n").contains { $0.contains("▶") && !$0.contains(" ads ") }
                }
            }
            try await screen.keys("Escape")
            try await screen.wait(within: 10, "closed again") { text in
                !text.contains("Changing the cluster") && !text.contains("all namespaces")
            }
        }
    }
}
