// How latency grew with load, and what that says of another load. Pure arithmetic.

/// A line through 1/latency over load: where requests queue for one resource, the time in the system is the idle time
/// divided by what is left of the capacity, W = S / (1 − λ/μ), so 1/W falls in a line and reaches 0 at the capacity.
/// https://en.wikipedia.org/wiki/M/M/1_queue#Response_time
package struct LoadCurve: Sendable, Hashable {
    /// Latency without load, in the unit of the points.
    package let idle: Double
    /// The load at which requests would queue without end.
    package let capacity: Double
    /// The most that was seen.
    package let most: Double

    private static let leastPoints = 12
    /// The largest load is at least so many times the smallest: a line through one place has no slope.
    private static let leastSpread = 1.2
    /// The slope is at least so many times its standard error from none.
    private static let leastSlope = 4.0

    /// Nil where latency did not follow load clearly enough to say anything of another load.
    package init?(_ points: [(load: Double, latency: Double)]) {
        let seen = points.filter { $0.load > 0 && $0.latency > 0 && $0.load.isFinite && $0.latency.isFinite }
        guard seen.count >= Self.leastPoints else { return nil }
        let loads = seen.map(\.load).sorted()
        let (low, high) = (loads[loads.count / 20], loads[loads.count - 1 - loads.count / 20])
        guard high >= low * Self.leastSpread, let most = loads.last else { return nil }
        let count = Double(seen.count)
        let meanLoad = loads.reduce(0, +) / count
        let meanSpeed = seen.reduce(0) { $0 + 1 / $1.latency } / count
        var (spread, product) = (0.0, 0.0)
        for point in seen {
            spread += (point.load - meanLoad) * (point.load - meanLoad)
            product += (point.load - meanLoad) * (1 / point.latency - meanSpeed)
        }
        guard spread > 0 else { return nil }
        let slope = product / spread
        let start = meanSpeed - slope * meanLoad
        let squares = seen.reduce(0) { sum, point in
            let miss = 1 / point.latency - (start + slope * point.load)
            return sum + miss * miss
        }
        let deviation = (squares / (count - 2) / spread).squareRoot()
        guard slope < 0, start > 0, -slope >= Self.leastSlope * deviation else { return nil }
        idle = 1 / start
        capacity = -start / slope
        self.most = most
        // A capacity below what was carried is no capacity.
        guard capacity > most else { return nil }
    }

    /// The share of the capacity that a load takes; 1 and more cannot be carried.
    package func busy(_ load: Double) -> Double { load / capacity }

    /// Latency under a load; nil where it would grow without end.
    package func latency(_ load: Double) -> Double? { load < capacity ? idle / (1 - busy(load)) : nil }
}
