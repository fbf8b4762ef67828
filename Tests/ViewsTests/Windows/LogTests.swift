import Kube
import Testing

@testable import Actions
@testable import Base
@testable import Views

/// `@`: changes and calls, each to be copied or taken back.
@Suite struct LogTests {
    private static func change(_ id: String, _ outcome: JournalEntry.Outcome = .verified) -> JournalEntry {
        JournalEntry(
            id: id, time: .noon, user: "ann", host: "h", process: 1, context: "test", server: "s", verb: "scale",
            title: "Scale \(id)", outcome: outcome, detail: "", preview: "", steps: [])
    }

    private static func calls(_ count: Int) -> [APICall] {
        (0..<count).map {
            APICall(number: UInt64($0), startedAt: .noon, method: "GET", path: "/api/v1/namespaces/shop/pods/p\($0)")
        }
    }

    private func opened(_ options: (inout ViewOptions) -> Void = { _ in }) -> Screen {
        var screen = Screen(options)
        screen.type("@")
        screen.answer {
            .data(
                .log(
                    changes: [Self.change("one"), Self.change("two")], calls: Self.calls(60),
                    kubectl: ["--context", "test"]), of: $0)
        }
        return screen
    }

    @Test func aCommandIsCopiedWithItsContext() {
        var screen = opened()
        screen.type("jc")
        #expect(screen.effects.last == .copy("kubectl --context test get pods p58 -n shop -o yaml"))
    }

    @Test func theCursorStaysOnItsCallWhileOthersCome() {
        var screen = opened()
        screen.type("jj")
        screen.send(.tick(.noon + 1))
        #expect(screen.needs.last?.question == .calls)
        screen.send(.data(.calls(Self.calls(70)), of: screen.model.lastRequest))
        screen.type("c")
        #expect(screen.effects.last == .copy("kubectl --context test get pods p57 -n shop -o yaml"))
    }

    @Test func anyChangeOfTheJournalIsTakenBackFromHere() {
        var screen = opened()
        screen.press(.tab)
        #expect(screen.text.contains("Scale two") && screen.text.contains("Scale one"))
        screen.type("j")
        screen.press(.enter)
        #expect(screen.effects.last == .plan(.undo("one", overDrift: true)))
    }

    @Test func readOnlyTakesNothingBack() {
        var screen = opened { $0.readOnly = "started with --read-only" }
        screen.press(.tab, .enter)
        #expect(screen.text.contains("read-only") && screen.effects.isEmpty)
    }

    @Test func whatComesAfterItWasClosedDoesNotOpenIt() {
        var screen = opened()
        screen.press(.escape)
        screen.send(.data(.calls(Self.calls(3)), of: screen.model.lastRequest))
        #expect(screen.model.window == nil)
    }

    @Test(arguments: [(45, 160), (24, 80), (10, 40), (1, 1)]) func itFitsEverySize(_ rows: Int, _ columns: Int) {
        var screen = Screen(rows: rows, columns: columns)
        screen.type("@")
        screen.answer { .data(.log(changes: [], calls: Self.calls(3), kubectl: []), of: $0) }
        screen.press(.tab)
        #expect(screen.lines.allSatisfy { $0.count <= columns })
    }
}
