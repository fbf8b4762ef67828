// Evidence that one arm of a split has another share of bad requests than the other, valid however often one looks.
// The method is that of Lindon and Malek: https://arxiv.org/abs/2011.03567

/// What one arm did between two looks.
package struct ArmCounts: Sendable, Hashable {
    package var requests: Double
    package var bad: Double

    package init(requests: Double = 0, bad: Double = 0) {
        self.requests = requests
        self.bad = bad
    }

    package var badRatio: Double? { requests > 0 ? bad / requests : nil }

    package static func + (left: ArmCounts, right: ArmCounts) -> ArmCounts {
        ArmCounts(requests: left.requests + right.requests, bad: left.bad + right.bad)
    }
}

/// An e-process: how many times likelier what was seen is under one of the alternatives than under the null hypothesis
/// that the canary's risk is at most (or at least) `null` times the stable one's. Under the null it stays below 1/α for
/// ever with probability 1 − α (Ville), whatever the base rate did, as that is the same for both arms and cancels.
package struct RatioEvidence: Sendable, Hashable {
    package let null: Double
    /// Alternatives to the null, as risk ratios, with their weights, which sum to 1.
    package let alternatives: [Double]
    private let weights: [Double]
    /// The logarithm of each alternative's likelihood ratio.
    package private(set) var logs: [Double]

    package init(null: Double, alternatives: [(ratio: Double, weight: Double)]) {
        self.null = null
        self.alternatives = alternatives.map(\.ratio)
        let sum = alternatives.reduce(0) { $0 + $1.weight }
        weights = alternatives.map { $0.weight / sum }
        logs = alternatives.map { _ in 0 }
    }

    /// Takes up what an earlier process had gathered; nothing when that was of another shape.
    package mutating func restore(_ logs: [Double]) {
        if logs.count == self.logs.count, logs.allSatisfy(\.isFinite) { self.logs = logs }
    }

    package mutating func take(canary: ArmCounts, stable: ArmCounts) {
        let bad = canary.bad + stable.bad
        // Without a bad request nothing tells the arms apart; with one arm idle nothing does either.
        guard bad > 0, canary.requests > 0, stable.requests > 0 else { return }
        for index in logs.indices {
            let ratio = alternatives[index]
            logs[index] +=
                canary.bad * Math.log(ratio / null) - bad
                * Math.log(
                    (ratio * canary.requests + stable.requests) / (null * canary.requests + stable.requests))
        }
    }

    /// The logarithm of the evidence: the weighted mean over the alternatives.
    package var logEvidence: Double {
        Math.logSum(zip(logs, weights).map { $0 + Math.log($1) })
    }

    /// Whether the canary is worse than `tolerated` times the stable arm.
    package static func worse(than tolerated: Double, common: Bool = false) -> RatioEvidence {
        // A common event, such as a latency above the median, cannot become many times as common.
        let shape: [(Double, Double)] =
            common ? [(1.08, 0.2), (1.15, 0.2), (1.3, 0.25), (1.5, 0.2), (1.8, 0.15)] : Self.rare
        return RatioEvidence(null: tolerated, alternatives: shape.map { (tolerated * $0, $1) })
    }

    private static let rare: [(Double, Double)] = [
        (1.25, 0.03), (1.5, 0.07), (2, 0.2), (3, 0.25), (5, 0.25), (10, 0.15), (20, 0.03), (50, 0.02),
    ]

    /// Whether the canary is better than `limit` times the stable arm. The closer the limit is to 1, the closer to it
    /// are the alternatives worth testing.
    package static func better(than limit: Double) -> RatioEvidence {
        let parts = limit >= 1.8 ? [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75] : [0.4, 0.6, 0.7, 0.8, 0.87, 0.93]
        return RatioEvidence(null: limit, alternatives: parts.map { (limit * $0, 1) })
    }
}
