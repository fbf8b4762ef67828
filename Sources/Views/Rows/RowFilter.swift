// The words of a filter.

/// What `/` was given: every word must occur; `!` in front turns the filter round.
struct RowFilter {
    private var words: [String]
    private var isInverse: Bool

    init(_ text: String) {
        var rest = text.lowercased()[...]
        isInverse = rest.hasPrefix("!")
        if isInverse { rest = rest.dropFirst() }
        words = rest.split(separator: " ").map(String.init)
    }

    var isEmpty: Bool { words.isEmpty }

    func matches(_ fields: String...) -> Bool {
        guard !words.isEmpty else { return true }
        let text = fields.joined(separator: "/").lowercased()
        return words.allSatisfy { Self.contains(text, $0) } != isInverse
    }

    /// A plain search: the standard library's `contains` for strings builds a regex.
    static func contains(_ text: String, _ word: String) -> Bool {
        let (haystack, needle) = (Array(text.utf8), Array(word.utf8))
        guard !needle.isEmpty, haystack.count >= needle.count else { return needle.isEmpty }
        for start in 0...(haystack.count - needle.count) where haystack[start] == needle[0] {
            if haystack[start..<(start + needle.count)].elementsEqual(needle) { return true }
        }
        return false
    }
}
