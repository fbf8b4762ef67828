// How reading something from outside is going.

/// The same words for a source as a whole and for one watched kind.
package enum SourceState: String, Sendable, Hashable, Codable {
    case starting, ok, slow, stale, down, unauthorized, forbidden, absent
}
