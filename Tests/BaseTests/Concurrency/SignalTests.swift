import Testing

@testable import Base

@Suite struct SignalTests {
    /// Whoever looked before a change is woken by it, also when it comes before they wait.
    @Test func noChangeIsMissed() async {
        let signal = Signal()
        let seen = signal.count
        signal.fire()
        await signal.wait(after: seen)
        #expect(signal.count == 1)
    }

    @Test func allWhoWaitAreWoken() async {
        let signal = Signal()
        let woken = Lock(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                let seen = signal.count
                group.addTask {
                    await signal.wait(after: seen)
                    woken.withLock { $0 += 1 }
                }
            }
            signal.fire()
        }
        #expect(woken.withLock { $0 } == 50)
    }

    @Test func aTaskThatIsCancelledWaitsNoLonger() async {
        let signal = Signal()
        let task = Task { await signal.wait(after: 0) }
        task.cancel()
        await task.value
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            await signal.wait(after: 0)
        }
        late.cancel()
        await late.value
        #expect(signal.count == 0)
    }
}
