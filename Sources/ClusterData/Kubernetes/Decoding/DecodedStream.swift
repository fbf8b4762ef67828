// An answer decoded on the network's own thread, straight from libcurl's buffer: no queue of raw bytes can grow, and
// a sender that is faster than the decoder is held back by TCP.

/// Makes values of a body that arrives in pieces of any size.
protocol StreamDecoder: Sendable {
    associatedtype Output: Sendable
    /// A body larger than this is refused.
    static var bodyLimit: Int { get }
    init(contentType: String, pool: StringPool?)
    mutating func feed(_ bytes: Span<UInt8>) throws(JSONError) -> [Output]
    /// The rest of a body that has ended; one that was cut is an error.
    mutating func finish() throws(JSONError) -> (rest: [Output], end: ListEnd)
}

/// What becomes of a request: `opened`, any number of `items` and `finished`; or `refused`; or `failed` at any point.
enum DecodedPart<Output: Sendable>: Sendable {
    case opened
    case items([Output])
    case finished(ListEnd)
    case refused(HTTPResponse)
    case failed(String)
}

final class DecodingSink<Decoder: StreamDecoder>: TransferSink {
    private struct State {
        var decoder: Decoder?
        var head: HTTPHead?
        var refusal: [UInt8] = []
        var fault: JSONError?
    }
    private let state = Lock(State())
    private let pool: StringPool?
    private let parts: AsyncStream<DecodedPart<Decoder.Output>>.Continuation
    private static var refusalLimit: Int { 1 << 20 }

    init(pool: StringPool?, _ parts: AsyncStream<DecodedPart<Decoder.Output>>.Continuation) {
        self.pool = pool
        self.parts = parts
    }

    func head(_ head: HTTPHead) {
        state.withLock { state in
            state.head = head
            if head.status == 200 {
                state.decoder = Decoder(contentType: head.header("content-type") ?? "", pool: pool)
            }
        }
        if head.status == 200 { parts.yield(.opened) }
    }

    func data(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let made: [Decoder.Output]? = state.withLock { state -> [Decoder.Output]? in
            guard state.decoder != nil else {
                state.refusal += bytes.prefix(Self.refusalLimit - state.refusal.count)
                return []
            }
            do throws(JSONError) {
                return try state.decoder?.feed(bytes.bindMemory(to: UInt8.self).span)
            } catch {
                state.fault = error
                return nil
            }
        }
        guard let made else { return false }
        if !made.isEmpty { parts.yield(.items(made)) }
        return true
    }

    func end(_ error: MeshTopError?) {
        let last: [DecodedPart<Decoder.Output>] = state.withLock { state in
            if let fault = state.fault { return [.failed(Self.words(fault, state.head))] }
            if let error { return [.failed("\(error)")] }
            guard let head = state.head else { return [.failed("the server answered nothing")] }
            guard head.status == 200 else { return [.refused(HTTPResponse(head: head, body: state.refusal))] }
            do throws(JSONError) {
                guard let (rest, end) = try state.decoder?.finish() else { return [] }
                return rest.isEmpty ? [.finished(end)] : [.items(rest), .finished(end)]
            } catch {
                return [.failed(Self.words(error, state.head))]
            }
        }
        for part in last { parts.yield(part) }
        parts.finish()
    }

    private static func words(_ fault: JSONError, _ head: HTTPHead?) -> String {
        let type = head?.header("content-type") ?? ""
        return type.contains("html")
            ? "the server answers with a web page (\(SafeText.line(type, limit: 60))): a login or a proxy stands in its place"
            : "the answer cannot be read: \(fault)"
    }
}
