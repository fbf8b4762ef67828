import Insights
import Testing

struct WilsonIntervalTests {
    @Test func theIntervalNarrowsWithRequests() {
        let few = wilsonInterval(share: 0.1, observations: 40)
        let many = wilsonInterval(share: 0.1, observations: 40_000)
        #expect(few.lowerBound < 0.05 && few.upperBound > 0.2)
        #expect(many.lowerBound > 0.095 && many.upperBound < 0.105)
        #expect(wilsonInterval(share: 0, observations: 0) == 0...1)
    }
}
