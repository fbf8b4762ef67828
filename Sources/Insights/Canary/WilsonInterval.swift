// How far a share that was counted may be from the true one.

/// The 95 % Wilson score interval of a share seen in `observations` requests.
/// https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
package func wilsonInterval(share: Double, observations: Double) -> ClosedRange<Double> {
    guard observations > 0 else { return 0...1 }
    let z = 1.959964
    let scale = 1 + z * z / observations
    let centre = (share + z * z / (2 * observations)) / scale
    let half = z / scale * (share * (1 - share) / observations + z * z / (4 * observations * observations)).squareRoot()
    return max(0, centre - half)...min(1, max(centre + half, max(0, centre - half)))
}
