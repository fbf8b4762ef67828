// Frames around rectangles.

struct Box {
    /// Draws a frame with a title in its upper edge and a note at its right end.
    static func draw(
        _ frame: inout Frame, _ area: Area, title: String, note: String = "", style: Style, titleStyle: Style
    ) {
        guard area.rows >= 2, area.columns >= 4 else { return }
        let across = String(repeating: "─", count: area.columns - 2)
        frame.put("┌" + across + "┐", row: area.row, column: area.column, style: style)
        for row in (area.row + 1)..<(area.row + area.rows - 1) {
            frame.put("│", row: row, column: area.column, style: style)
            frame.put("│", row: row, column: area.column + area.columns - 1, style: style)
        }
        frame.put("└" + across + "┘", row: area.row + area.rows - 1, column: area.column, style: style)
        let room = area.columns - 4
        let shown = title.fitted(room)
        let end = frame.put(
            " " + shown + " ", row: area.row, column: area.column + 1, style: titleStyle, limit: area.columns - 2)
        let left = area.column + area.columns - 2 - end
        if !note.isEmpty, left > 6 {
            let text = " " + note.fitted(left - 3) + " "
            frame.put(
                text, row: area.row, column: area.column + area.columns - 1 - CharacterWidth.of(text),
                style: Style(.muted))
        }
    }
}
