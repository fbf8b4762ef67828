// Where a transfer's answer goes. Called on the network's thread, in order: one head, any number of pieces, one end.

package import Base

/// Takes an answer while it arrives. Must not block, nor work for long: every connection waits meanwhile.
package protocol TransferSink: Sendable {
    /// Before anything else.
    func started(_ control: TransferControl)
    func head(_ head: HTTPHead)
    /// The bytes live as long as the call.
    func data(_ bytes: UnsafeRawBufferPointer) -> TransferAnswer
    /// Nil when the answer is whole.
    func end(_ error: MeshTopError?)
}

extension TransferSink {
    package func started(_ control: TransferControl) {}
}

/// What becomes of a piece of an answer.
package enum TransferAnswer: Sendable {
    case taken
    /// What comes is of no use: the transfer ends.
    case useless
    /// Too much is waiting: the same bytes come again after `resume`, and the sender is held back meanwhile.
    case later
}

/// A sink's way to its transfer, from any thread.
package struct TransferControl: Sendable {
    package var resume: @Sendable () -> Void
    package var cancel: @Sendable () -> Void
}

/// Collects a whole answer and hands it to whom waits for it.
final class CollectingSink: TransferSink {
    private struct State {
        var head: HTTPHead?
        var body = BodyPieces()
    }
    private let state = Lock(State())
    private let continuation: CheckedContinuation<(HTTPHead, BodyPieces), any Error>

    init(_ continuation: CheckedContinuation<(HTTPHead, BodyPieces), any Error>) { self.continuation = continuation }

    func head(_ head: HTTPHead) { state.withLock { $0.head = head } }

    func data(_ bytes: UnsafeRawBufferPointer) -> TransferAnswer {
        state.withLock { $0.body.append(bytes) }
        return .taken
    }

    func end(_ error: MeshTopError?) {
        let (head, body) = state.withLock { state in
            defer { state = State() }
            return (state.head, state.body)
        }
        if let error {
            continuation.resume(throwing: error)
        } else if let head {
            continuation.resume(returning: (head, body))
        } else {
            continuation.resume(throwing: MeshTopError(.network, "request", why: "the server answered nothing"))
        }
    }
}
