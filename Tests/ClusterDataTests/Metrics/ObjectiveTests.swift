import Istio
import TestSupport
import Testing

@testable import ClusterData
@testable import MeshModel

/// Burn rates against hand-computed ones, in a real Prometheus.
@Suite struct ObjectiveTests {
    private let cart = ServiceID(namespace: "agree", name: "cart")

    @Test func burnIsTheShareOfErrorsOverWhatIsAllowed() async throws {
        let exposition = Traffic.all()
        let stored = try await StoredPrometheus(exposition)
        let prometheus = try stored.client()
        defer { withExtendedLifetime(stored) {} }
        let objectives = [
            Objective(namespace: "unreached", name: "cart", availability: 0.99),
            Objective(namespace: "grpc", name: nil, availability: 0.9),
            Objective(namespace: "shares", name: "cart", availability: 0.999, latencyMs: 250, latencyShare: 0.9),
        ]
        // The samples span three minutes: the short window sees them all.
        let counts = try await ObjectivePoll.counts(
            prometheus, IstioDialect(), objectives, window: 60, at: exposition.end)
        let found = ObjectivePoll.statuses(objectives, [300: counts])
        func burn(_ namespace: String, _ measure: ObjectiveStatus.Measure = .availability) -> Double? {
            found.first { $0.service.namespace == namespace && $0.measure == measure }?.burn[300]
        }
        // 9 served, 4 lost: 4 of 13 fail, where 1 of 100 may.
        #expect(abs((burn("unreached") ?? 0) - 4.0 / 13 / 0.01) < 1e-6)
        #expect(abs((burn("grpc") ?? 0) - 0.2 / 0.1) < 1e-6)
        // 1 of 44 answers is a 500; 10 of 40 timed ones are above 250 ms, where 1 of 10 may be.
        #expect(abs((burn("shares") ?? 0) - 1.0 / 44 / 0.001) < 1e-6)
        #expect(abs((burn("shares", .latency) ?? 0) - 0.25 / 0.1) < 1e-6)
        #expect(burn("agree") == nil)
    }

    @Test func itTakesALongAndAShortWindow() {
        func level(_ burn: [Int: Double]) -> ObjectiveStatus.Level {
            ObjectiveStatus(service: cart, measure: .availability, target: 0.999, burn: burn).level
        }
        #expect(level([300: 20, 1800: 20, 3600: 20, 21600: 20]) == .fastBurn)
        // It was bad and is over.
        #expect(level([300: 0, 1800: 15, 3600: 20, 21600: 5]) == .ok)
        #expect(level([300: 0, 1800: 7, 3600: 7, 21600: 7]) == .slowBurn)
        #expect(level([300: 14.4, 3600: 14.4]) == .ok)
        #expect(level([:]) == .unknown)
    }

    @Test func theMostExactObjectiveHolds() {
        var counts = ObjectiveCounts()
        counts.all[cart] = 100
        counts.failed[cart] = 1
        let found = ObjectivePoll.statuses(
            [
                Objective(namespace: nil, name: nil, availability: 0.5),
                Objective(namespace: "agree", name: "cart", availability: 0.99),
                Objective(namespace: "agree", name: nil, availability: 0.9),
            ], [300: counts])
        #expect(found.map(\.target) == [0.99])
        #expect(abs((found[0].burn[300] ?? 0) - 1) < 1e-9)
    }

    @Test func sharesAboveABoundAreInterpolated() throws {
        var buckets = HistogramBuckets()
        for (bound, value) in [(100.0, 50.0), (200, 90), (.infinity, 100)] {
            buckets.add(upperBound: bound, value: value)
        }
        #expect(buckets.share(above: 100) == 0.5)
        #expect(abs(try #require(buckets.share(above: 150)) - 0.3) < 1e-9)
        #expect(abs(try #require(buckets.share(above: 500)) - 0.1) < 1e-9)
        #expect(HistogramBuckets().share(above: 1) == nil)
    }
}
