// Numbers of the recent past, and quantiles.

/// Quantiles in milliseconds, interpolated from histogram buckets as Prometheus' histogram_quantile does.
package struct Latency: Sendable, Hashable, Codable {
    package var p50: Double?
    package var p95: Double?
    package var p99: Double?

    package init(p50: Double? = nil, p95: Double? = nil, p99: Double? = nil) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
    }
}

/// Recent values of one number, oldest first, at a fixed step; nil where nothing was measured.
package struct History: Sendable, Hashable {
    package var stepSeconds: Int
    /// Kept by the hundred thousand, and drawn with a few pixels: single precision, NaN where nothing was measured.
    package var samples: [Float]

    package init(stepSeconds: Int = 5, samples: [Float]) {
        self.stepSeconds = stepSeconds
        self.samples = samples
    }

    package init(stepSeconds: Int = 5, values: [Double?] = []) {
        self.init(stepSeconds: stepSeconds, samples: values.map { $0.map { Float($0) } ?? .nan })
    }

    package var values: [Double?] { samples.map { $0.isNaN ? nil : Double($0) } }

    /// The last `count` values.
    package func suffix(_ count: Int) -> [Double?] {
        samples.suffix(max(0, count)).map { $0.isNaN ? nil : Double($0) }
    }
}
