// JSON as Go's encoding/json writes it: for texts that kubectl writes and compares.

package enum GoJSON {
    /// Members in the order of their bytes, `<`, `>` and `&` escaped, and a line feed behind it, as an Encoder does.
    package static func line(_ value: JSONValue) -> String {
        var text = ""
        write(value, into: &text)
        return text + "\n"
    }

    private static func write(_ value: JSONValue, into text: inout String) {
        switch value {
        case .null, .bool, .int: text += value.compactText
        case .double(let number): text += number.isFinite ? self.text(number) : "null"
        case .string(let string): quote(string, into: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                write(element, into: &text)
            }
            text += "]"
        case .object(let object):
            text += "{"
            let members = object.members.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                quote(member.0, into: &text)
                text += ":"
                write(member.1, into: &text)
            }
            text += "}"
        }
    }

    /// No exponent between 1e-6 and 1e21.
    private static func text(_ value: Double) -> String {
        let decimal = ShortestDecimal(value)
        return value == 0 || abs(value) >= 1e-6 && abs(value) < 1e21 ? decimal.plain : decimal.scientific(places: 1)
    }

    private static func quote(_ string: String, into text: inout String) {
        StringEscapes.quote(string, into: &text) { scalar in
            switch scalar {
            case "\u{8}": "\\b"
            case "\u{C}": "\\f"
            case "\u{0}"..<"\u{20}", "<", ">", "&", "\u{2028}", "\u{2029}": StringEscapes.hex(scalar)
            default: nil
            }
        }
    }

    /// A finite number as it comes back when Go wrote it into JSON and Kubernetes reads it: an integer where its digits
    /// make one.
    static func reread(_ value: Double) -> JSONValue {
        if abs(value) < 0x1p53 { return Int64(exactly: value).map { .int($0) } ?? .double(value) }
        return Int64(text(value)).map { .int($0) } ?? .double(value)
    }
}
