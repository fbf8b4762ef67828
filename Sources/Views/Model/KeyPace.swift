// How fast keys come: fast ones were not typed by a person.

internal import Actions
internal import Base

struct KeyPace: Sendable {
    /// Keys that follow each other faster were not typed one by one: fast typists need about 60 ms, a held key repeats
    /// every 33 ms at most.
    static let burstSeconds = 0.04
    /// A preview that was on the screen for less than this was not read.
    static let readingSeconds = 0.3

    private(set) var now: Moment?
    private var lastKey: Moment?
    /// How long before the last key the one before it came; nil for the first.
    private(set) var gap: Double?

    mutating func passed(_ moment: Moment) { now = moment }

    mutating func key() {
        gap = now.flatMap { now in lastKey.map { now - $0 } }
        lastKey = now
    }

    /// The last key came in the wake of another one.
    var isBurst: Bool { gap.map { $0 < Self.burstSeconds } ?? false }
}
