import Testing

@testable import ClusterData

@Suite struct AnswerCompressionTests {
    private func near() -> AnswerCompression {
        var compression = AnswerCompression()
        compression.note(bytes: 60, exchange: 0.001, transfer: 0, wasPlain: false)
        return compression
    }

    @Test func aNearAndFastServerIsAskedPlainly() {
        var compression = near()
        #expect(!compression.isPlain)
        compression.note(bytes: 4_000_000, exchange: 0.1, transfer: 0.01, wasPlain: false)
        #expect(compression.isPlain)
        compression.note(bytes: 4_000_000, exchange: 0.1, transfer: 0.01, wasPlain: true)
        #expect(compression.isPlain)
        // Another question of the same moment was still compressed: it tells nothing of plain ones.
        compression.note(bytes: 4_000_000, exchange: 5, transfer: 5, wasPlain: false)
        #expect(compression.isPlain)
    }

    @Test func aFarServerNeverIs() {
        var compression = AnswerCompression()
        compression.note(bytes: 60, exchange: 0.02, transfer: 0, wasPlain: false)
        compression.note(bytes: 4_000_000, exchange: 0.1, transfer: 0.01, wasPlain: false)
        #expect(!compression.isPlain)
    }

    /// A port-forward answers small questions at once, and large ones as fast as the network behind it.
    @Test func aSlowTrialIsTheLast() {
        var compression = near()
        compression.note(bytes: 4_000_000, exchange: 0.1, transfer: 0.01, wasPlain: false)
        compression.note(bytes: 4_000_000, exchange: 1, transfer: 0.8, wasPlain: true)
        #expect(!compression.isPlain)
        compression.note(bytes: 4_000_000, exchange: 0.1, transfer: 0.01, wasPlain: false)
        #expect(!compression.isPlain)
    }

    @Test func nothingLargeIsTriedOnAnUnknownNetwork() {
        var compression = near()
        compression.note(bytes: 20_000_000, exchange: 0.1, transfer: 0.01, wasPlain: false)
        #expect(!compression.isPlain)
    }
}
