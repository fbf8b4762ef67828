// Tells those who wait for an API server that somebody has heard from it.

internal import Base

/// Shared by all who ask one server. Only what is heard during a wait counts: news from before say nothing of after.
package final class SignsOfLife: Sendable {
    private struct State {
        var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }
    private let state = Lock(State())

    package init() {}

    package func answered() {
        let waiting = state.withLock { Array($0.waiting.values) }
        for continuation in waiting { continuation.yield() }
    }

    /// Waits until the server answers anybody, or until the pause is over; whether it has answered.
    package func heard(during pause: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let place = state.withLock { state in
            state.next += 1
            state.waiting[state.next] = continuation
            return state.next
        }
        defer { state.withLock { $0.waiting[place] = nil } }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await pause()
                return false
            }
            group.addTask {
                for await _ in stream { return true }
                return false
            }
            let first = try await group.next() ?? false
            try Task.checkCancellation()
            return first
        }
    }
}
