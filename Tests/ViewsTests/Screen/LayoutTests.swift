import Testing

@testable import Views

/// Panes share a screen without gaps and without covering each other.
@Suite struct LayoutTests {
    private static let nested = Layout(
        smallest: Size(rows: 1, columns: 1),
        split: .columns([
            .pane(.services),
            .rows([.pane(.traffic), .columns([.pane(.latency), .lookedAt(or: .findings)]), .pane(.breakers)]),
        ]))

    @Test(arguments: Layout.all + [nested], [(28, 120), (29, 121), (60, 241), (41, 190)])
    func everyCellBelongsToOnePane(_ layout: Layout, _ size: (rows: Int, columns: Int)) {
        let area = Area(row: 2, column: 1, rows: size.rows, columns: size.columns)
        let places = layout.places(in: area, lookedAt: .workloads)
        #expect(Set(places.map(\.pane)).count == places.count)
        #expect(places.reduce(0) { $0 + $1.area.rows * $1.area.columns } == area.rows * area.columns)
        for row in [area.row, area.row + area.rows - 1] {
            for column in [area.column, area.column + area.columns - 1] {
                #expect(places.count { $0.area.contains(row: row, column: column) } == 1)
            }
        }
        for (index, one) in places.enumerated() {
            for other in places.dropFirst(index + 1) {
                #expect(!one.area.contains(row: other.area.row, column: other.area.column))
            }
        }
    }

    @Test func aPaneThatIsThereAlreadyTakesNoSecondPlace() {
        let area = Area(row: 0, column: 0, rows: 40, columns: 120)
        #expect(Self.nested.places(in: area, lookedAt: .services).contains { $0.pane == .findings })
        #expect(Self.nested.places(in: area, lookedAt: .policies).contains { $0.pane == .policies })
    }

    /// Every digit brings its pane on the screen, at every size.
    @Test(arguments: [Size(rows: 24, columns: 80), Size(rows: 45, columns: 160), Size(rows: 60, columns: 240)])
    func aDigitShowsItsPane(_ size: Size) {
        var screen = Screen(rows: size.rows, columns: size.columns)
        for (place, pane) in Panes.all.enumerated().prefix(9) {
            screen.type("\(place + 1)")
            #expect(screen.model.focus == pane.name)
            #expect(screen.text.contains("\(place + 1) \(pane.title)"))
            #expect(ScreenLayout(screen.model).places.contains { $0.pane == pane.name })
        }
    }
}
