// Random numbers that a seed repeats, and counts drawn with them.

/// SplitMix64, https://prng.di.unimi.it/splitmix64.c
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// 0 ..< 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    package mutating func normal() -> Double {
        let radius = (-2 * Math.log(max(unit(), 0x1p-60))).squareRoot()
        return radius * Math.cosine(2 * .pi * unit())
    }

    /// Exact below a mean of 30; above, the normal distribution with the same mean and variance.
    package mutating func binomial(_ count: Double, _ share: Double) -> Double {
        guard count > 0, share > 0 else { return 0 }
        guard share < 1 else { return count }
        if share > 0.5 { return count - binomial(count, 1 - share) }
        let mean = count * share
        if mean >= 30 {
            return min(count, max(0, (mean + (mean * (1 - share)).squareRoot() * normal()).rounded()))
        }
        // Inversion, from 0 upwards.
        let ratio = share / (1 - share)
        var probability = Math.power(1 - share, count)
        var left = unit()
        var drawn = 0.0
        while left > probability, drawn < count {
            left -= probability
            probability *= ratio * (count - drawn) / (drawn + 1)
            drawn += 1
        }
        return drawn
    }

    package mutating func poisson(_ mean: Double) -> Double {
        guard mean > 0 else { return 0 }
        if mean >= 30 { return max(0, (mean + mean.squareRoot() * normal()).rounded()) }
        var probability = Math.exp(-mean)
        var left = unit()
        var drawn = 0.0
        while left > probability, drawn < 1000 {
            left -= probability
            drawn += 1
            probability *= mean / drawn
        }
        return drawn
    }
}
