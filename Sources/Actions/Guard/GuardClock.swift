// The time that a guarded shift goes by.

package import Base

/// The wall's clock, unless the mesh has one of its own.
package struct GuardClock: Sendable {
    package var now: @Sendable () -> Timestamp
    package var sleep: @Sendable (_ seconds: Double) async throws -> Void
    /// How long what a person asks for may wait, in seconds of this clock.
    package var reactionSeconds: Double

    package init(
        now: @escaping @Sendable () -> Timestamp, reactionSeconds: Double,
        sleep: @escaping @Sendable (_ seconds: Double) async throws -> Void
    ) {
        (self.now, self.sleep, self.reactionSeconds) = (now, sleep, reactionSeconds)
    }

    package static let wall = GuardClock(now: { .now() }, reactionSeconds: 0.2) { seconds in
        try await Task.sleep(nanoseconds: UInt64(nanosecondsOf: seconds))
    }
}
