import Testing

@testable import ClusterData
@testable import Kube
@testable import MeshModel

@Suite struct SplitCounterTests {
    private let service = ServiceID(namespace: "shop", name: "reviews")
    private let key = ObjectKey("shop", "reviews-v2")

    private func requests(_ value: Double, code: String = "200", pod: String = "web-1") -> MetricSample {
        MetricSample(
            labels: [pod, "", "", "", "shop", "web", "shop", "reviews-v2", "http", code, "", "-", "unknown"],
            value: value)
    }

    private func bucket(_ le: String, _ value: Double) -> MetricSample {
        MetricSample(labels: ["web-1", "", "", "", "shop", "web", "shop", "reviews-v2", le], value: value)
    }

    @Test func theFirstLookCountsNothing() {
        var counters = SplitCounters([service])
        #expect(counters.take(requests: [requests(5000)], buckets: []) == nil)
        let grown = counters.take(requests: [requests(5010)], buckets: [])
        #expect(grown?[key]?.requests == 10 && grown?[key]?.errors == 0)
    }

    /// The first error of all makes a series that was not there before.
    @Test func aNewSeriesCountsFromZero() {
        var counters = SplitCounters([service])
        _ = counters.take(requests: [requests(100)], buckets: [])
        let grown = counters.take(requests: [requests(104), requests(1, code: "503")], buckets: [])
        #expect(grown?[key]?.requests == 5 && grown?[key]?.errors == 1)
    }

    @Test func aProxyThatStartsAnewCountsWhatItSays() {
        var counters = SplitCounters([service])
        _ = counters.take(requests: [requests(100), requests(70, pod: "web-2")], buckets: [])
        let grown = counters.take(requests: [requests(3), requests(75, pod: "web-2")], buckets: [])
        #expect(grown?[key]?.requests == 8)
    }

    /// A failed scrape must not count the whole past again when the series is back.
    @Test func aSeriesThatWasAwayIsRemembered() {
        var counters = SplitCounters([service])
        _ = counters.take(requests: [requests(100)], buckets: [])
        #expect(counters.take(requests: [], buckets: [])?[key] == nil)
        #expect(counters.take(requests: [requests(106)], buckets: [])?[key]?.requests == 6)
    }

    @Test func slowRequestsAreThoseAboveTheBound() {
        var counters = SplitCounters([service], bounds: ["25", "100"])
        _ = counters.take(
            requests: [requests(100)], buckets: [bucket("25", 50), bucket("100", 90), bucket("+Inf", 100)])
        let grown = counters.take(
            requests: [requests(120)], buckets: [bucket("25", 62), bucket("100", 108), bucket("+Inf", 120)])
        #expect(grown?[key]?.slow == [8, 2])
    }
}
