// Text from outside is made safe here, once, where it is decoded; nothing after this needs to think of it.

/// Makes text from a cluster harmless to a terminal. Control characters, C1, bidi overrides, zero-width and tag
/// characters and lone surrogates become visible substitutes; over-long text is cut.
package enum SafeText {
    /// The longest single value that is kept: enough for a status message, too little to flood a screen.
    package static let limit = 4096

    /// Cleans a value that may hold several lines; line feeds and tabs become a space in `line`, stay in `block`.
    package static func line(_ text: String, limit: Int = limit) -> String {
        clean(text, keepingLines: false, limit: limit)
    }

    /// The same from bytes as they came; plain ones are looked at once.
    static func line(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return isPlain(bytes, limit) ? text : clean(text, keepingLines: false, limit: limit)
    }

    private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>, _ limit: Int) -> Bool {
        guard bytes.count <= limit else { return false }
        // Without an early exit the loop runs many bytes at a time.
        var odd = false
        for byte in bytes { odd = odd || byte &- 0x20 >= 0x5F }
        return !odd
    }

    package static func block(_ text: String, limit: Int = 1 << 20) -> String {
        clean(text, keepingLines: true, limit: limit)
    }

    private static func clean(_ text: String, keepingLines: Bool, limit: Int) -> String {
        if text.utf8.withContiguousStorageIfAvailable({ isPlain($0, limit) }) == true { return text }
        var safe = ""
        var length = 0
        for scalar in text.unicodeScalars {
            guard length < limit else {
                safe += "…"
                break
            }
            length += 1
            switch scalar.value {
            case 0x0A where keepingLines: safe.unicodeScalars.append(scalar)
            case 0x0A: safe += "⏎"
            case 0x09: safe += keepingLines ? "    " : " "
            case 0x00..<0x20, 0x7F..<0xA0: safe += "\u{FFFD}"
            case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF, 0x061C, 0x2028, 0x2029, 0x00AD,
                0x115F, 0x1160, 0x3164, 0x180E:
                safe += "‹U+\(String(scalar.value, radix: 16, uppercase: true))›"
            case 0xE0000...0xE0FFF, 0xFFF9...0xFFFB, 0xE000...0xF8FF, 0xF0000...0x10FFFF: safe += "\u{FFFD}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}
