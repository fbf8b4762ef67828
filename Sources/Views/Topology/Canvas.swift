// A sheet for lines: every cell remembers in which directions lines leave it, so that crossings and bends join.

internal import Base

struct Canvas {
    private let area: Area
    private let originRow: Int
    private let originColumn: Int
    private var directions: [UInt8]
    private var styles: [Style]

    private enum Way {
        static let up: UInt8 = 1
        static let down: UInt8 = 2
        static let left: UInt8 = 4
        static let right: UInt8 = 8
    }

    init(_ area: Area, originRow: Int, originColumn: Int) {
        self.area = area
        self.originRow = originRow
        self.originColumn = originColumn
        directions = Array(repeating: 0, count: area.rows * area.columns)
        styles = Array(repeating: Style(.edge), count: area.rows * area.columns)
    }

    private func index(_ row: Int, _ column: Int) -> Int? {
        let (y, x) = (row - originRow, column - originColumn)
        guard y >= 0, y < area.rows, x >= 0, x < area.columns else { return nil }
        return y * area.columns + x
    }

    private mutating func mark(_ row: Int, _ column: Int, _ way: UInt8, _ style: Style) {
        guard let place = index(row, column) else { return }
        directions[place] |= way
        styles[place] = style
    }

    mutating func line(_ segment: LayeredLayout.Segment, style: Style) {
        horizontal(segment.fromRow, segment.fromColumn, segment.bend, style)
        if segment.fromRow != segment.toRow {
            let down = segment.toRow > segment.fromRow
            mark(segment.fromRow, segment.bend, Way.left | (down ? Way.down : Way.up), style)
            let (low, high) = (min(segment.fromRow, segment.toRow), max(segment.fromRow, segment.toRow))
            for row in low..<high where row > low { mark(row, segment.bend, Way.up | Way.down, style) }
            mark(segment.toRow, segment.bend, Way.right | (down ? Way.up : Way.down), style)
        } else {
            mark(segment.fromRow, segment.bend, Way.left | Way.right, style)
        }
        horizontal(segment.toRow, segment.bend + 1, segment.toColumn + 1, style)
    }

    private mutating func horizontal(_ row: Int, _ from: Int, _ to: Int, _ style: Style) {
        guard from < to else { return }
        for column in from..<to { mark(row, column, Way.left | Way.right, style) }
    }

    func paint(_ frame: inout Frame) {
        for y in 0..<area.rows {
            for x in 0..<area.columns {
                let place = y * area.columns + x
                guard directions[place] != 0 else { continue }
                frame.put(
                    Self.glyphs[Int(directions[place])], row: area.row + y, column: area.column + x,
                    style: styles[place])
            }
        }
    }

    /// Text at a cell of the sheet, cut at the rectangle.
    func put(_ text: String, _ row: Int, _ column: Int, _ style: Style, _ frame: inout Frame) {
        let (y, x) = (row - originRow, column - originColumn)
        guard y >= 0, y < area.rows, x < area.columns else { return }
        var shown = text
        var start = x
        while start < 0, !shown.isEmpty {
            start += CharacterWidth.of(String(shown.removeFirst()))
        }
        guard start >= 0 else { return }
        frame.put(shown, row: area.row + y, column: area.column + start, style: style, limit: area.columns - start)
    }

    /// By the sum of directions: up 1, down 2, left 4, right 8.
    private static let glyphs = [" ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼"]
}
