// How many columns a character takes on a terminal: our own table, because the C library's follows the locale.

package enum CharacterWidth {
    /// 0 for marks that join the character before, 1 or 2 for the rest. Control characters have no width: -1.
    package static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x20 || (0x7F..<0xA0).contains(value) { return -1 }
        if value < 0x300 { return value == 0xAD ? -1 : 1 }
        if contains(marks, value) { return 0 }
        if contains(refused, value) { return -1 }
        if value < 0x1100 { return 1 }
        return contains(wide, value) ? 2 : 1
    }

    package static func of(_ text: String) -> Int {
        var total = 0
        for scalar in text.unicodeScalars { total += max(0, of(scalar)) }
        return total
    }

    private static func contains(_ table: [ClosedRange<UInt32>], _ value: UInt32) -> Bool {
        var low = 0
        var high = table.count - 1
        while low <= high {
            let middle = (low + high) / 2
            if table[middle].upperBound < value {
                low = middle + 1
            } else if table[middle].lowerBound > value {
                high = middle - 1
            } else {
                return true
            }
        }
        return false
    }

    private static let marks: [ClosedRange<UInt32>] = [
        0x300...0x36F, 0x483...0x489, 0x591...0x5BD, 0x5BF...0x5BF, 0x5C1...0x5C2, 0x5C4...0x5C5, 0x5C7...0x5C7,
        0x610...0x61A, 0x64B...0x65F, 0x670...0x670, 0x6D6...0x6DC, 0x6DF...0x6E4, 0x6E7...0x6E8, 0x6EA...0x6ED,
        0x900...0x902, 0x93A...0x93A, 0x93C...0x93C, 0x941...0x948, 0x94D...0x94D, 0xE31...0xE31, 0xE34...0xE3A,
        0xE47...0xE4E, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20F0, 0x302A...0x302D, 0x3099...0x309A,
        0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xE0100...0xE01EF,
    ]

    /// Invisible or reordering characters: never put on the screen.
    private static let refused: [ClosedRange<UInt32>] = [
        0x61C...0x61C, 0x115F...0x1160, 0x180E...0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
        0x3164...0x3164, 0xD800...0xF8FF, 0xFEFF...0xFEFF, 0xFFF0...0xFFFB, 0xE0000...0xE00FF, 0xF0000...0x10FFFF,
    ]

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115E, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3,
        0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F...0x267F, 0x2693...0x2693, 0x26A1...0x26A1,
        0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA,
        0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD, 0x2705...0x2705, 0x270A...0x270B,
        0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797,
        0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55, 0x2E80...0x303E,
        0x3041...0x3163, 0x3165...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18AFF,
        0x1B000...0x1B2FF, 0x1F004...0x1F004, 0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A,
        0x1F200...0x1F265, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F7E0...0x1F7EB, 0x1F900...0x1FAFF,
        0x20000...0x3FFFD,
    ]
}

extension String {
    /// The text in at most `width` columns, with `…` where something was cut.
    func fitted(_ width: Int) -> String {
        if width <= 0 { return "" }
        if utf8.count <= width { return self }
        var used = 0
        var kept = ""
        var keptWidth = 0
        for scalar in unicodeScalars {
            let columns = max(0, CharacterWidth.of(scalar))
            if used + columns > width {
                var short = kept
                short += "…"
                return keptWidth + 1 > width ? String(short.prefix(width)) : short
            }
            used += columns
            if used <= width - 1 {
                kept.unicodeScalars.append(scalar)
                keptWidth = used
            }
        }
        return self
    }

    /// The text in at most `width` columns with its middle left out: names of a kind differ at their ends.
    func fittedBothEnds(_ width: Int) -> String {
        guard CharacterWidth.of(self) > width, width >= 7 else { return fitted(width) }
        let tail = (width - 1) * 2 / 3
        var end = ""
        var used = 0
        for character in reversed() {
            let columns = CharacterWidth.of(String(character))
            guard used + columns <= tail else { break }
            end.insert(character, at: end.startIndex)
            used += columns
        }
        var start = ""
        used = 0
        for character in self {
            let columns = CharacterWidth.of(String(character))
            guard used + columns <= width - 1 - tail else { break }
            start.append(character)
            used += columns
        }
        return start + "…" + end
    }

    /// Fitted and filled with spaces to exactly `width` columns.
    func padded(_ width: Int, right: Bool = false) -> String {
        let text = fitted(width)
        let spaces = String(repeating: " ", count: max(0, width - CharacterWidth.of(text)))
        return right ? spaces + text : text + spaces
    }
}
