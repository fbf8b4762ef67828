import MeshModel
import Testing

@testable import Views

/// What holds for every pane, also for one that is added.
@Suite struct PanesTests {
    @Test func namesAndCommandsAreEachsOwn() {
        let words = Registry.standard.commands.flatMap { [$0.name] + $0.aliases }
        #expect(Set(words).count == words.count, "\(words)")
        #expect(PaneName(rawValue: "nothing") == nil && PaneName(rawValue: "findings") == .findings)
    }

    @Test(arguments: PaneName.allCases) func itsRowsAndTextsAreWhole(_ name: PaneName) throws {
        let pane = try #require(Panes[name])
        let mesh = GoldenMesh.shop
        for sort in pane.sorts {
            var state = PaneState(pane)
            state.sort = sort
            let (rows, total) = pane.rows(mesh, state)
            #expect(Set(rows.map(\.key)).count == rows.count, "two rows stand for one thing")
            #expect(total <= rows.count)
            state.inverted = true
            #expect(Set(pane.rows(mesh, state).rows.map(\.key)) == Set(rows.map(\.key)))
            state.filter = "no such word anywhere"
            #expect(pane.rows(mesh, state).rows.isEmpty && pane.rows(mesh, state).total == total)
        }
        #expect(PlainText.pane(name, mesh, width: 160).split(separator: "\n").count > 1)
        #expect(!pane.schemaParts.isEmpty && !pane.kinds.isEmpty && !pane.sorts.isEmpty)
    }

    /// A snapshot of fewer things than the rows were made of is drawn all the same.
    @Test(arguments: PaneName.allCases) func rowsOfAnOlderSnapshotAreLeftOut(_ name: PaneName) throws {
        let pane = try #require(Panes[name])
        let rows = pane.rows(GoldenMesh.shop, PaneState(pane)).rows
        for row in rows {
            #expect(pane.cells(row, GoldenMesh.empty, Badges()) == nil)
            #expect(pane.details(row, GoldenMesh.empty, now: nil).isEmpty)
        }
    }
}
