// A picture of the whole screen: a grid of cells and a cursor, compared cell by cell and shown by `Terminal`.

/// The size of a screen in character cells.
package struct Size: Sendable, Hashable {
    package var rows: Int
    package var columns: Int

    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}

/// One character cell. A wide character takes two cells; the second has `base` 0.
package struct Cell: Sendable, Hashable {
    package var base: UInt32
    package var mark: UInt32
    package var style: Style

    static let blank = Cell(base: 0x20, mark: 0, style: Style())
    package var isContinuation: Bool { base == 0 }
}

package struct Frame: Sendable, Equatable {
    package struct Position: Sendable, Equatable {
        package var row: Int
        package var column: Int
    }

    package let size: Size
    package private(set) var cells: [Cell]
    package var cursor: Position?
    /// Only ASCII may appear; everything else is put as its nearest ASCII likeness.
    package let ascii: Bool

    package init(size: Size, ascii: Bool = false) {
        self.size = Size(rows: max(0, size.rows), columns: max(0, size.columns))
        self.ascii = ascii
        cells = Array(repeating: .blank, count: self.size.rows * self.size.columns)
    }

    package subscript(row: Int, column: Int) -> Cell { cells[row * size.columns + column] }

    /// Puts text at a place, clipped to `limit` columns and the frame; control characters become `?`.
    /// Returns the column after the last cell that was written.
    @discardableResult
    package mutating func put(_ text: String, row: Int, column: Int, style: Style = Style(), limit: Int = .max) -> Int {
        guard row >= 0, row < size.rows, limit > 0 else { return column }
        let end = limit >= size.columns - min(column, size.columns) ? size.columns : column + limit
        var x = column
        for scalar in text.unicodeScalars {
            var value = scalar.value
            var width = 1
            if value < 0x20 || value == 0x7F {
                value = 0x3F
            } else if value >= 0x80 {
                width = CharacterWidth.of(scalar)
                if width < 0 {
                    value = ascii ? 0x3F : 0xFFFD
                    width = 1
                } else if ascii {
                    if width == 0 { continue }
                    value = AsciiLikeness.of(value)
                }
            }
            if width == 0 {
                if x > 0, x <= end, x > column {
                    let index = row * size.columns + x - 1
                    if cells[index].base != 0, cells[index].mark == 0 { cells[index].mark = value }
                }
                continue
            }
            if x + width > end { break }
            if x >= 0 {
                let index = row * size.columns + x
                mend(index, row: row)
                cells[index] = Cell(base: value, mark: 0, style: style)
                if width == 2 {
                    mend(index + 1, row: row)
                    cells[index] = Cell(base: value, mark: 0, style: style)
                    cells[index + 1] = Cell(base: 0x20, mark: 0, style: style)
                    cells[index + 1].base = ascii ? 0x20 : 0
                }
            }
            x += width
        }
        return x
    }

    /// Half of a wide character that is overwritten leaves a blank, never a torn glyph.
    private mutating func mend(_ index: Int, row: Int) {
        if cells[index].base == 0, index > row * size.columns { cells[index - 1].base = 0x20 }
        if index + 1 < (row + 1) * size.columns, cells[index + 1].base == 0 { cells[index + 1].base = 0x20 }
    }

    /// Gives the cells of a stretch another style and leaves their characters.
    package mutating func restyle(row: Int, columns: Range<Int>, _ change: (Style) -> Style) {
        guard row >= 0, row < size.rows else { return }
        for column in columns.clamped(to: 0..<size.columns) {
            let index = row * size.columns + column
            cells[index].style = change(cells[index].style)
        }
    }

    package mutating func fill(_ area: Area, style: Style = Style()) {
        for row in max(0, area.row)..<max(0, max(area.row, min(size.rows, area.row + area.rows))) {
            let blank = String(repeating: " ", count: max(0, area.columns))
            put(blank, row: row, column: area.column, style: style, limit: area.columns)
        }
    }

    /// The characters alone, a line per row without trailing spaces: what tests compare.
    package var plainText: String {
        var text = ""
        for row in 0..<size.rows {
            var line = String.UnicodeScalarView()
            for column in 0..<size.columns {
                let cell = cells[row * size.columns + column]
                if cell.base == 0 { continue }
                if let base = Unicode.Scalar(cell.base) { line.append(base) }
                if cell.mark != 0, let mark = Unicode.Scalar(cell.mark) { line.append(mark) }
            }
            while line.last == " " { line.removeLast() }
            text.unicodeScalars.append(contentsOf: line)
            text += "\n"
        }
        return text
    }
}

/// A rectangle of cells.
package struct Area: Sendable, Hashable {
    package var row: Int
    package var column: Int
    package var rows: Int
    package var columns: Int

    package init(row: Int, column: Int, rows: Int, columns: Int) {
        self.row = row
        self.column = column
        self.rows = max(0, rows)
        self.columns = max(0, columns)
    }

    func inset(_ by: Int = 1) -> Area {
        Area(row: row + by, column: column + by, rows: rows - 2 * by, columns: columns - 2 * by)
    }

    func contains(row other: Int, column at: Int) -> Bool {
        other >= row && other < row + rows && at >= column && at < column + columns
    }
}
