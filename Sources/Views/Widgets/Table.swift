// A table in a rectangle: columns that give way when there is little room, a heading and rows with a cursor.

struct Column: Sendable {
    var id: String
    var title: String
    var width: Int
    var right = false
    /// Columns with the lowest number stay longest.
    var priority: Int
    /// Takes what is left.
    var flexible = false
    /// How many columns more it takes of what is left, before the flexible one.
    var growth = 0
    /// A name that differs from others at its end: the middle is what gives way.
    var keepsEnds = false
}

struct CellText: Sendable {
    var text: String
    var style: Style

    init(_ text: String, _ style: Style = .text) {
        self.text = text
        self.style = style
    }

    init(_ text: String, _ role: Role) { self.init(text, Style(role)) }
}

struct Table {
    var area: Area
    var columns: [Column]
    var sort: String?
    var inverted = false

    /// Leaves out the least important columns until the rest fits, and gives the flexible one what is left.
    init(_ area: Area, _ wanted: [Column], sort: String? = nil, inverted: Bool = false) {
        self.area = area
        self.sort = sort
        self.inverted = inverted
        var kept = wanted
        func needed() -> Int { kept.reduce(1) { $0 + $1.width + 1 } }
        while needed() > area.columns, kept.count > 1, let last = kept.map(\.priority).max() {
            kept.removeAll { $0.priority == last }
        }
        for place in kept.indices where kept[place].growth > 0 {
            // The flexible column keeps half of what is left.
            kept[place].width += max(0, min(kept[place].growth, (area.columns - needed()) / 2))
        }
        if let place = kept.firstIndex(where: \.flexible) {
            kept[place].width = max(1, kept[place].width + area.columns - needed())
        }
        columns = kept
    }

    func drawHeading(_ frame: inout Frame) {
        guard area.rows > 0 else { return }
        var x = area.column + 1
        for column in columns {
            var title = column.title
            if column.id == sort { title += inverted ? "▴" : "▾" }
            put(title.padded(column.width, right: column.right), row: area.row, column: x, Style(.heading), &frame)
            x += column.width + 1
        }
    }

    /// `related`: in the focused pane, what belongs to a selection that is elsewhere.
    enum Cursor { case none, linked, related, focused }

    /// One row of cells, by column id.
    func draw(_ cells: [String: CellText], row: Int, cursor: Cursor, _ frame: inout Frame) {
        var x = area.column + 1
        for column in columns {
            let cell = cells[column.id] ?? CellText("")
            let text = column.keepsEnds ? cell.text.fittedBothEnds(column.width) : cell.text
            put(text.padded(column.width, right: column.right), row: row, column: x, cell.style, &frame)
            x += column.width + 1
        }
        mark(row: row, cursor, &frame)
    }

    func mark(row: Int, _ cursor: Cursor, _ frame: inout Frame) {
        switch cursor {
        case .none: break
        case .linked: put("▸", row: row, column: area.column, Style(.accent, .bold), &frame)
        case .related:
            put("▸", row: row, column: area.column, Style(.accent, .bold), &frame)
            frame.restyle(row: row, columns: area.column..<(area.column + area.columns)) {
                Style($0.role, $0.attributes.union(.underline))
            }
        case .focused:
            put("▶", row: row, column: area.column, Style(.selected), &frame)
            frame.restyle(row: row, columns: area.column..<(area.column + area.columns)) {
                Style(.selected, $0.attributes)
            }
        }
    }

    private func put(_ text: String, row: Int, column: Int, _ style: Style, _ frame: inout Frame) {
        frame.put(text, row: row, column: column, style: style, limit: area.column + area.columns - column)
    }
}
