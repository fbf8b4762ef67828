import Actions
import Base
import Kube
import MeshModel
import Testing

@testable import Views

@Suite struct ScreenTests {
    @Test(arguments: [(0, 0), (1, 1), (1, 200), (2, 3), (5, 20), (24, 80), (45, 160), (90, 300), (200, 5)])
    func everySizeGivesAFrameOfThatSize(rows: Int, columns: Int) {
        var screen = Screen(rows: rows, columns: columns)
        for pane in 1...6 {
            screen.type("\(pane)")
            #expect(screen.frame.size == Size(rows: rows, columns: columns))
        }
        screen.type("W?.:")
        #expect(screen.frame.cells.count == rows * columns)
    }

    @Test func aPausedScreenKeepsItsNumbersUntilItGoesOn() {
        var screen = Screen(rows: 24, columns: 118)
        screen.type("Z")
        var later = MeshSnapshot.shop()
        later.services[0].requestsPerSecond = 99
        screen.send(.snapshot(later))
        #expect(screen.line(with: "reviews").contains("60.0"))
        #expect(screen.lines[0].contains("PAUSED"))
        screen.type("Z")
        #expect(screen.line(with: "reviews").contains("99.0"))
    }

    @Test func theSelectionIsSharedByThePanes() {
        var screen = Screen()
        screen.type("3j")
        #expect(screen.model.service == ServiceID(namespace: "shop", name: "reviews"))
        #expect(screen.line(with: "reviews  ").contains("▸"))
    }

    @Test func aFilterKeepsWhatMatchesAndEscapeClearsIt() {
        var screen = Screen(rows: 24, columns: 100)
        screen.type("/rat")
        screen.press(.enter)
        #expect(screen.text.contains("ratings") && !screen.text.contains(" reviews "))
        #expect(screen.text.contains("1/2 /rat"))
        screen.press(.escape)
        #expect(screen.line(with: "reviews").contains("60.0"))
        screen.type("/!rat")
        #expect(
            !screen.line(with: "reviews").isEmpty && screen.line(with: "● ratings").isEmpty
                && screen.line(with: "ratings       ").isEmpty)
    }

    @Test func sortingPutsTheUnknownLast() {
        var screen = Screen(rows: 24, columns: 100, snapshot: .shop(services: [.silent("a"), .busy("b")]))
        screen.type(":sort rps")
        screen.press(.enter)
        #expect(screen.model[.services].rows.map(\.service?.name) == ["b", "a"])
        screen.type("I")
        #expect(screen.model[.services].rows.map(\.service?.name) == ["a", "b"])
    }

    @Test func theCursorStaysOnItsServiceWhenTheOrderChanges() {
        var screen = Screen(rows: 24, columns: 100)
        screen.press(.down)
        let chosen = screen.model[.services].selected?.service
        var grown = MeshSnapshot.shop()
        grown.services.insert(.busy("aardvark"), at: 0)
        screen.send(.snapshot(grown))
        #expect(screen.model[.services].selected?.service == chosen)
    }
}
