// Strings that many objects have in common, kept once: labels, namespaces, node names, reasons.

/// Gives the same storage for equal text. Short strings need none of their own, so they are not kept here. Emptied when
/// it has grown large: what objects hold stays alive with them, and churn leaves nothing behind for weeks.
package final class StringPool: Sendable {
    private let known = Lock<Set<String>>([])
    private let limit: Int
    /// Swift keeps up to this many bytes inside the string itself.
    private static let inlineBytes = 15

    package init(limit: Int = 100_000) { self.limit = limit }

    package func shared(_ text: String) -> String {
        guard text.utf8.count > Self.inlineBytes else { return text }
        return known.withLock { known in
            let (inserted, member) = known.insert(text)
            if inserted, known.count > limit { known = [] }
            return member
        }
    }

    package var count: Int { known.withLock { $0.count } }
}
