// A table as lines of text.

enum PlainTable {
    static func lines(_ columns: [Column], _ rows: [[String: CellText]]) -> [String] {
        let widths = columns.map { column in
            rows.reduce(CharacterWidth.of(column.title)) { max($0, CharacterWidth.of($1[column.id]?.text ?? "")) }
        }
        func line(_ texts: [String]) -> String {
            var line = ""
            for (index, column) in columns.enumerated() {
                line += texts[index].padded(min(60, widths[index]), right: column.right) + "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
        return [line(columns.map(\.title))] + rows.map { row in line(columns.map { row[$0.id]?.text ?? "" }) }
    }
}
