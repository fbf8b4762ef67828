// A screen as a text that a person can review: for each size the cells as they stand on the screen, below them a letter
// for the style of each cell, and at the end which style a letter is. What a style looks like with 24-bit colours, with
// 16 and without any is the same on all screens and stands in a file of its own for each theme.
//
// Nothing is said twice. Of a screen that follows on another one only the rows and columns that differ are in its file.
// A part that looks as it did at a smaller size is only named.

@testable import Views

struct GoldenFile {
    private var lines: [String] = []
    private var parts: [[String]: String] = [:]
    /// Halves of wide characters that stand alone: none may be on a screen.
    private(set) var torn: [String] = []

    var text: String { lines.joined(separator: "\n") + "\n" }

    init(_ screen: GoldenScreen) {
        let frames = screen.sizes.map { size in
            (
                size: size, frame: GoldenScreen.drawn.frame(screen, size),
                before: screen.before.map { GoldenScreen.drawn.frame($0, size) }
            )
        }
        let beneath = screen.before.map { ": what is other than in \($0.name)" } ?? ""
        let styles = Set(frames.flatMap(\.frame.styles))
        let letters = StyleLetters(styles)
        lines.append("# \(screen.name)\(beneath)")
        var used: Set<Style> = []
        for (size, frame, before) in frames {
            let cursor = frame.cursor.map { ", cursor in row \($0.row), column \($0.column)" } ?? ""
            lines.append("")
            lines.append("# \(size.columns)×\(size.rows)\(cursor)")
            let areas =
                before.map { Self.differences(frame, $0) } ?? [
                    Area(row: 0, column: 0, rows: size.rows, columns: size.columns)
                ]
            if areas.isEmpty { lines.append("nothing else") }
            for area in areas { add(area, of: frame, before, size, letters, &used) }
            torn += Self.torn(frame).map { "\(size.columns)×\(size.rows): \($0)" }
        }
        lines.append("")
        lines += letters.legend(used)
    }

    private mutating func add(
        _ area: Area, of frame: Frame, _ before: Frame?, _ size: Size, _ letters: StyleLetters, _ used: inout Set<Style>
    ) {
        let place = "rows \(Self.range(area.row, area.rows)), columns \(Self.range(area.column, area.columns))"
        var text = text(of: area, frame)
        var notes = ""
        if let before, text == self.text(of: area, before) {
            (text, notes) = ([], ", their styles alone")
        } else if area.rows > 1, Set(text).count == 1 {
            (text, notes) = ([text[0]], ", each")
        }
        let part = text + ["styles"] + looks(of: area, frame, letters, &used)
        let known = parts[part]
        if before != nil { lines.append(place + notes + (known.map { ": as \($0)" } ?? "")) }
        if known == nil {
            parts[part] = "\(place) of \(size.columns)×\(size.rows)"
            lines += part
        }
    }

    /// The characters, a line for each row.
    private func text(of area: Area, _ frame: Frame) -> [String] {
        (area.row..<area.row + area.rows).map { row in
            var line = String.UnicodeScalarView()
            for column in area.column..<area.column + area.columns {
                let cell = frame[row, column]
                for value in [cell.base, cell.mark] where value != 0 {
                    line.append(Unicode.Scalar(value) ?? "\u{FFFD}")
                }
            }
            while line.last == " " { line.removeLast() }
            return String(line)
        }
    }

    /// A letter for each cell, rows numbered within the part; rows without styles are left out, rows that look the same
    /// share a line.
    private func looks(
        of area: Area, _ frame: Frame, _ letters: StyleLetters, _ used: inout Set<Style>
    ) -> [String] {
        var rows: [(first: Int, last: Int, text: String)] = []
        for row in 0..<area.rows {
            var line = ""
            for column in area.column..<area.column + area.columns {
                let style = frame[area.row + row, column].style
                used.insert(style)
                line.append(letters.letter(of: style))
            }
            while line.last == " " { line.removeLast() }
            if let last = rows.last, last.last == row - 1, last.text == line {
                rows[rows.count - 1].last = row
            } else {
                rows.append((row, row, line))
            }
        }
        return rows.filter { !$0.text.isEmpty }.map { row in
            let label = row.first == row.last ? "\(row.first)" : "\(row.first)-\(row.last)"
            return label + String(repeating: " ", count: max(1, 6 - label.count)) + row.text
        }
    }

    /// Small rectangles that together hold every cell that differs.
    private static func differences(_ frame: Frame, _ before: Frame) -> [Area] {
        guard frame.size == before.size else {
            return [Area(row: 0, column: 0, rows: frame.size.rows, columns: frame.size.columns)]
        }
        var done: [Area] = []
        var open: [Area] = []
        for row in 0..<frame.size.rows {
            var left = open
            open = []
            for columns in runs((0..<frame.size.columns).filter { frame[row, $0] != before[row, $0] }) {
                var area = Area(row: row, column: columns.lowerBound, rows: 1, columns: columns.count)
                // It goes on with what is above it where one rectangle is shorter to read than two.
                if let place = left.firstIndex(where: { cost($0.joined(area)) <= cost($0) + cost(area) }) {
                    area = left.remove(at: place).joined(area)
                }
                open.append(area)
            }
            done += left
        }
        return joined(done + open).map { whole($0, frame) }.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
    }

    /// A few columns that are the same do not divide a word.
    private static func runs(_ columns: [Int]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for column in columns {
            if let last = runs.last, column - last.upperBound < 8 {
                runs[runs.count - 1] = last.lowerBound..<column + 1
            } else {
                runs.append(column..<column + 1)
            }
        }
        return runs
    }

    /// Joins any two that are shorter to read as one.
    private static func joined(_ areas: [Area]) -> [Area] {
        var left = areas
        var joined: [Area] = []
        while var area = left.popLast() {
            if let place = left.firstIndex(where: { cost($0.joined(area)) <= cost($0) + cost(area) }) {
                area = area.joined(left.remove(at: place))
                left += joined + [area]
                joined = []
            } else {
                joined.append(area)
            }
        }
        return joined
    }

    /// How much there is to read: the cells, and what stands around them.
    private static func cost(_ area: Area) -> Int { area.rows * area.columns + 60 }

    /// A wide character is never cut in two.
    private static func whole(_ area: Area, _ frame: Frame) -> Area {
        var area = area
        for row in area.row..<area.row + area.rows {
            if frame[row, area.column].isContinuation {
                (area.column, area.columns) = (area.column - 1, area.columns + 1)
            }
            let end = area.column + area.columns
            if end < frame.size.columns, frame[row, end].isContinuation { area.columns += 1 }
        }
        return area
    }

    private static func torn(_ frame: Frame) -> [String] {
        func isWide(_ row: Int, _ column: Int) -> Bool {
            let base = frame[row, column].base
            return base >= 0x1100 && Unicode.Scalar(base).map { CharacterWidth.of($0) == 2 } ?? false
        }
        var torn: [String] = []
        for row in 0..<frame.size.rows {
            for column in 0..<frame.size.columns {
                let hasHalf = column + 1 < frame.size.columns && frame[row, column + 1].isContinuation
                let isAlone = frame[row, column].isContinuation && (column == 0 || !isWide(row, column - 1))
                if isWide(row, column) != hasHalf || isAlone { torn.append("row \(row), column \(column)") }
            }
        }
        return torn
    }

    private static func range(_ first: Int, _ count: Int) -> String {
        count == 1 ? "\(first)" : "\(first)-\(first + count - 1)"
    }
}

extension Area {
    /// The smallest rectangle that holds both.
    fileprivate func joined(_ other: Area) -> Area {
        let (top, start) = (min(row, other.row), min(column, other.column))
        let (bottom, end) = (
            max(row + rows, other.row + other.rows), max(column + columns, other.column + other.columns)
        )
        return Area(row: top, column: start, rows: bottom - top, columns: end - start)
    }
}
