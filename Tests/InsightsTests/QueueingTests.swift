import Insights
import Testing

@Suite struct QueueingTests {
    @Test func littlesLawGivesWhatIsUnderWay() {
        let pool = ServicePool(arrivalsPerSecond: 340, replicas: 4, serviceSeconds: 0.05)
        #expect(pool.concurrency == 17)
        #expect(pool.requestsPerReplica == 85)
    }

    @Test func aPoolWithoutReplicasHasNoRatePerReplica() {
        let pool = ServicePool(arrivalsPerSecond: 10, replicas: 2, serviceSeconds: 0.1)
        #expect(pool.with(replicas: 0).requestsPerReplica == nil)
        #expect(pool.with(arrivalsPerSecond: 20).concurrency == 2 * pool.concurrency)
    }
}
