// Where a transfer's answer goes. Called on the network's thread, in order: one head, any number of pieces, one end.

/// Takes an answer while it arrives. Must not block.
package protocol TransferSink: Sendable {
    func head(_ head: HTTPHead)
    /// The bytes live as long as the call. False ends the transfer: what comes is of no use.
    func data(_ bytes: UnsafeRawBufferPointer) -> Bool
    /// Nil when the answer is whole.
    func end(_ error: MeshTopError?)
}

/// Collects a whole answer and hands it to whom waits for it.
final class CollectingSink: TransferSink {
    private struct State {
        var head: HTTPHead?
        var body: [UInt8] = []
    }
    private let state = Lock(State())
    private let continuation: CheckedContinuation<HTTPResponse, any Error>

    init(_ continuation: CheckedContinuation<HTTPResponse, any Error>) { self.continuation = continuation }

    func head(_ head: HTTPHead) { state.withLock { $0.head = head } }

    func data(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { $0.body.append(contentsOf: bytes) }
        return true
    }

    func end(_ error: MeshTopError?) {
        let (head, body) = state.withLock { ($0.head, $0.body) }
        if let error {
            continuation.resume(throwing: error)
        } else if let head {
            continuation.resume(returning: HTTPResponse(head: head, body: body))
        } else {
            continuation.resume(throwing: MeshTopError(.network, "request", why: "the server answered nothing"))
        }
    }
}
