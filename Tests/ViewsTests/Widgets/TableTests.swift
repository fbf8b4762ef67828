import Testing

@testable import Views

/// Which columns of a table stay, and how wide they are.
@Suite struct TableTests {
    private static let columns = [
        Column(id: "name", title: "NAME", width: 10, priority: 0, flexible: true),
        Column(id: "rps", title: "RPS", width: 6, right: true, priority: 1),
        Column(id: "p99", title: "P99", width: 6, right: true, priority: 2),
        Column(id: "note", title: "NOTE", width: 8, priority: 3),
    ]

    private func kept(_ width: Int, _ columns: [Column] = Self.columns) -> [String] {
        Table(Area(row: 0, column: 0, rows: 5, columns: width), columns).columns.map { "\($0.id) \($0.width)" }
    }

    private func line(_ row: Int, of frame: Frame) -> String {
        frame.plainText.split(separator: "\n", omittingEmptySubsequences: false)[row].description
    }

    /// One cell before the first column for the cursor, one after each.
    @Test func whatDoesNotFitGoesByPriority() {
        #expect(kept(35) == ["name 10", "rps 6", "p99 6", "note 8"])
        #expect(kept(34) == ["name 18", "rps 6", "p99 6"])
        #expect(kept(25) == ["name 16", "rps 6"])
        #expect(kept(18) == ["name 16"])
    }

    @Test func theFlexibleColumnTakesWhatIsLeftAndGivesWhatIsMissing() {
        #expect(kept(100) == ["name 75", "rps 6", "p99 6", "note 8"])
        #expect(kept(5) == ["name 3"])
        #expect(kept(1) == ["name 1"])
        #expect(kept(0) == ["name 1"])
    }

    @Test func columnsOfOnePriorityGoTogether() {
        var columns = Self.columns
        columns[1].priority = 3
        #expect(kept(34, columns) == ["name 25", "p99 6"])
    }

    /// A column that grows takes at most half of what is left before the flexible one.
    @Test func whatGrowsLeavesHalf() {
        var columns = Self.columns
        columns[3].growth = 20
        #expect(kept(45, columns) == ["name 15", "rps 6", "p99 6", "note 13"])
        #expect(kept(135, columns) == ["name 90", "rps 6", "p99 6", "note 28"])
    }

    @Test func theHeadingMarksTheSortedColumn() {
        let area = Area(row: 0, column: 0, rows: 2, columns: 35)
        func heading(_ inverted: Bool) -> String {
            var frame = Frame(size: Size(rows: 2, columns: 35))
            Table(area, Self.columns, sort: "rps", inverted: inverted).drawHeading(&frame)
            return line(0, of: frame)
        }
        #expect(heading(false) == " NAME         RPS▾    P99 NOTE")
        #expect(heading(true) == " NAME         RPS▴    P99 NOTE")
    }

    @Test func aRowIsDrawnByColumn() {
        var frame = Frame(size: Size(rows: 2, columns: 35))
        let table = Table(Area(row: 0, column: 0, rows: 2, columns: 35), Self.columns)
        table.draw(
            ["name": CellText("a-very-long-name"), "rps": CellText("12"), "other": CellText("x")], row: 1,
            cursor: .focused, &frame)
        #expect(line(1, of: frame) == "▶a-very-lo…     12")
    }
}
