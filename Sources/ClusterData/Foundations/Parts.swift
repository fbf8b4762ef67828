// Work in parts that do not depend on each other, on as many cores as there are.

import Dispatch

/// One part: what it keeps between two runs, and what the run gives.
final class Part<Kept: Sendable, Value: Sendable>: Sendable {
    private let state: Lock<(kept: Kept, value: Value?)>
    private let work: @Sendable (inout Kept) -> Value

    /// `kept` is moved in, so that the work changes it in place.
    init(_ kept: inout Kept, empty: Kept, _ work: @escaping @Sendable (inout Kept) -> Value) {
        state = Lock((kept, nil))
        kept = empty
        self.work = work
    }

    func run() {
        state.withLock { $0.value = work(&$0.kept) }
    }

    /// What the run gave; runs when nobody did.
    func finish(_ kept: inout Kept) -> Value {
        let (state, value) = state.withLock { state in (state.kept, state.value ?? work(&state.kept)) }
        kept = state
        return value
    }
}

enum Parts {
    /// Runs all; returns when the last has ended. Name the longest first.
    static func run(_ parts: [@Sendable () -> Void]) {
        DispatchQueue.concurrentPerform(iterations: parts.count) { parts[$0]() }
    }

    /// Below this, handing out the work costs more than the work.
    private static let fewest = 1000

    /// What `make` gives for 0..<count, in order.
    static func map<Value: Sendable>(_ count: Int, _ make: @escaping @Sendable (Int) -> Value?) -> [Value] {
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
