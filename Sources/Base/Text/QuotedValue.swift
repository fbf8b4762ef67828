// Where a value ends that stands in the middle of a sentence, as Go prints it: `"…"`, `{…}`, `map[…]`, `v1.Pod{…}`.

package enum QuotedValue {
    private static let closing: [Character: Character] = ["(": ")", "[": "]", "{": "}"]

    /// The place behind the value at the beginning; nil where it is no quoted text and no bracketed one, or has no end.
    package static func end(of text: Substring) -> String.Index? {
        var index = text.startIndex
        // The name of a type.
        while index < text.endIndex, text[index].isLetter || text[index].isNumber || "*.&".contains(text[index]) {
            index = text.index(after: index)
        }
        guard index < text.endIndex else { return nil }
        if text[index] == "\"" { return index == text.startIndex ? endOfString(text[index...]) : nil }
        return closing[text[index]] == nil ? nil : endOfBrackets(text[index...])
    }

    /// The parts of a sentence between its semicolons; those within quotes and brackets are no ends.
    package static func clauses(of text: String) -> [Substring] {
        var clauses: [Substring] = []
        var (start, index) = (text.startIndex, text.startIndex)
        while index < text.endIndex {
            let rest = text[index...]
            let value =
                rest.hasPrefix("\"") ? endOfString(rest) : closing[text[index]] == nil ? nil : endOfBrackets(rest)
            if let value {
                index = value
            } else if rest.hasPrefix("; ") {
                clauses.append(text[start..<index])
                index = text.index(index, offsetBy: 2)
                start = index
            } else {
                index = text.index(after: index)
            }
        }
        return clauses + [text[start...]]
    }

    private static func endOfString(_ text: Substring) -> String.Index? {
        var isEscaped = false
        for index in text.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "\"" {
                return text.index(after: index)
            }
        }
        return nil
    }

    private static func endOfBrackets(_ text: Substring) -> String.Index? {
        var open: [Character] = []
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if character == "\"", let end = endOfString(text[index...]) {
                index = end
                continue
            }
            if let close = closing[character] {
                open.append(close)
            } else if character == open.last {
                open.removeLast()
                if open.isEmpty { return text.index(after: index) }
            }
            index = text.index(after: index)
        }
        return nil
    }
}
