// Requests that come one by one: how many there are, how many fail and how long each takes is drawn, not computed.

internal import Insights

/// The dice of a mesh on which a canary is tried. Without them every count is its expected value.
final class Chance {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// How many come where this many are expected.
    func arrivals(_ expected: Double) -> Double { random.poisson(expected) }

    /// How many of them something happens to that happens to a share.
    func part(_ count: Double, _ share: Double) -> Double { random.binomial(count, min(1, max(0, share))) }

    /// What hits all versions alike for a moment: a factor about 1.
    func mood(spread: Double) -> Double { max(0.3, 1 + spread * random.normal()) }

    /// Spreads requests over a histogram's cumulative buckets, given the shares below each bound.
    func spread(_ requests: Double, below shares: [Double]) -> [Double] {
        var (left, before, counted) = (requests, 0.0, 0.0)
        return shares.map { share in
            let drawn = before < 1 ? part(left, (share - before) / (1 - before)) : left
            (left, before, counted) = (left - drawn, share, counted + drawn)
            return counted
        }
    }
}
