// JSONValue to text. Output is always valid UTF-8 with control characters escaped.

extension JSONValue {
    /// One line, no spaces: what goes over the wire.
    package var compactText: String {
        var text = ""
        write(to: &text, indent: nil, level: 0)
        return text
    }

    /// Two spaces an indent step, one member a line: what a person reads.
    package var prettyText: String {
        var text = ""
        write(to: &text, indent: 2, level: 0)
        return text
    }

    package func write(to text: inout String, indent: Int?, level: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .double(let value):
            if !value.isFinite {
                text += "null"
            } else if value == value.rounded(), abs(value) < 1e15 {
                text += String(Int64(clamping: value))
            } else {
                text += String(value)
            }
        case .string(let value): JSONValue.quote(value, into: &text)
        case .array(let elements):
            JSONValue.writeItems(
                elements, open: "[", close: "]", to: &text, indent: indent, level: level
            ) { element, text in
                element.write(to: &text, indent: indent, level: level + 1)
            }
        case .object(let object):
            JSONValue.writeItems(
                Array(object.members), open: "{", close: "}", to: &text, indent: indent, level: level
            ) { member, text in
                JSONValue.quote(member.0, into: &text)
                text += indent == nil ? ":" : ": "
                member.1.write(to: &text, indent: indent, level: level + 1)
            }
        }
    }

    private static func writeItems<Item>(
        _ items: [Item], open: String, close: String, to text: inout String, indent: Int?, level: Int,
        each: (Item, inout String) -> Void
    ) {
        text += open
        for (position, item) in items.enumerated() {
            if position > 0 { text += "," }
            if let indent { text += "\n" + String(repeating: " ", count: indent * (level + 1)) }
            each(item, &text)
        }
        if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent * level) }
        text += close
    }

    package static func quote(_ value: String, into text: inout String) {
        StringEscapes.quote(value, into: &text) { scalar in
            switch scalar {
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}": StringEscapes.hex(scalar)
            default: nil
            }
        }
    }
}
