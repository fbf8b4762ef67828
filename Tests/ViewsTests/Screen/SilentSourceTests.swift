import MeshModel
import Testing

@testable import Base
@testable import Views

/// The screen counts the time itself: an engine that hangs cannot say that it does.
@Suite struct SilentSourceTests {
    @Test(arguments: [false, true]) func aSourceWithoutNewsIsStale(wall: Bool) {
        var screen = Screen { $0.wall = wall }
        screen.send(.tick(.noon + 20))
        #expect(!screen.text.contains("stale"), "\(screen.text)")
        screen.send(.tick(.noon + 40))
        #expect(screen.lines[0].contains("k8s▲stale") && screen.lines[0].contains("metrics▲stale"), "\(screen.text)")
        #expect(screen.text.contains("no news since 12:00:00"), "\(screen.text)")
        // News make it well again.
        var fresh = MeshSnapshot.shop()
        fresh.time = .noon + 41
        for place in fresh.sources.indices { fresh.sources[place].asOf = .noon + 41 }
        screen.send(.snapshot(fresh))
        #expect(!screen.text.contains("stale"), "\(screen.text)")
    }

    /// Metrics that are asked for every ten minutes are not stale after one.
    @Test func aSlowRefreshHasItsTime() {
        var screen = Screen { $0.silenceSeconds = 1815 }
        screen.send(.tick(.noon + 600))
        #expect(!screen.text.contains("stale"))
    }

    /// What no pane misses is said where somebody looks for what is missing, and nowhere else.
    @Test func aGroupThatDoesNotAnswerIsNamedWithWhatIsWrong() {
        var snapshot = MeshSnapshot.shop()
        let words = "the server does not say what metrics.k8s.io serves: timed out"
        snapshot.silentGroups = [words]
        var screen = Screen(snapshot: snapshot)
        #expect(!screen.text.contains("metrics.k8s.io"))
        screen.type("!")
        screen.press(.end)
        #expect(screen.text.contains(words), "\(screen.text)")
    }
}
