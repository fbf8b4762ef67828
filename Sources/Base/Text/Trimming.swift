// Text without the space around it.

extension StringProtocol {
    /// Without white space at both ends.
    package func trimmingSpace() -> String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}
