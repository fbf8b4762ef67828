import Kube
import MeshModel
import Testing

@testable import Views

@Suite struct HostileTextTests {
    static let hostile = "a\u{1B}[31m\u{9B}2J\u{202E}evil\u{200B}\r\n\u{7}\u{E0041}\u{0}x"

    @Test func nothingFromOutsideReachesACellAsAControl() {
        var snapshot = MeshSnapshot.shop()
        let name = Self.hostile
        snapshot.context = name
        snapshot.services[0].id.name = name
        snapshot.workloads[0].name = name
        snapshot.routes[0].name = name
        snapshot.routes[0].match = name
        snapshot.routes[0].problem = name
        snapshot.breakers[0].detail = name
        snapshot.breakers[0].ejectedHosts[0].pod = name
        snapshot.edges[0].source.workload = name
        snapshot.sources[1] = SourceStatus(name: .metrics, state: .down, detail: name)
        var screen = Screen(rows: 60, columns: 220, snapshot: snapshot)
        screen.send(.notice(name, isError: true))
        screen.type("y")
        screen.answer { .data(.document(title: name, lines: [name]), of: $0) }
        for key in ["", "!", ".", "?", "n", "x"] {
            screen.type(key)
            let values = screen.frame.cells.flatMap { [$0.base, $0.mark] }
            let controls = values.filter { value in
                value != 0
                    && (value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0x202E || value == 0x200B
                        || (0xE0000...0xE0FFF).contains(value))
            }
            #expect(controls.isEmpty)
            screen.press(.escape)
        }
    }

    @Test func asciiFramesHoldNothingElse() {
        var screen = Screen(rows: 45, columns: 160) { $0.ascii = true }
        for key in ["1", "2", "3", "4", "5", "6", "?", "W"] {
            screen.type(key)
            #expect(screen.text.unicodeScalars.allSatisfy { $0.value < 0x7F })
            screen.press(.escape)
        }
    }

    @Test func pastedTextNeverWorksAsKeys() {
        var screen = Screen()
        screen.send(.paste("Wq\ny:q\n"))
        #expect(screen.effects.isEmpty)
        #expect(screen.model.window == nil)
        screen.type("/")
        screen.send(.paste("rat\nings"))
        #expect(screen.model[.services].filter == "rat⏎ings")
    }

    @Test func wideCharactersTakeTwoCellsAndNeverHalf() {
        var frame = Frame(size: Size(rows: 1, columns: 5))
        frame.put("日本語", row: 0, column: 0)
        #expect(frame.plainText == "日本\n")
        frame.put("x", row: 0, column: 1)
        #expect(frame.plainText == " x本\n")
    }
}
