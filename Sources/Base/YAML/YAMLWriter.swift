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

    /// A block scalar must not begin with space, hold control characters or what YAML takes for a line's end.
    private static func canBeBlock(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, ![" ", "\n", "\t"].contains(first), !text.hasSuffix("\n\n") else {
            return false
        }
        return text.unicodeScalars.allSatisfy { $0 == "\n" || isPrintable($0) }
    }

    /// A string as a plain scalar where it reads back as the same string, else double-quoted.
    private static func scalar(_ text: String) -> String {
        if isPlainSafe(text) { return text }
        var quoted = ""
        StringEscapes.quote(text, into: &quoted) { isPrintable($0) ? nil : StringEscapes.hex($0) }
        return quoted
    }

    /// What a YAML reader takes as it stands and does not fold: no control characters, line or paragraph separators,
    /// byte order marks.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F, 0xA0..<0x2028, 0x202A..<0xD800, 0xE000..<0xFEFF, 0xFF00..<0xFFFE, 0x10000...: true
        default: false
        }
    }

    private static func isPlainSafe(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, first != 0x20, last != 0x20, last != 0x3A else {
            return false
        }
        // One rule says what a plain scalar is, here and in the reader.
        guard case .string(text) = YAMLScalar(plain: text).value else { return false }
        // What other readers may take for a number, a date or a time is quoted too.
        if (48...57).contains(first) || "+-.".utf8.contains(first) {
            let numberLike = text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || "+-._:eExXoObBabcdefABCDEFTtZz ".utf8.contains(byte)
            }
            if numberLike { return false }
        }
        if "-?:,[]{}#&*!|>'\"%@`=<".utf8.contains(first) { return false }
        if text.hasPrefix("---") || text.hasPrefix("...") { return false }
        var previous: UInt8 = 0
        for scalar in text.unicodeScalars where !isPrintable(scalar) { return false }
        for byte in text.utf8 {
            if byte == 0x23, previous == 0x20 { return false }
            if byte == 0x20, previous == 0x3A { return false }
            previous = byte
        }
        return true
    }
}
