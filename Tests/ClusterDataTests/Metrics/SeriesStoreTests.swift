import MeshModel
import Testing

@testable import Base
@testable import ClusterData
@testable import Kube

/// Rings of several resolutions, on a clock that the test moves.
@Suite struct SeriesStoreTests {
    private static let start = 1_790_000_000.0
    private let cart = ServiceID(namespace: "shop", name: "cart")

    private func service(_ rate: Double?, p99: Double? = nil, name: String = "cart") -> ServiceSummary {
        var row = ServiceSummary(
            id: ServiceID(namespace: "shop", name: name), health: .healthy, requestsPerSecond: rate, errorRatio: 0.5)
        row.latencyMs.p99 = p99
        return row
    }

    private func at(_ seconds: Double) -> Timestamp { Timestamp(seconds: Self.start + seconds) }

    @Test func aTickIsAPointAndWhatWasNotMeasuredIsAGap() {
        var store = SeriesStore(stepSeconds: 5)
        store.append(at: at(0), services: [service(10, p99: 4)], edges: [])
        // A tick that is a little late, then one that was left out.
        store.append(at: at(5.4), services: [service(nil)], edges: [])
        store.append(at: at(15.2), services: [service(12, p99: 6)], edges: [])
        #expect(store.service(cart, .requests).values == [10, nil, nil, 12])
        #expect(store.service(cart, .errors).values == [5, nil, nil, 6])
        #expect(store.service(cart, .p99).values == [4, nil, nil, 6])
        // Asked again at once: it takes the place of the last.
        store.append(at: at(16), services: [service(13)], edges: [])
        #expect(store.service(cart, .requests).values == [10, nil, nil, 13])
        // Nothing is kept of what was never measured.
        #expect(store.service(cart, .p50).values.isEmpty)
        #expect(store.newest(0) == at(15.2))
    }

    /// A clock that stood still, was set back or forward: no ring is longer than it may be, and none is empty for it.
    @Test func clocksThatJumpLeaveAPastOfTheRightLength() {
        var store = SeriesStore(stepSeconds: 5)
        for time in [0, 5, -4000, 0, 10, 1e9, 1e9 + 5, .infinity, .nan, 20, 25] {
            store.append(at: at(time), services: [service(1)], edges: [])
            for place in store.resolutions.indices {
                let count = store.service(cart, .requests, place).samples.count
                #expect((1...store.resolutions[place].capacity).contains(count), "\(time): \(count)")
            }
        }
        #expect(store.service(cart, .requests).values.suffix(2) == [1, 1])
    }

    /// A coarse point is what a range query says at that multiple of its step: the last tick before it.
    @Test func coarsePointsStandWhereARangeQueryHasThem() throws {
        var store = SeriesStore(stepSeconds: 5)
        // The first tick is 20 s after a full minute.
        let minute = (Self.start / 60).rounded(.down) * 60
        for place in 0..<48 {
            let time = Timestamp(seconds: minute + 20 + Double(place) * 5)
            store.append(at: time, services: [service(Double(place))], edges: [])
        }
        // Full minutes are at 60, 120, 180 and 240: the ticks there are the 8th, 20th, 32nd and 44th after the first.
        #expect(store.service(cart, .requests, 1).values == [8, 20, 32, 44, 47])
        #expect(store.newest(1) == Timestamp(seconds: minute + 300))
        #expect(store.service(cart, .requests, 1).stepSeconds == 60)
    }

    /// A range query of the minutes before, answered after ticks have begun: both are where their time is, whichever
    /// of the two is ahead.
    @Test(arguments: [(0, [1, 2, 3, 40, 41]), (60, [1, 2, 3, 41]), (240, [1])])
    func aCoarsePastIsPutBehindWhatTicksWrote(_ ahead: Double, _ rates: [Double]) throws {
        var store = SeriesStore(stepSeconds: 5)
        let minute = (Self.start / 60).rounded(.up) * 60
        store.append(at: Timestamp(seconds: minute + 20), services: [service(40, p99: 7)], edges: [])
        store.append(at: Timestamp(seconds: minute + 80), services: [service(41, p99: 8)], edges: [])
        // The last of three minutes is the one before the first tick, or one that is still to come.
        var past = SeriesPast(resolution: 1, end: minute + ahead, count: 3)
        let points = [1, 2, 3].map { (time: minute + ahead - Double(3 - $0) * 60, value: Double($0)) }
        past.services = [(.requests, [MetricSeries(labels: ["shop", "cart"], points: points)])]
        store.fill(past)
        #expect(store.service(cart, .requests, 1).values == rates)
        #expect(store.service(cart, .p99, 1).values == [7, 8])
        #expect(store.newest(1) == Timestamp(seconds: minute + 120))
        store.append(at: Timestamp(seconds: minute + 140), services: [service(42, p99: 9)], edges: [])
        #expect(store.service(cart, .requests, 1).values == rates + [42])
        #expect(store.service(cart, .p99, 1).values == [7, 8, 9])
    }

    @Test func ringsEndWhereTheyAreFull() {
        var store = SeriesStore(stepSeconds: 5)
        for place in 0..<9000 {
            store.append(at: at(Double(place) * 5), services: [service(Double(place))], edges: [])
        }
        let counts = store.resolutions.indices.map { store.service(cart, .requests, $0).samples.count }
        #expect(counts == [120, 120, 144])
        #expect(store.service(cart, .requests).values.first == 8880)
        #expect(store.service(cart, .requests).values.last == 8999)
        #expect(store.points == 2 * (120 + 120 + 144))
    }

    @Test func whatIsGoneIsForgottenWhenItsFineRingIsEmpty() {
        var store = SeriesStore(stepSeconds: 5)
        store.append(at: at(0), services: [service(1), service(2, name: "gone")], edges: [])
        let gone = ServiceID(namespace: "shop", name: "gone")
        for place in 1..<130 {
            store.append(at: at(Double(place) * 5), services: [service(1)], edges: [])
            if place == 60 { #expect(store.service(gone, .requests).values.first == 2) }
        }
        #expect(store.service(gone, .requests).samples.isEmpty)
    }

    /// However large the mesh: never more than was allowed, and what is drawn on the screen goes last.
    @Test(arguments: [(10, 10, 10), (1000, 2000, 5000), (3000, 3000, 12_000), (8000, 20_000, 200_000)])
    func thePlanStaysWithinItsPoints(_ services: Int, _ workloads: Int, _ edges: Int) throws {
        let resolutions = SeriesStore(stepSeconds: 5).resolutions
        let plan = try #require(
            SeriesPlan.fitting(
                services: services, workloads: workloads, edges: edges, points: 6_000_000, resolutions))
        func points(_ part: SeriesPlan.Part) -> Int {
            resolutions.prefix(part.resolutions).reduce(0) { $0 + $1.capacity } * part.measures.count
        }
        var sum = services * points(plan.services)
        sum += workloads * points(plan.workloads) + edges * points(plan.edges)
        #expect(sum <= 6_000_000)
        #expect(plan.services.resolutions >= 1)
        if edges < 13_000 { #expect(plan.edges.measures.contains(.p99)) }
    }

    @Test func aMeshThatGrewGivesBackWhatIsNotKeptAnyMore() {
        var store = SeriesStore(stepSeconds: 5, mostPoints: 20_000)
        for place in 0..<20 { store.append(at: at(Double(place) * 60), services: [service(1, p99: 2)], edges: []) }
        #expect(store.service(cart, .requests, 2).samples.count > 1)
        let many = (0..<20).map { service(1, name: "s\($0)") } + [service(1, p99: 2)]
        store.append(at: at(1300), services: many, edges: [])
        #expect(store.service(cart, .requests, 2).samples.isEmpty)
        #expect(!store.service(cart, .requests, 0).samples.isEmpty)
        // More than there is room for at all.
        let most = (0..<200).map { service(1, name: "s\($0)") }
        store.append(at: at(1305), services: most, edges: [])
        #expect(store.points == 0)
    }

    /// The last hour of one workload is the minutes that were seen, where all of them were.
    @Test func aLoadThatWasSeenIsNotAskedFor() {
        var store = SeriesStore(stepSeconds: 5)
        let key = ObjectKey("shop", "cart-v1")
        func workload(_ rate: Double) -> WorkloadSummary {
            var row = WorkloadSummary(
                namespace: "shop", kind: "Deployment", name: "cart-v1", desired: 1, ready: 1, dataPlane: .sidecar,
                health: .healthy, requestsPerSecond: rate)
            row.latencyMs.p99 = rate / 2
            return row
        }
        let minute = (Self.start / 60).rounded(.down) * 60
        for place in 0..<60 {
            #expect(LoadHistory.known(store, kind: "Deployment", key, window: 60) == nil)
            store.append(
                at: Timestamp(seconds: minute + Double(place) * 60), services: [],
                workloads: [workload(Double(place))], edges: [])
        }
        let known = LoadHistory.known(store, kind: "Deployment", key, window: 60)
        // The minute without requests says nothing of how fast they were answered.
        #expect(known?.points.count == 59)
        #expect(known?.points.last == LoadHistory.Point(rate: 59, p99: 29.5))
        #expect(LoadHistory.known(store, kind: "Deployment", key, window: 300) == nil)
        #expect(LoadHistory.known(store, kind: "StatefulSet", key, window: 60) == nil)
    }
}
