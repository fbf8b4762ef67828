// Evidence about one arm alone: that its share of bad requests is above or below a fixed limit.

/// An e-process against the null hypothesis that the share is on the other side of `limit`.
package struct ShareEvidence: Sendable, Hashable {
    package let limit: Double
    private let alternatives: [Double]
    package private(set) var logs: [Double]

    private init(_ limit: Double, _ alternatives: [Double]) {
        self.limit = limit
        self.alternatives = alternatives
        logs = alternatives.map { _ in 0 }
    }

    /// For what an arm without any bad request can still show.
    package static func below(_ limit: Double) -> ShareEvidence {
        ShareEvidence(limit, [0.02, 0.1, 0.25, 0.5].map { $0 * limit })
    }

    /// For objectives.
    package static func above(_ limit: Double) -> ShareEvidence {
        let shares = [1.25, 1.5, 2, 3, 5, 10].map { $0 * limit }.filter { $0 < 0.95 }
        return ShareEvidence(limit, shares.isEmpty ? [(1 + limit) / 2] : shares)
    }

    package mutating func restore(_ logs: [Double]) {
        if logs.count == self.logs.count, logs.allSatisfy(\.isFinite) { self.logs = logs }
    }

    package mutating func take(_ arm: ArmCounts) {
        let good = max(0, arm.requests - arm.bad)
        for (index, share) in alternatives.enumerated() {
            logs[index] += arm.bad * Math.log(share / limit) + good * Math.log((1 - share) / (1 - limit))
        }
    }

    package var logEvidence: Double { Math.logSum(logs) - Math.log(Double(logs.count)) }
}
