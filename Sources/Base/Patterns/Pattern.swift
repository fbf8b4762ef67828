// A regular expression in RE2's syntax, which is Istio's, Envoy's, Prometheus's and Go's, for patterns that others wrote.
// Syntax: https://github.com/google/re2/wiki/Syntax

/// A pattern that was understood. Matching never goes back in the text: its work grows with the length of the text times,
/// at most, the size of the pattern, whatever the pattern is. A text is found or not; nothing is captured.
///
///     let pattern = try Pattern("(?i)mobile|tablet")
///     pattern.isFound(in: userAgent)
package struct Pattern: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    private let program: PatternProgram
    private let matchers: MatcherStore

    /// Throws what RE2 would say of the text. `\C` (any byte) is refused, as Go refuses it. RE2 gives a compiled pattern
    /// 8 MB, Envoy with it; `PatternProgram.mostSteps` bounds it here.
    package init(_ text: String) throws(PatternError) {
        var parser = PatternParser(text)
        self.text = text
        program = try parser.parse()
        matchers = MatcherStore(program)
    }

    /// Whether the pattern describes the text from its first to its last character (RE2's FullMatch).
    package func matchesWhole(_ text: String) -> Bool { matchers.run(text, isSearch: false).isMatch }

    /// Whether the pattern describes some part of the text (RE2's PartialMatch).
    package func isFound(in text: String) -> Bool { matchers.run(text, isSearch: true).isMatch }

    /// What a search costs on a pattern never used before: instructions looked at and characters read.
    package func searchSteps(in text: String) -> Int { MatcherStore(program).run(text, isSearch: true).steps }

    package var description: String { text }

    package static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
