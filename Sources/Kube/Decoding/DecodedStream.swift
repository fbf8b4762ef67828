// An answer decoded while it arrives, beside the network's thread: that thread only copies bytes, and what waits to be
// decoded or to be taken is bounded. Above the bound the transfer pauses, and TCP holds the sender back.

internal import Base

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

/// What becomes of a request: `opened`, any number of `items` and `finished`; or `refused`; or, at any point,
/// `failed` where the connection did and `unreadable` where what came is of no use.
enum DecodedPart<Output: Sendable>: Sendable {
    case opened
    case items([Output])
    case finished(ListEnd)
    case refused(HTTPResponse)
    case failed(String)
    case unreadable(String)
}

/// The parts in order. Whoever takes the next one is done with the one before.
struct DecodedParts<Output: Sendable>: AsyncSequence, Sendable {
    fileprivate let stream: AsyncStream<DecodedPart<Output>>
    fileprivate let taken: @Sendable (Int) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var parts: AsyncStream<DecodedPart<Output>>.AsyncIterator
        fileprivate let taken: @Sendable (Int) -> Void
        private var held = 0

        fileprivate init(_ parts: DecodedParts) {
            self.parts = parts.stream.makeAsyncIterator()
            taken = parts.taken
        }

        mutating func next() async -> DecodedPart<Output>? {
            if held > 0 { taken(held) }
            held = 0
            let part = await parts.next()
            if case .items(let items) = part { held = items.count }
            return part
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

final class DecodingSink<Decoder: StreamDecoder>: TransferSink {
    private struct State {
        var head: HTTPHead?
        /// What came in place of an answer: a refusal, a web page.
        var refusal: [UInt8] = []
        var isPage = false
        /// Nil while a job has it.
        var decoder: Decoder?
        /// Bytes that no job has taken yet.
        var waiting: [UInt8] = []
        /// Values that were made and that nobody is done with.
        var made = 0
        var isDecoding = false
        var isPaused = false
        var isFaulty = false
        var hasEnded = false
        var error: MeshTopError?
        var control: TransferControl?

        var hasRoom: Bool { waiting.count < mostWaiting && made < mostMade }

        /// Whom to tell that a paused transfer may go on: there is room again, and not for one piece alone.
        mutating func mayResume() -> TransferControl? {
            guard isPaused, waiting.count <= mostWaiting / 2, made <= mostMade / 2 else { return nil }
            isPaused = false
            return control
        }
    }
    private let state = Lock(State())
    private let pool: StringPool?
    private let continuation: AsyncStream<DecodedPart<Decoder.Output>>.Continuation
    let parts: AsyncStream<DecodedPart<Decoder.Output>>

    private static var refusalLimit: Int { 1 << 20 }

    init(pool: StringPool?) {
        self.pool = pool
        (parts, continuation) = AsyncStream<DecodedPart<Decoder.Output>>.makeStream()
    }

    /// The parts for the one who reads them; one who stops reading ends the transfer.
    func parts(whenDropped cancel: @escaping @Sendable () -> Void) -> DecodedParts<Decoder.Output> {
        continuation.onTermination = { reason in
            if case .cancelled = reason { cancel() }
        }
        return DecodedParts(stream: parts) { [self] count in
            let control = state.withLock { state -> TransferControl? in
                state.made -= count
                return state.mayResume()
            }
            control?.resume()
        }
    }

    func started(_ control: TransferControl) { state.withLock { $0.control = control } }

    func head(_ head: HTTPHead) {
        state.withLock { state in
            state.head = head
            state.isPage = head.header("content-type")?.contains("html") == true
            if head.status == 200 {
                state.decoder = Decoder(contentType: head.header("content-type") ?? "", pool: pool)
            }
        }
        if head.status == 200 { continuation.yield(.opened) }
    }

    func data(_ bytes: UnsafeRawBufferPointer) -> TransferAnswer {
        let (answer, starts) = state.withLock { state -> (TransferAnswer, Bool) in
            guard !state.isFaulty else { return (.useless, false) }
            let isAnswer = state.head?.status == 200
            if isAnswer, !state.hasRoom {
                state.isPaused = true
                return (.later, false)
            }
            if state.isPage || !isAnswer {
                state.refusal += bytes.prefix(Self.refusalLimit - state.refusal.count)
            }
            guard isAnswer else { return (.taken, false) }
            state.waiting += bytes
            defer { state.isDecoding = true }
            return (.taken, !state.isDecoding)
        }
        if starts { Task.detached { self.decode() } }
        return answer
    }

    func end(_ error: MeshTopError?) {
        let starts = state.withLock { state in
            state.hasEnded = true
            state.error = error
            defer { state.isDecoding = true }
            return !state.isDecoding
        }
        if starts { Task.detached { self.decode() } }
    }

    private enum Job {
        case feed([UInt8], Decoder)
        case last(Decoder?)
        case none
    }

    /// Decodes until nothing waits. One job runs at a time.
    private func decode() {
        while true {
            let job = state.withLock { state -> Job in
                guard !state.isFaulty else { return .none }
                if !state.waiting.isEmpty, let decoder = state.decoder.take() {
                    let bytes = state.waiting
                    state.waiting = []
                    return .feed(bytes, decoder)
                }
                if state.hasEnded { return .last(state.decoder.take()) }
                state.isDecoding = false
                return .none
            }
            switch job {
            case .none: return
            case .last(let decoder):
                for part in last(decoder) { continuation.yield(part) }
                continuation.finish()
                return
            case .feed(let bytes, var decoder):
                do throws(JSONError) {
                    let made = try decoder.feed(bytes.span)
                    let control = state.withLock { state -> TransferControl? in
                        state.decoder = decoder
                        state.made += made.count
                        return state.mayResume()
                    }
                    if !made.isEmpty { continuation.yield(.items(made)) }
                    control?.resume()
                } catch {
                    let (page, control) = state.withLock { state -> ([UInt8]?, TransferControl?) in
                        state.isFaulty = true
                        return (state.isPage ? state.refusal : nil, state.control)
                    }
                    continuation.yield(.unreadable(Self.words(error, page)))
                    continuation.finish()
                    control?.cancel()
                    return
                }
            }
        }
    }

    private func last(_ decoder: Decoder?) -> [DecodedPart<Decoder.Output>] {
        let (error, head, refusal) = state.withLock { ($0.error, $0.head, $0.refusal) }
        if let error { return [error.code == .decoding ? .unreadable("\(error)") : .failed("\(error)")] }
        guard let head else { return [.failed("the server answered nothing")] }
        guard head.status == 200, var decoder else { return [.refused(HTTPResponse(head: head, body: refusal))] }
        do throws(JSONError) {
            let (rest, end) = try decoder.finish()
            return rest.isEmpty ? [.finished(end)] : [.items(rest), .finished(end)]
        } catch {
            return [.unreadable(Self.words(error, state.withLock { $0.isPage ? $0.refusal : nil }))]
        }
    }

    /// `page`: what came in place of an answer.
    private static func words(_ fault: JSONError, _ page: [UInt8]?) -> String {
        page.map { "the server answers with \(PageText($0).description): a login or a proxy stands in its place" }
            ?? "the answer cannot be read: \(fault)"
    }
}

/// What may wait to be decoded.
private let mostWaiting = 4 << 20
/// Values that may wait to be taken: some of a list's pages.
private let mostMade = 8192
