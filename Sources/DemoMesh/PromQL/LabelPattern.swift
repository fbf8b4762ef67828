// Regular expressions of label matchers, anchored at both ends as Prometheus anchors them.

internal import Base

struct LabelPattern {
    private let pattern: Pattern
    /// `a|b|c` without any special character is looked up, not matched.
    private let alternatives: Set<String>?

    init(_ text: String) throws(PromQLError) {
        let plain = text.allSatisfy { $0.isLetter || $0.isNumber || "_-|".contains($0) }
        alternatives = plain ? Set(text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)) : nil
        do {
            pattern = try Pattern(text)
        } catch {
            throw PromQLError(message: "1:1: parse error: error parsing regexp: \(error)")
        }
    }

    func matches(_ text: String) -> Bool { alternatives?.contains(text) ?? pattern.matchesWhole(text) }
}
