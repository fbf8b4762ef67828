// Work in parts that do not depend on each other, on as many cores as there are.

import Dispatch

/// One part: what it keeps between two runs, and what the run gives.
package final class Part<State: Sendable, Value: Sendable>: Sendable {
    private let state: Lock<(kept: State, value: Value?)>
    private let work: @Sendable (inout State) -> Value

    /// `kept` is moved in, so that the work changes it in place.
    package init(_ kept: inout State, empty: State, _ work: @escaping @Sendable (inout State) -> Value) {
        state = Lock((kept, nil))
        kept = empty
        self.work = work
    }

    package func run() {
        state.withLock { $0.value = work(&$0.kept) }
    }

    /// What the run gave; runs when nobody did.
    package func finish(_ kept: inout State) -> Value {
        let (state, value) = state.withLock { state in (state.kept, state.value ?? work(&state.kept)) }
        kept = state
        return value
    }
}

package enum Parts {
    /// Runs all; returns when the last has ended. Name the longest first.
    package static func run(_ parts: [@Sendable () -> Void]) {
        DispatchQueue.concurrentPerform(iterations: parts.count) { parts[$0]() }
    }

    /// Below this, handing out the work costs more than the work.
    private static let fewest = 1000

    /// What `make` gives for 0..<count, in order.
    package static func map<Value: Sendable>(_ count: Int, _ make: @escaping @Sendable (Int) -> Value?) -> [Value] {
        guard count >= fewest else { return (0..<count).compactMap(make) }
        let pieces = 8
        let made = Lock([[Value]](repeating: [], count: pieces))
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            let values = (count * piece / pieces..<count * (piece + 1) / pieces).compactMap(make)
            made.withLock { $0[piece] = values }
        }
        return made.withLock { $0.flatMap(\.self) }
    }
}
