// What several answers may have together. A bound on each alone is none on a dozen that come at the same time.

internal import Base

/// Bytes that answers may have from their first byte until they have been read.
package final class ByteBudget: Sendable {
    package let limit: Int
    private let used = Lock(0)

    package init(_ limit: Int) { self.limit = limit }

    /// What is taken now.
    package var inUse: Int { used.withLock { $0 } }

    fileprivate func take(_ count: Int) -> Bool {
        used.withLock { used in
            guard count <= limit - used else { return false }
            used += count
            return true
        }
    }

    fileprivate func giveBack(_ count: Int) { used.withLock { $0 -= count } }
}

/// One answer's part of a budget. Whoever made it ends it once the answer has been read, or has failed.
package final class BudgetShare: Sendable {
    package let budget: ByteBudget
    private struct State {
        var taken = 0
        var isOver = false
    }
    private let state = Lock(State())

    package init(of budget: ByteBudget) { self.budget = budget }

    deinit { end() }

    /// False when there is no room, and for what still arrives after the end.
    func take(_ count: Int) -> Bool {
        state.withLock { state in
            guard !state.isOver, budget.take(count) else { return false }
            state.taken += count
            return true
        }
    }

    package func end() {
        let taken = state.withLock { state in
            defer { state = State(taken: 0, isOver: true) }
            return state.taken
        }
        budget.giveBack(taken)
    }
}
