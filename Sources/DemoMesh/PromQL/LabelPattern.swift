// Regular expressions of label matchers, anchored at both ends as Prometheus anchors them.

internal import _StringProcessing

/// A compiled pattern. Not every RE2 expression is Swift's, but those of dashboards are.
struct LabelPattern {
    private let regex: Regex<AnyRegexOutput>
    /// `a|b|c` without any special character is looked up, not matched.
    private let alternatives: Set<String>?

    init(_ pattern: String) throws(PromQLError) {
        let plain = pattern.allSatisfy { $0.isLetter || $0.isNumber || "_-|".contains($0) }
        alternatives =
            plain ? Set(pattern.split(separator: "|", omittingEmptySubsequences: false).map(String.init)) : nil
        do {
            regex = try Regex(pattern)
        } catch {
            throw PromQLError(message: "1:1: parse error: error parsing regexp: \(error)")
        }
    }

    func matches(_ text: String) -> Bool {
        if let alternatives { return alternatives.contains(text) }
        do {
            return try regex.wholeMatch(in: text) != nil
        } catch {
            return false
        }
    }
}
