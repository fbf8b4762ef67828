// The nearest ASCII likeness of the characters that our panes draw with, for terminals without UTF-8.

enum AsciiLikeness {
    static func of(_ value: UInt32) -> UInt32 {
        if let known = table[value] { return known }
        if (0x2500...0x257F).contains(value) { return code("+") }
        if (0x2800...0x28FF).contains(value) {
            return value == 0x2800 ? 0x20 : ((value - 0x2800).nonzeroBitCount > 3 ? code(":") : code("."))
        }
        return code("?")
    }

    private static func code(_ text: Unicode.Scalar) -> UInt32 { text.value }

    private static let table: [UInt32: UInt32] = {
        let pairs: [(String, String)] = [
            ("─━═╌╴╶", "-"), ("│┃║╎╵╷", "|"), ("▶→►▸", ">"), ("◀←◂", "<"), ("▲↑▴", "^"), ("▼↓▾", "v"), ("…", "~"),
            ("═", "="), ("║╔╗╚╝", "#"), ("–—−", "-"), ("●◉", "*"), ("○◌", "o"), ("◐◑", "%"), ("✖✗×", "x"), ("✔✓", "+"),
            ("◆", "#"), ("◇", "."),
            ("·∙", "."), ("█▓", "#"), ("▒▉▊▋", "="), ("░▌▍", "-"), ("▎▏", "."), ("▁▂", "_"), ("▃▄", "-"),
            ("▅▆", "="), ("▇", "#"), ("⚠", "!"), ("↻⟳", "@"), ("⏎", "|"), ("“”", "\""), ("‘’", "'"),
            ("‹", "<"), ("›", ">"), ("≥", ">"), ("≤", "<"), ("±", "~"), ("Δ", "d"), ("µ", "u"), ("⏸", "="), ("≠", "!"),
            ("≈⋯", "~"), ("‖▕", "|"),
            ("\u{A0}", " "),
        ]
        var table: [UInt32: UInt32] = [:]
        for (from, to) in pairs {
            guard let target = to.unicodeScalars.first?.value else { continue }
            for scalar in from.unicodeScalars { table[scalar.value] = target }
        }
        return table
    }()
}
