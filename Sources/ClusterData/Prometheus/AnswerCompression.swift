// Whether answers are asked for compressed. Compressing 4 MB of samples takes both ends longer than moving them over a
// fast network; over a slow one it is what makes a tick possible. So: compressed, until the server has shown that it is
// near, and plain only for as long as plain answers come fast.

struct AnswerCompression: Sendable {
    private enum Phase { case compressed, trial, plain, settled }

    private var phase = Phase.compressed
    private var fastestExchange = Double.infinity

    /// An exchange that ends within this came from the same machine or the same network.
    private static let nearSeconds = 0.003
    /// Faster than gzip packs and unpacks on one core.
    private static let fastBytesPerSecond = 150e6
    /// Too little to tell a rate from, and too much to try on an unknown network.
    private static let telling = 1_000_000..<8_000_000

    /// Whether the next answer is asked for as it is.
    var isPlain: Bool { phase == .plain || phase == .trial }

    /// Learns from an answer: the seconds of the whole exchange, and of those the ones in which its body came.
    mutating func note(bytes: Int, exchange: Double, transfer: Double, wasPlain: Bool) {
        fastestExchange = min(fastestExchange, exchange)
        guard bytes >= Self.telling.lowerBound else { return }
        switch phase {
        case .compressed:
            if bytes < Self.telling.upperBound, fastestExchange < Self.nearSeconds { phase = .trial }
        case .trial, .plain:
            guard wasPlain else { return }
            phase = Double(bytes) >= Self.fastBytesPerSecond * transfer ? .plain : .settled
        case .settled: break
        }
    }
}
