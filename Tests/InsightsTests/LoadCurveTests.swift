import Insights
import Testing

/// A queue's latency over its load, and what is not one.
@Suite struct LoadCurveTests {
    /// Response times of an M/M/1 queue that serves `capacity` a second, with some noise.
    private func queue(_ loads: [Double], capacity: Double, noise: Double, seed: UInt64 = 7) -> [(Double, Double)] {
        var random = SeededRandom(seed: seed)
        return loads.map { load in
            let clean = 1000 / (capacity - load)
            return (load, clean * (1 + noise * (Double.random(in: -1...1, using: &random))))
        }
    }

    @Test(arguments: [UInt64(1), 2, 3]) func aQueuesCapacityIsFound(_ seed: UInt64) throws {
        let points = queue((0..<60).map { 20 + Double($0) * 0.8 }, capacity: 100, noise: 0.03, seed: seed)
        let curve = try #require(LoadCurve(points.map { (load: $0.0, latency: $0.1) }))
        #expect(abs(curve.capacity - 100) < 10)
        let predicted = try #require(curve.latency(85))
        // By the formula 1000 / (100 − 85) = 67 ms.
        #expect(predicted > 45 && predicted < 110, "\(predicted)")
        #expect(abs(curve.busy(50) - 0.5) < 0.06)
        #expect(curve.latency(120) == nil)
    }

    @Test func latencyThatDoesNotFollowLoadSaysNothing() {
        var random = SeededRandom(seed: 3)
        let flat = (0..<60).map {
            (load: 20 + Double($0), latency: 30 * (1 + 0.2 * Double.random(in: -1...1, using: &random)))
        }
        #expect(LoadCurve(flat) == nil)
        // The faster, the more load: no queue at all.
        #expect(LoadCurve((0..<60).map { (load: 20 + Double($0), latency: 100 - Double($0)) }) == nil)
    }

    @Test func aFewPointsOrOneLoadSayNothing() {
        #expect(LoadCurve(queue([10, 20, 30], capacity: 100, noise: 0).map { (load: $0.0, latency: $0.1) }) == nil)
        let still = queue([Double](repeating: 50, count: 60), capacity: 100, noise: 0.05)
        #expect(LoadCurve(still.map { (load: $0.0, latency: $0.1) }) == nil)
        #expect(LoadCurve([]) == nil)
        #expect(LoadCurve([(load: .nan, latency: 1), (load: 0, latency: 0)]) == nil)
    }
}
