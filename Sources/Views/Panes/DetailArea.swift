// The lower part of a pane that tells more of the selected row.

enum DetailArea {
    static func rows(_ inside: Area) -> Int { inside.rows >= 12 ? min(12, inside.rows / 2) : 0 }

    static func listRows(_ inside: Area) -> Int { max(0, inside.rows - 1 - rows(inside)) }

    /// A line across and the texts below it, long ones broken at words.
    static func draw(_ frame: inout Frame, _ inside: Area, _ lines: [CellText]) {
        let rows = rows(inside)
        guard rows > 0 else { return }
        let top = inside.row + inside.rows - rows
        frame.put(String(repeating: "─", count: inside.columns), row: top, column: inside.column, style: Style(.border))
        let width = max(8, inside.columns - 2)
        let broken = lines.flatMap { line in
            wrapped(line.text, width: width).map { CellText($0, line.style) }
        }
        for (offset, line) in broken.prefix(rows - 1).enumerated() {
            let isCut = offset == rows - 2 && broken.count > rows - 1
            frame.put(
                isCut ? "\(line.text.fitted(width - 2)) …" : line.text.fitted(width), row: top + 1 + offset,
                column: inside.column + 1, style: line.style)
        }
    }

    /// A text in lines of at most `width` columns; what is indented stays so.
    static func wrapped(_ text: String, width: Int) -> [String] {
        guard CharacterWidth.of(text) > width else { return [text] }
        let indent = String(text.prefix { $0 == " " }.prefix(width / 2))
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            let candidate = line == indent ? line + word : "\(line) \(word)"
            if CharacterWidth.of(candidate) <= width || line == indent {
                line = candidate
            } else {
                lines.append(line)
                line = indent + "  " + word
            }
        }
        return lines + [line]
    }
}
