// Quantiles from cumulative histogram buckets, as Prometheus computes them.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile

/// Cumulative counts (or rates) by upper bound. Buckets may arrive in any order; absent ones are zero so far.
package struct HistogramBuckets: Sendable, Hashable {
    /// Upper bound and cumulative value, sorted by bound.
    package private(set) var bounds: [Double] = []
    package private(set) var cumulative: [Double] = []

    package init() {}

    /// Istio's have 20. One of more than this is none that anybody reads, and putting each in its place would take long.
    private static let mostBounds = 2000

    package mutating func add(upperBound: Double, value: Double) {
        guard bounds.count < Self.mostBounds || bounds.last == upperBound else { return }
        if let last = bounds.last, last < upperBound {
            bounds.append(upperBound)
            cumulative.append(value)
            return
        }
        if let index = bounds.firstIndex(where: { $0 >= upperBound }) {
            if bounds[index] == upperBound {
                cumulative[index] += value
            } else {
                bounds.insert(upperBound, at: index)
                cumulative.insert(value, at: index)
            }
        } else {
            bounds.append(upperBound)
            cumulative.append(value)
        }
    }

    package mutating func merge(_ other: HistogramBuckets) {
        for (bound, value) in zip(other.bounds, other.cumulative) { add(upperBound: bound, value: value) }
    }

    /// The q-quantile by linear interpolation within its bucket; nil without observations or without a +Inf bucket.
    /// In the +Inf bucket the highest finite bound is given, as Prometheus does.
    package func quantile(_ q: Double) -> Double? {
        guard bounds.count >= 2, bounds.last == .infinity else { return nil }
        // Float rounding can make a sum of rates fall slightly; cumulative counts never do.
        var monotonic = cumulative
        for index in monotonic.indices.dropFirst() { monotonic[index] = max(monotonic[index], monotonic[index - 1]) }
        guard let total = monotonic.last, total > 0 else { return nil }
        let rank = q * total
        let index = monotonic.firstIndex { $0 >= rank } ?? monotonic.count - 1
        if index == bounds.count - 1 { return bounds[bounds.count - 2] }
        if index == 0, bounds[0] <= 0 { return bounds[0] }
        let start = index == 0 ? 0 : bounds[index - 1]
        let below = index == 0 ? 0 : monotonic[index - 1]
        let inside = monotonic[index] - below
        guard inside > 0 else { return bounds[index] }
        return start + (bounds[index] - start) * ((rank - below) / inside)
    }

    package var latency: Latency { Latency(p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99)) }
}

extension HistogramBuckets {
    /// The share of observations above a value, interpolated within its bucket; nil without observations.
    package func share(above value: Double) -> Double? {
        guard let total = cumulative.last, total > 0, bounds.last == .infinity else { return nil }
        guard let index = bounds.firstIndex(where: { $0 >= value }) else { return 0 }
        if bounds[index] == value { return max(0, 1 - cumulative[index] / total) }
        let below = index == 0 ? 0 : cumulative[index - 1]
        // Within the last bucket nothing says how far.
        guard bounds[index].isFinite else { return max(0, 1 - below / total) }
        let start = index == 0 ? 0 : bounds[index - 1]
        let part = (value - start) / (bounds[index] - start)
        return max(0, 1 - (below + (cumulative[index] - below) * part) / total)
    }
}
