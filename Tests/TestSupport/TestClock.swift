// Clocks that tests own.

package import Base

/// Stands still until a test moves it.
package final class TestClock: TimeSource {
    private struct Sleeper {
        var wakesAt: Double
        var continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        /// Since the clock was made: small numbers are exact.
        var seconds = 0.0
        var sleepers: [Int: Sleeper] = [:]
        /// Cancelled before they lay down.
        var cancelled: Set<Int> = []
        var lastNumber = 0
    }

    private let start: Timestamp
    private let state = Lock(State())

    package init(at start: Timestamp = Timestamp(seconds: 1_790_000_000)) {
        self.start = start
    }

    package var now: Timestamp { start + state.withLock { $0.seconds } }
    package var wall: Timestamp { now }
    package var moment: Moment { Moment(seconds: state.withLock { $0.seconds }) }

    package func sleep(seconds: Double) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return true }
                    state.sleepers[number] = Sleeper(wakesAt: state.seconds + seconds, continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper?.continuation
            }
            sleeper?.resume(throwing: CancellationError())
        }
    }

    /// How long everybody who sleeps still has to, the shortest first.
    package var pauses: [Double] {
        state.withLock { state in state.sleepers.values.map { $0.wakesAt - state.seconds } }.sorted()
    }

    /// Wakes whoever has slept enough by then.
    package func advance(by seconds: Double) {
        let due = state.withLock { state in
            state.seconds += seconds
            let now = state.seconds
            let due = state.sleepers.filter { $0.value.wakesAt <= now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.sorted { $0.wakesAt < $1.wakesAt }.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }
}

/// Runs so many times as fast as the system's: for what talks to servers of this machine, which answer in real time. It
/// is ahead of theirs by more and more, so nothing that asks a server for a time should have it.
package final class FastClock: TimeSource {
    private let speed: Double
    private let start: Timestamp
    private let began: Moment

    package init(speed: Double) {
        self.speed = speed
        (start, began) = (.now(), .now())
    }

    private var passed: Double { (Moment.now() - began) * speed }

    package var now: Timestamp { start + passed }
    package var wall: Timestamp { now }
    package var moment: Moment { began + passed }

    package func sleep(seconds: Double) async throws {
        try await SystemClock().sleep(seconds: seconds / speed)
    }
}
