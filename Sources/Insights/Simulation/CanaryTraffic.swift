// Requests to a stable version and its canary, as Envoy would count them.

package struct CanaryScenario: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case good
        case errors(Double)
        /// Every request takes this many times as long.
        case slower(Double)
        /// A tenth of the requests go by one route, and this share of those fail.
        case oneRoute(Double)
        /// The error ratio grows from the base to this within half an hour.
        case leak(Double)
    }

    package var kind: Kind
    package var requestsPerSecond: Double
    package var baseErrors = 0.001
    package var medianMs = 25.0
    /// Of the latency's logarithm.
    package var spread = 0.7

    package init(_ kind: Kind, requestsPerSecond: Double) {
        self.kind = kind
        self.requestsPerSecond = requestsPerSecond
    }

    package var isBad: Bool { kind != .good }

    /// Istio's bucket bounds that this latency has to do with.
    package static let bounds: [Double] = [5, 10, 25, 50, 100, 250, 500, 1000]

    /// The share of requests that take longer than a bound.
    package func above(_ bound: Double, scale: Double = 1) -> Double {
        1 - Self.normalCumulative(Math.log(bound / (medianMs * scale)) / spread)
    }

    package var stableP99: Double { medianMs * Math.exp(2.3263 * spread) }

    /// The canary's share of failing requests, so long after it was brought in.
    package func errors(at seconds: Double) -> Double {
        switch kind {
        case .good, .slower: baseErrors
        case .errors(let share): share
        case .oneRoute(let share): 0.9 * baseErrors + 0.1 * share
        case .leak(let share): baseErrors + (share - baseErrors) * min(1, seconds / 1800)
        }
    }

    /// How many times as long its requests take.
    package var scale: Double { if case .slower(let factor) = kind { factor } else { 1 } }

    /// https://en.wikipedia.org/wiki/Error_function (Abramowitz and Stegun 7.1.26: off by at most 1.5e-7).
    static func normalCumulative(_ z: Double) -> Double {
        let x = abs(z) / 2.0.squareRoot()
        let t = 1 / (1 + 0.3275911 * x)
        let polynomial =
            t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
        let tail = polynomial * Math.exp(-x * x) / 2
        return z >= 0 ? 1 - tail : tail
    }
}

/// What an arm did in an interval: requests, errors, and how many fell into each latency bucket.
package struct ArmTraffic: Sendable {
    package var requests = 0.0
    package var errors = 0.0
    /// Per bound, and one more for what is above all.
    package var buckets = [Double](repeating: 0, count: CanaryScenario.bounds.count + 1)

    mutating func add(_ other: ArmTraffic) {
        requests += other.requests
        errors += other.errors
        for index in buckets.indices { buckets[index] += other.buckets[index] }
    }

    func above(_ bound: Double) -> Double {
        guard let index = CanaryScenario.bounds.firstIndex(of: bound) else { return 0 }
        return buckets[(index + 1)...].reduce(0, +)
    }

    /// As histogram_quantile interpolates it.
    func quantile(_ share: Double) -> Double? {
        guard requests > 0 else { return nil }
        let rank = share * buckets.reduce(0, +)
        var before = 0.0
        for (index, count) in buckets.enumerated() {
            if before + count >= rank, count > 0 {
                guard index < CanaryScenario.bounds.count else { return CanaryScenario.bounds.last }
                let low = index == 0 ? 0 : CanaryScenario.bounds[index - 1]
                return low + (CanaryScenario.bounds[index] - low) * (rank - before) / count
            }
            before += count
        }
        return CanaryScenario.bounds.last
    }
}

package struct CanaryTraffic: Sendable {
    package let scenario: CanaryScenario
    private var random: SeededRandom
    private let phase: Double
    private let stableShares: [Double]
    private let canaryShares: [Double]

    package init(_ scenario: CanaryScenario, seed: UInt64) {
        self.scenario = scenario
        random = SeededRandom(seed: seed)
        phase = random.unit()
        func shares(_ scale: Double) -> [Double] {
            let above = CanaryScenario.bounds.map { scenario.above($0, scale: scale) }
            return zip([1] + above, above + [0]).map { $0 - $1 }
        }
        (stableShares, canaryShares) = (shares(1), shares(scenario.scale))
    }

    /// Both arms over an interval that ends at `seconds`. The load swings by a third within an hour and jumps about.
    package mutating func interval(
        endingAt seconds: Double, length: Double, canaryShare: Double
    ) -> (canary: ArmTraffic, stable: ArmTraffic) {
        let swing = 1 + 0.3 * Math.cosine(2 * .pi * (seconds / 3600 + phase))
        let load = scenario.requestsPerSecond * length * swing * max(0.2, 1 + 0.15 * random.normal())
        let all = random.poisson(load)
        let mine = random.binomial(all, canaryShare)
        // What hits both arms alike must not be held against the canary.
        let base = scenario.baseErrors * max(0.3, 1 + 0.3 * random.normal())
        let extra = scenario.errors(at: seconds) - scenario.baseErrors
        return (arm(mine, base + extra, canaryShares), arm(all - mine, base, stableShares))
    }

    private mutating func arm(_ requests: Double, _ errors: Double, _ shares: [Double]) -> ArmTraffic {
        var traffic = ArmTraffic()
        traffic.requests = requests
        traffic.errors = random.binomial(requests, min(1, max(0, errors)))
        var (left, rest) = (requests, 1.0)
        for (index, share) in shares.enumerated() {
            let drawn = index == shares.count - 1 ? left : random.binomial(left, rest > 0 ? min(1, share / rest) : 0)
            traffic.buckets[index] = drawn
            left -= drawn
            rest -= share
        }
        return traffic
    }
}
