// Small pictures of numbers: sparklines, bars and a chart of dots.

internal import Base
internal import MeshModel

enum Sparkline {
    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The last values, a column each; gaps stay blank. The smallest stands at half the height where that is above
    /// zero, so that a steady load is no solid wall and a change of a tenth is seen.
    static func text(_ history: History, width: Int) -> String {
        let values = history.suffix(width)
        let known = values.compactMap { $0 }
        let most = known.max() ?? 0
        let floor = max(0, 2 * (known.min() ?? 0) - most)
        var text = String(repeating: " ", count: max(0, width - values.count))
        for value in values {
            guard let value, value.isFinite else {
                text += " "
                continue
            }
            let level =
                most > floor ? Int(clamping: ((value - floor) / (most - floor) * 7).rounded()) : most > 0 ? 3 : 0
            text.append(levels[min(7, max(0, level))])
        }
        return text
    }
}

enum Bar {
    private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A share 0…1 as a bar of so many columns; something above zero is never drawn as nothing.
    static func text(_ share: Double?, width: Int, ascii: Bool) -> String {
        guard let share, share.isFinite, width > 0 else { return String(repeating: "·", count: max(0, width)) }
        let clamped = min(1, max(0, share))
        if ascii {
            let full = clamped > 0 ? max(1, Int(clamping: (clamped * Double(width)).rounded())) : 0
            return String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
        }
        var parts = Int(clamping: (clamped * Double(width * 8)).rounded())
        if clamped > 0 { parts = max(1, parts) }
        var text = String(repeating: "█", count: parts / 8)
        if parts % 8 > 0 { text.append(eighths[parts % 8]) }
        return text + String(repeating: " ", count: width - text.count)
    }
}

/// Lines of dots, two across and four down in each cell.
struct DotChart {
    private var columns: Int
    private var rows: Int
    private var dots: [UInt8]
    private var roles: [Role?]
    private static let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

    init(columns: Int, rows: Int) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
        dots = Array(repeating: 0, count: self.columns * self.rows)
        roles = Array(repeating: nil, count: self.columns * self.rows)
    }

    /// Draws the last values from the right; later series lie over earlier ones. Gaps break the line.
    mutating func add(_ values: [Double?], most: Double, role: Role) {
        guard columns > 0, rows > 0, most > 0 else { return }
        let points = values.suffix(columns * 2)
        let start = columns * 2 - points.count
        var last: Int?
        for (offset, value) in points.enumerated() {
            guard let value, value.isFinite else {
                last = nil
                continue
            }
            let x = start + offset
            let height = rows * 4 - 1
            let y = height - min(height, max(0, Int(clamping: (value / most * Double(height)).rounded())))
            let from = last ?? y
            // A steep step is drawn as a connected line.
            for dot in min(from, y)...max(from, y) { set(x, dot, role) }
            last = y
        }
    }

    private mutating func set(_ x: Int, _ y: Int, _ role: Role) {
        let index = (y / 4) * columns + x / 2
        guard dots.indices.contains(index) else { return }
        dots[index] |= Self.bits[x % 2][y % 4]
        roles[index] = role
    }

    func draw(_ frame: inout Frame, row: Int, column: Int) {
        for y in 0..<rows {
            for x in 0..<columns {
                let index = y * columns + x
                guard dots[index] != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[index])) else { continue }
                frame.put(String(scalar), row: row + y, column: column + x, style: Style(roles[index] ?? .chart))
            }
        }
    }
}
