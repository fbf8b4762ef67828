// JSONValue trees to YAML in block style, as kubectl prints objects: two spaces, lists at their key's indent.

extension YAML {
    /// One document, ending in a line feed, without a `---`.
    package static func text(_ value: JSONValue) -> String {
        var lines: [String] = []
        write(value, indent: 0, into: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write(_ value: JSONValue, indent: Int, into lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        switch value {
        case .object(let object) where !object.isEmpty:
            for (key, member) in object.members {
                write(member, after: margin + scalar(key) + ":", indent: indent, into: &lines)
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements { writeElement(element, margin: margin, indent: indent, into: &lines) }
        default: lines.append(margin + inline(value))
        }
    }

    private static func write(_ member: JSONValue, after head: String, indent: Int, into lines: inout [String]) {
        switch member {
        case .object(let object) where !object.isEmpty:
            lines.append(head)
            write(member, indent: indent + 2, into: &lines)
        case .array(let elements) where !elements.isEmpty:
            lines.append(head)
            write(member, indent: indent, into: &lines)
        case .string(let text) where text.contains("\n") && canBeBlock(text):
            lines.append(head + " " + (text.hasSuffix("\n") ? "|" : "|-"))
            let body = text.hasSuffix("\n") ? String(text.dropLast()) : text
            for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
                lines.append(line.isEmpty ? "" : String(repeating: " ", count: indent + 2) + line)
            }
        default: lines.append(head + " " + inline(member))
        }
    }

    private static func writeElement(_ element: JSONValue, margin: String, indent: Int, into lines: inout [String]) {
        var nested: [String] = []
        switch element {
        case .object(let object) where !object.isEmpty: write(element, indent: indent + 2, into: &nested)
        case .array(let inner) where !inner.isEmpty: write(element, indent: indent + 2, into: &nested)
        default: nested = [margin + "  " + inline(element)]
        }
        nested[0] = margin + "- " + nested[0].dropFirst(indent + 2)
        lines += nested
    }

    private static func inline(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int, .double: value.compactText
        case .string(let text): scalar(text)
        case .array: "[]"
        case .object: "{}"
        }
    }

    /// A block scalar must not begin with space, hold tabs at line starts or control characters.
    private static func canBeBlock(_ text: String) -> Bool {
        guard let first = text.first, first != " ", first != "\n", !text.hasSuffix("\n\n") else { return false }
        return text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value)) }
    }

    /// A string as a plain scalar where it reads back as the same string, else double-quoted.
    private static func scalar(_ text: String) -> String {
        if isPlainSafe(text) { return text }
        var quoted = ""
        JSONValue.quote(text, into: &quoted)
        return quoted
    }

    private static let words: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "nan", ".nan", ".inf", "-.inf",
    ]

    private static func isPlainSafe(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, first != 0x20, last != 0x20, last != 0x3A else {
            return false
        }
        if words.contains(text.lowercased()) { return false }
        // Anything that may read as a number, a date or an indicator is quoted.
        if (48...57).contains(first) || "+-.".utf8.contains(first) {
            let numberLike = text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || "+-._:eExXoabcdefABCDEFTZ".utf8.contains(byte)
            }
            if numberLike { return false }
        }
        if "-?:,[]{}#&*!|>'\"%@`=<".utf8.contains(first) { return false }
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F || byte == 0xC2 || byte == 0xE2 { return false }
            if byte == 0x23, previous == 0x20 { return false }
            if byte == 0x20, previous == 0x3A { return false }
            previous = byte
        }
        return true
    }
}
