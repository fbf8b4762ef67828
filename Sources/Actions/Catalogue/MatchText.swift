// A text to match a header, a cookie or a path by: taken as it stands, or as the pattern that it says it is.

internal import Base

/// `exact:`, `prefix:`, `contains:` or `regex:` in front of a text say how it is meant. Without one, a text that can only
/// be a pattern is one; a text that could be either is refused with both spellings.
struct MatchText {
    enum Match: Equatable {
        case exact(String)
        case prefix(String)
        /// RE2, for the whole value.
        case regex(String)
    }

    /// What a text without a word in front means that has no sign of a pattern.
    enum Plain { case exact, contains }

    var match: Match
    /// Nobody said that it is a pattern.
    private(set) var isGuessed = false
    private var part: String?
    private let key: String

    init(_ key: String, _ text: String, plain: Plain = .exact) throws(MeshTopError) {
        self.key = key
        match = .exact(text)
        for word in ["exact", "prefix", "contains", "regex"] where text.hasPrefix("\(word):") {
            let rest = String(text.dropFirst(word.count + 1))
            guard !rest.isEmpty else {
                throw MeshTopError(
                    .usage, "\(key)=\(word):", why: "nothing follows it", advice: "write \(word):TEXT")
            }
            switch word {
            case "exact": match = .exact(rest)
            case "prefix": match = .prefix(rest)
            case "contains": (match, part) = (.regex(".*\(Self.escaped(rest)).*"), rest)
            default: match = .regex(rest)
            }
            if word == "regex" { try check(rest) }
            return
        }
        let literal = plain == .contains ? "contains:" : "exact:"
        if Self.isPattern(text) {
            (match, isGuessed) = (.regex(text), true)
            try check(text, or: literal)
        } else if text.contains(where: { "*+?()[]{}|^$\\".contains($0) }) {
            let shown = SafeText.line(text, limit: 100)
            throw MeshTopError(
                .usage, "\(key)=\(shown)", why: "it can be read as a text and as a pattern",
                advice: "write \(literal)\(shown) for the text, regex:\(shown) for the pattern")
        } else if plain == .contains {
            (match, part) = (.regex(".*\(Self.escaped(text)).*"), text)
        }
    }

    /// Istio's proxies read RE2; what it cannot read would take the whole route down.
    private func check(_ pattern: String, or literal: String? = nil) throws(MeshTopError) {
        do {
            _ = try Pattern(pattern)
        } catch {
            throw MeshTopError(
                .usage, "\(key)=\(SafeText.line(pattern, limit: 100))",
                why: "RE2 cannot read this pattern: \(SafeText.line(error.description))",
                advice: literal.map { "write \($0)TEXT if it is no pattern" } ?? "mend the pattern")
        }
    }

    /// Signs that no plain text of a header or a path has: a repeated dot, alternatives, anchors at the ends, and
    /// repeated groups, classes and escapes. A dot or a bracket alone is none.
    private static func isPattern(_ text: String) -> Bool {
        if text.hasPrefix("^") || text.hasSuffix("$") || text.contains("|") || text.hasPrefix("(?") { return true }
        let pieces = [".*", ".+", ".?", ".{", "]+", "]*", "]{", ")+", ")*", ")?", "\\."]
        if pieces.contains(where: { text.contains($0) }) { return true }
        let characters = Array(text)
        return characters.indices.dropLast(2).contains {
            characters[$0] == "\\" && "dDwWsS".contains(characters[$0 + 1]) && "+*?{".contains(characters[$0 + 2])
        }
    }

    /// What means something to RE2 means itself.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text { result += "\\.+*?()|[]{}^$".contains(character) ? "\\\(character)" : String(character) }
        return result
    }

    /// A path starts with a slash, unless a pattern says where it starts.
    var path: MatchText {
        get throws(MeshTopError) {
            switch match {
            case .exact(let text) where !text.hasPrefix("/"), .prefix(let text) where !text.hasPrefix("/"):
                throw MeshTopError(
                    .usage, "\(key)=\(SafeText.line(text, limit: 100))", why: "a path starts with '/'",
                    advice: "write /\(SafeText.line(text, limit: 100))")
            default: return self
            }
        }
    }

    // MARK: As the objects have it

    /// An Istio `StringMatch`.
    var stringMatch: JSONValue {
        switch match {
        case .exact(let text): ["exact": .string(text)]
        case .prefix(let text): ["prefix": .string(text)]
        case .regex(let text): ["regex": .string(text)]
        }
    }

    /// As one pattern for the whole value.
    var pattern: String {
        switch match {
        case .exact(let text): Self.escaped(text)
        case .prefix(let text): "\(Self.escaped(text)).*"
        case .regex(let text): text
        }
    }

    /// A cookie among others in the one header that holds them all; a pattern's anchors are the cookie's ends.
    func cookie(named name: String) -> String {
        var value = pattern
        switch match {
        case .exact: break
        case .prefix(let text): value = "\(Self.escaped(text))[^;]*"
        case .regex:
            if value.hasPrefix("^") { value.removeFirst() }
            if value.hasSuffix("$"), !value.hasSuffix("\\$") { value.removeLast() }
            value = "(?:\(value))"
        }
        return "^(.*?; ?)?(\(Self.escaped(name))=\(value))(;.*)?$"
    }

    /// As somebody would write it for this template; nil where it is nothing that the template can say.
    static func written(_ match: JSONValue) -> String? {
        guard let members = match.object?.members.map({ ($0, $1) }), members.count == 1,
            let (word, value) = members.first,
            let text = value.string, !text.isEmpty, ["exact", "prefix", "regex"].contains(word)
        else { return nil }
        let spelled = "\(word):\(text)"
        guard let meant = try? MatchText("header", spelled) else { return nil }  // an odd pattern is not ours to show
        let plain = try? MatchText("header", text)  // refused means that it has to be spelled out
        return plain?.match == meant.match && plain?.isGuessed == false ? text : spelled
    }

    /// How it is taken, in one line.
    func words(_ what: String) -> String {
        if let part { return "\(what): it contains \(part), as the pattern \(pattern)" }
        return switch match {
        case .exact(let text): "\(what): exactly \(text)"
        case .prefix(let text): "\(what): it starts with \(text)"
        case .regex(let text):
            "\(what): the whole of it fits the pattern \(text)"
                + (isGuessed ? " (taken as one for how it looks; exact: or contains: in front makes it a text)" : "")
        }
    }
}
