// How a pane looks that says only what its cells are.

internal import MeshModel

extension Pane {
    func listRows(_ inside: Area) -> Int {
        hasDetails ? DetailArea.listRows(inside) : max(0, inside.rows - 1)
    }

    /// A table, and below it the details of the selected row.
    func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool) {
        let state = model[name]
        let table = Table(inside, columns, sort: marksOrder ? state.sort : nil, inverted: state.inverted)
        table.drawHeading(&frame)
        for (row, place, line) in PaneRows.visible(state, inside, rows: listRows(inside)) {
            guard let cells = cells(row, snapshot, model.badges) else { continue }
            table.draw(cells, row: line, cursor: PaneRows.cursor(place, state, isFocused, model), &frame)
        }
        guard hasDetails, let row = state.selected else { return }
        let lines = details(row, snapshot, now: model.clock)
        if !lines.isEmpty { DetailArea.draw(&frame, inside, lines) }
    }

    func text(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String] { table(snapshot, rows) }

    /// Its columns but for charts.
    func table(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String] {
        PlainTable.lines(columns.filter { $0.id != "spark" }, rows.compactMap { cells($0, snapshot, Badges()) })
    }
}
