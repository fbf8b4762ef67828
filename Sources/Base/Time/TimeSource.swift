// The clock that the program goes by. Whatever waits, ages or retries takes it as a parameter, so that a test owns time.

/// Gives the time and lets it pass. The program has the system's; a test has one that it moves itself.
package protocol TimeSource: Sendable {
    /// The time of day. It never jumps, even if somebody sets the system's clock.
    var now: Timestamp { get }
    /// The system's clock, which somebody may set: what other programs' records are compared with.
    var wall: Timestamp { get }
    /// Monotonic time: says nothing of the time of day.
    var moment: Moment { get }
    /// Returns when so many seconds of this clock have passed; throws when the task is cancelled before.
    func sleep(seconds: Double) async throws
}

package struct SystemClock: TimeSource {
    package init() {}

    package var now: Timestamp { .now() }
    package var wall: Timestamp { .wall() }
    package var moment: Moment { .now() }

    package func sleep(seconds: Double) async throws {
        try await Task.sleep(nanoseconds: UInt64(nanosecondsOf: seconds))
    }
}

extension TimeSource where Self == SystemClock {
    package static var system: SystemClock { SystemClock() }
}
