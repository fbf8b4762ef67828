import Actions
import Base
import Kube
import MeshModel
import Testing

@testable import Views

@Suite struct ScreenTests {
    @Test func theOverviewShowsFourPanes() {
        let screen = Screen()
        for title in ["1 Services", "2 Topology", "3 Traffic", "4 Latency"] { #expect(screen.text.contains(title)) }
    }

    @Test func aLargeScreenShowsSixPanesAndTheOthersInTurn() {
        var screen = Screen(rows: 60, columns: 220)
        for pane in PaneName.allCases.prefix(6) { #expect(screen.text.contains("\(pane.number) \(pane.title)")) }
        for pane in [PaneName.findings, .policies] {
            screen.type("\(pane.number)")
            #expect(screen.text.contains("\(pane.number) \(pane.title)"))
            #expect(screen.text.contains("1 Services") && screen.text.contains("4 Latency"))
        }
    }

    @Test func aSmallScreenShowsTheFocusedPane() {
        var screen = Screen(rows: 24, columns: 80)
        #expect(screen.text.contains("┌ 1 Services"))
        screen.type("5")
        #expect(screen.text.contains("┌ 5 Breakers"))
        #expect(!screen.text.contains("┌ 1 Services"))
    }

    @Test(arguments: [40, 60, 80, 100, 160]) func everyPaneHasATabThatFits(columns: Int) {
        let screen = Screen(rows: 24, columns: columns)
        let tabs = screen.lines.first { $0.contains(" 1 S") && $0.contains(" 8 P") }
        #expect(tabs != nil, "\(screen.lines.prefix(6))")
    }

    @Test func whatIsUnknownIsADashAndNeverZero() {
        let line = Screen(rows: 24, columns: 140).line(with: "ratings")
        #expect(line.contains("–"))
        #expect(!line.contains(" 0 ") && !line.contains("0%"))
    }

    @Test func ratesErrorsAndQuantilesAreOnTheServicesRow() {
        let line = Screen(rows: 24, columns: 118).line(with: "reviews")
        for part in ["60.0", "0.2%", "12ms", "30ms", "45ms", "100%", "2/3"] { #expect(line.contains(part), "\(line)") }
    }

    @Test func configuredAndObservedSharesStandSideBySide() {
        var screen = Screen(rows: 24, columns: 100)
        screen.type("3")
        let line = screen.line(with: "reviews v1")
        #expect(line.contains("90") && line.contains("91%"))
        #expect(line.contains("███████▎ ███████▎"))
    }

    @Test func anEjectedHostSaysWhenItReturns() {
        var screen = Screen(rows: 40, columns: 110)
        screen.type("5")
        #expect(screen.text.contains("reviews-v1-abc ejected, returns in about 23s"))
        screen.send(.tick(Timestamp.noon + 10))
        #expect(screen.text.contains("returns in about 13s"))
    }

    @Test func aStaleSourceShowsItsAgeOnHeaderAndPane() {
        var snapshot = MeshSnapshot.shop()
        snapshot.sources[1] = SourceStatus(
            name: .metrics, state: .stale, asOf: Timestamp.noon + -43, detail: "connection refused")
        let screen = Screen(snapshot: snapshot)
        #expect(screen.lines[0].contains("metrics▲stale 43s"))
        #expect(screen.text.contains("metrics stale, 43s old"))
        #expect(screen.lines[1].contains("connection refused"))
    }

    @Test func theHeaderNamesContextScopeAndWindow() {
        let header = Screen().lines[0]
        for part in ["test", "ns:all", "window:1m", "12:00:00"] { #expect(header.contains(part), "\(header)") }
    }

    @Test func beforeTheFirstAnswerItSaysSo() {
        let screen = Screen(snapshot: nil)
        #expect(screen.text.contains("connecting…"))
        #expect(screen.text.contains("nothing has been read yet"))
    }

    @Test func aForbiddenKindIsNamedInItsEmptyPane() {
        var snapshot = MeshSnapshot.shop()
        snapshot.routes = []
        snapshot.kinds = [
            KindStatus(
                kind: "VirtualService", group: "networking.istio.io", state: .forbidden, count: 0, detail: "cannot list"
            )
        ]
        var screen = Screen(rows: 24, columns: 100, snapshot: snapshot)
        screen.type("3")
        #expect(screen.text.contains("VirtualService: forbidden"))
    }

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
