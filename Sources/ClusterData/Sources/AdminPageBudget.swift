// How many admin pages are read at a time, and which proxies are left alone for a while. No I/O.

internal import Base
internal import Kube

/// A page may be small or 16 MB, and eight that are read together take eight times that: how many are read at a time
/// follows from how large the last ones were.
struct AdminPageBudget: Sendable {
    /// Together, at most.
    static let mostBytes = 16 << 20
    private static let mostAtOnce = 8
    /// A proxy whose page cannot be taken is asked again after so long: it would be read up to its bound at each look.
    static let pauseSeconds = 60.0

    /// Nil until a page has come: then one is read alone.
    private var largest: Int?
    private var pausedUntil: [ObjectKey: Timestamp] = [:]
    private var freed = false

    var atOnce: Int {
        guard let largest else { return 1 }
        return min(Self.mostAtOnce, max(1, Self.mostBytes / max(1, largest)))
    }

    func mayAsk(_ pod: ObjectKey, now: Timestamp) -> Bool {
        guard let until = pausedUntil[pod] else { return true }
        // A clock that was set back holds nothing up for long.
        return now >= until || until - now > Self.pauseSeconds
    }

    mutating func answered(_ pod: ObjectKey, bytes: Int) {
        // Sizes change slowly: a smaller page counts by and by.
        largest = max(bytes, largest.map { $0 * 7 / 8 } ?? 0)
        pausedUntil[pod] = nil
    }

    /// It is larger than its bound, without end, or none at all.
    mutating func useless(_ pod: ObjectKey, now: Timestamp) {
        largest = Self.mostBytes
        freed = true
        pausedUntil[pod] = now + Self.pauseSeconds
    }

    /// Once after pages that were as large as may be and are no more.
    mutating func hasFreed() -> Bool {
        defer { freed = false }
        return freed
    }

    /// Pods come and go.
    mutating func keep(only pods: Set<ObjectKey>, now: Timestamp) {
        pausedUntil = pausedUntil.filter { pods.contains($0.key) || !mayAsk($0.key, now: now) }
    }
}
