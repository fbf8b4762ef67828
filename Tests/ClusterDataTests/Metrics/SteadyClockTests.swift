import ClusterData
import Testing

@Suite struct SteadyClockTests {
    /// Nobody can set it: it goes by the time that has passed.
    @Test func theTimeOfWaitsIsTheWallClocksAtTheBeginningAndMonotonicAfterwards() {
        let (moment, time) = (Moment.now(), Timestamp.now())
        var last = time
        for _ in 0..<10_000 {
            let next = Timestamp.now()
            #expect(next >= last)
            last = next
        }
        #expect(abs((last - time) - (Moment.now() - moment)) < 0.5)
        #expect(abs(Timestamp.wall() - Timestamp.now()) < 3600)
    }
}
