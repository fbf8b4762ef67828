// Double-quoted strings: the escapes that JSON and YAML have in common.

enum StringEscapes {
    /// Writes a string between quotes. `other` gives the escape of a scalar that the format does not take as it stands,
    /// and nil for one that it does; quotes, backslashes, line feeds, returns and tabs are escaped here.
    @inline(__always)
    static func quote(_ string: String, into text: inout String, other: (Unicode.Scalar) -> String?) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if let escape = other(scalar) { text += escape } else { text.unicodeScalars.append(scalar) }
            }
        }
        text += "\""
    }

    /// `\uXXXX`; `\UXXXXXXXX` beyond it, which YAML has and JSON does not need.
    static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let length = scalar.value > 0xFFFF ? 8 : 4
        return (length == 8 ? "\\U" : "\\u") + String(repeating: "0", count: length - digits.count) + digits
    }
}
