import MeshModel
import Testing

@Suite struct QuantileTests {
    @Test func interpolatesAsPrometheusDoes() {
        var buckets = HistogramBuckets()
        for (bound, value) in [(5.0, 0.0), (10, 0), (25, 50), (50, 90), (100, 100), (.infinity, 100)] {
            buckets.add(upperBound: bound, value: value)
        }
        // rank 50 is the end of the bucket 10…25
        #expect(buckets.quantile(0.5) == 25)
        #expect(buckets.quantile(0.25) == 17.5)
        #expect(buckets.quantile(0.95) == 75)
    }

    @Test func theInfinityBucketGivesTheLastFiniteBound() {
        var buckets = HistogramBuckets()
        for (bound, value) in [(10.0, 1.0), (.infinity, 10)] { buckets.add(upperBound: bound, value: value) }
        #expect(buckets.quantile(0.99) == 10)
    }

    @Test func nothingObservedIsUnknown() {
        var buckets = HistogramBuckets()
        #expect(buckets.quantile(0.5) == nil)
        buckets.add(upperBound: 10, value: 0)
        buckets.add(upperBound: .infinity, value: 0)
        #expect(buckets.quantile(0.5) == nil)
    }

    @Test func bucketsMayArriveInAnyOrderAndAreSummed() {
        var one = HistogramBuckets()
        var two = HistogramBuckets()
        let pairs = [(10.0, 4.0), (20, 6), (.infinity, 8)]
        for (bound, value) in pairs { one.add(upperBound: bound, value: value) }
        for (bound, value) in pairs.reversed() { two.add(upperBound: bound, value: value) }
        #expect(one == two)
        one.merge(two)
        #expect(one.cumulative == [8, 12, 16])
    }
}
