// Wakes whoever waits for something to change.

/// A change is counted, so that one that comes before somebody waits is not missed: look at `count`, then at what may
/// have changed, then wait for the next after that count.
package final class Signal: Sendable {
    private struct State: Sendable {
        var count = 0
        var lastWaiter = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Cancelled before they lay down.
        var cancelled: Set<Int> = []
    }
    private let state = Lock(State())

    package init() {}

    package var count: Int { state.withLock { $0.count } }

    package func fire() {
        let woken = state.withLock { state in
            state.count += 1
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in woken { waiter.resume() }
    }

    /// Returns when there was a change after that one, or the task is cancelled.
    package func wait(after count: Int) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
                let isOver = state.withLock { state in
                    if state.cancelled.remove(number) != nil || state.count != count { return true }
                    state.waiting[number] = waiter
                    return false
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiting.removeValue(forKey: number)
                if waiter == nil { state.cancelled.insert(number) }
                return waiter
            }
            waiter?.resume()
        }
        _ = state.withLock { $0.cancelled.remove(number) }
    }
}
