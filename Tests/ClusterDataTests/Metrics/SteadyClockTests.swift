import Base
import Testing

@Suite struct SteadyClockTests {
    /// Nobody can set it: it goes by the time that has passed.
    @Test func theTimeOfWaitsIsTheWallClocksAtTheBeginningAndMonotonicAfterwards() {
        let outer = Moment.now()
        let time = Timestamp.now()
        let inner = Moment.now()
        var last = time
        for _ in 0..<10_000 {
            let next = Timestamp.now()
            #expect(next >= last)
            last = next
        }
        let (innerEnd, end) = (Moment.now(), Timestamp.now())
        let outerEnd = Moment.now()
        // A Double of seconds since 1970 has a quarter of a microsecond.
        #expect(end - time >= innerEnd - inner - 1e-6 && end - time <= outerEnd - outer + 1e-6)
    }
}
