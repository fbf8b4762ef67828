// The box in the middle of the screen that a window's lines are in.

enum WindowBox {
    /// A cleared, framed box; returns what is inside.
    static func draw(_ frame: inout Frame, title: String, lines: Int, width: Int, style: Style = Style(.focusedBorder))
        -> Area
    {
        let columns = min(frame.size.columns, max(width + 4, CharacterWidth.of(title) + 8))
        let rows = min(frame.size.rows, lines + 2)
        let area = Area(
            row: max(0, (frame.size.rows - rows) / 2), column: max(0, (frame.size.columns - columns) / 2), rows: rows,
            columns: columns)
        frame.fill(area)
        guard rows >= 3, columns >= 10 else { return area }
        Box.draw(&frame, area, title: title, style: style, titleStyle: style)
        return Area(row: area.row + 1, column: area.column + 2, rows: rows - 2, columns: columns - 4)
    }

    /// A line of it, cut where it is too long.
    static func put(_ frame: inout Frame, _ inside: Area, _ row: Int, _ text: String, _ style: Style) {
        guard row >= 0, row < inside.rows else { return }
        frame.put(
            text.fitted(inside.columns), row: inside.row + row, column: inside.column, style: style,
            limit: inside.columns)
    }

    /// A line of a form: what is chosen stands in brackets, what is typed has the cursor where that is its line.
    static func draw(
        _ frame: inout Frame, _ field: TextField, _ inside: Area, _ row: Int, label: String, isChoice: Bool,
        hasCursor: Bool, _ style: Style = .text
    ) {
        if isChoice {
            let chosen = field.text.isEmpty ? "not set" : field.text
            put(&frame, inside, row, "\(label)‹ \(chosen) ›", hasCursor ? Style(.selected) : style)
        } else if hasCursor {
            draw(&frame, field, inside, row, label: label)
        } else {
            put(&frame, inside, row, label + field.text, style)
        }
    }

    /// A line that takes text, with the cursor.
    static func draw(_ frame: inout Frame, _ field: TextField, _ inside: Area, _ row: Int, label: String) {
        guard row < inside.rows else { return }
        put(&frame, inside, row, label, .text)
        let start = CharacterWidth.of(label)
        let room = max(1, inside.columns - start)
        let shown = String(field.text.suffix(room - 1)).padded(room)
        frame.put(shown, row: inside.row + row, column: inside.column + start, style: Style(.input), limit: room)
        let cursor = min(room - 1, max(0, field.cursor - max(0, field.characters.count - (room - 1))))
        frame.cursor = Frame.Position(row: inside.row + row, column: inside.column + start + cursor)
    }
}
