// One HTTP connection: collects a request, answers it, or streams a watch until either side has enough.

internal import Base
internal import NIOCore
internal import NIOHTTP1

final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let core: DemoCore
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var listener: Int?
    private var timers: [Scheduled<Void>] = []
    private var bookmarks: RepeatedTask?

    /// Larger bodies than etcd would take are refused.
    private let bodyLimit = 8 << 20

    init(_ core: DemoCore) { self.core = core }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let buffer): if body.count < bodyLimit { body += buffer.readableBytesView }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(context, head)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        endWatch()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        endWatch()
        context.close(promise: nil)
    }

    private func answer(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        guard body.count < bodyLimit else {
            let failure = APIFailure(code: 413, reason: "RequestEntityTooLarge", message: "limit is 8388608")
            return send(.json(failure.status, status: 413), head, context)
        }
        let request = core.request(head, body)
        if let refusal = BrowserGuard.refusal(of: request) {
            return send(.json(refusal.status, status: refusal.code), head, context)
        }
        switch core.handle(request) {
        case .response(let response): send(response, head, context)
        case .watch(let watch): start(watch, head, context)
        }
    }

    private func send(_ response: APIResponse, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        var response = response
        headers.add(name: "Content-Type", value: response.contentType)
        if response.length > Gzip.smallest, Gzip.isWanted(head.headers.first(name: "Accept-Encoding")),
            let compressed = Gzip.compressed(response.whole)
        {
            (response.body, response.pieces) = (compressed, [])
            headers.add(name: "Content-Encoding", value: "gzip")
            headers.add(name: "Vary", value: "Accept-Encoding")
        }
        headers.add(name: "Content-Length", value: String(response.length))
        headers.add(name: "Cache-Control", value: "no-cache, private")
        // When the message was made, whatever time the mesh goes by.
        headers.add(name: "Date", value: Timestamp.now().httpDate)
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        let status = HTTPResponseStatus(statusCode: response.status)
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        if head.method != .HEAD { write(response.body, response.pieces.map(\.bytes), context) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if !head.isKeepAlive { context.close(promise: nil) }
    }

    /// Large answers go out while the rest is put together, as the real server streams its lists.
    private func write(_ body: [UInt8], _ pieces: [() -> [UInt8]], _ context: ChannelHandlerContext) {
        var buffer = ByteBuffer(bytes: body)
        for piece in pieces {
            buffer.writeBytes(piece())
            guard buffer.readableBytes >= 256 << 10 else { continue }
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            buffer = context.channel.allocator.buffer(capacity: 320 << 10)
        }
        context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }

    // MARK: Watches

    private func start(_ watch: WatchRequest, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let type = watch.form.isProtobuf ? "\(ProtobufEnvelope.mediaType);stream=watch" : "application/json"
        let headers: HTTPHeaders = [
            "Content-Type": type, "Transfer-Encoding": "chunked", "Cache-Control": "no-cache, private",
        ]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        write([], watch.initial, context)
        context.flush()
        if watch.endsAtOnce { return finish(context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let core = core
        listener = core.store.listen(watch.type) { event in
            guard let line = core.api.line(event, watch) else { return }
            let (handler, context) = bound.value
            handler.write(line, context)
            handler.flushSoon(context)
        }
        let bookmark = watch.bookmarks
        let watched = NIOLoopBound(watch, eventLoop: context.eventLoop)
        let sendBookmark: @Sendable () -> Void = {
            let (handler, context) = bound.value
            handler.write(handler.core.api.bookmark(watched.value), context)
            context.flush()
        }
        let watchBound = NIOLoopBound(sendBookmark, eventLoop: context.eventLoop)
        if bookmark {
            let pause = TimeAmount.milliseconds(Int64(clamping: core.bookmarkSeconds * 1000))
            bookmarks = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
                watchBound.value()
            }
        }
        timers.append(
            context.eventLoop.scheduleTask(in: .milliseconds(Int64(clamping: watch.timeoutSeconds * 1000))) {
                if bookmark { watchBound.value() }
                let (handler, context) = bound.value
                handler.finish(context)
            })
    }

    private func write(_ line: [UInt8], _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: line)))), promise: nil)
    }

    private var flushPending = false

    /// One flush for all events of a tick.
    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !flushPending else { return }
        flushPending = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.flushPending = false
            context.flush()
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        endWatch()
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func endWatch() {
        if let listener { core.store.stopListening(listener) }
        listener = nil
        bookmarks?.cancel()
        bookmarks = nil
        for timer in timers { timer.cancel() }
        timers = []
    }
}
