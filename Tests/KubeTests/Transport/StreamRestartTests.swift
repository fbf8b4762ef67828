import Base
import Kube
import TestSupport
import Testing

/// Streams of a server that had fallen silent and answers again.
@Suite struct StreamRestartTests {
    private final class Life: TransferSink {
        let (hasBegun, hasEnded) = (Lock(false), Lock(false))
        func head(_ head: HTTPHead) { hasBegun.withLock { $0 = true } }
        func data(_ bytes: UnsafeRawBufferPointer) -> TransferAnswer { .taken }
        func end(_ error: MeshTopError?) { hasEnded.withLock { $0 = true } }
    }

    /// What was opened since is well, and would only have to be opened once more.
    @Test func onlyThoseThatHeardNothingSinceAreEnded() async throws {
        let server = try CannedServer { _ in .init(200, [], staysOpen: true) }
        let loop = CurlLoop()
        defer { loop.stop() }
        func open(_ group: String) async throws -> Life {
            var request = HTTPRequest(url: "\(server.url)/watch", timeoutSeconds: nil)
            request.group = group
            let life = Life()
            _ = loop.start(request, life)
            #expect(try await eventually { life.hasBegun.withLock { $0 } ? true : nil } == true)
            return life
        }
        let (old, other) = (try await open("a"), try await open("b"))
        let silence = Moment.now()
        let fresh = try await open("a")
        loop.restartStreams("a", silentSince: silence)
        #expect(try await eventually { old.hasEnded.withLock { $0 } ? true : nil } == true)
        // All that a restart ends ends in one go: whatever comes after it finds that done.
        _ = try await open("c")
        #expect(!fresh.hasEnded.withLock { $0 } && !other.hasEnded.withLock { $0 })
    }
}
