// The HTTP server: one event loop on loopback that owns everything the demo mesh knows.

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket

/// Binds 127.0.0.1 and serves until it is stopped.
final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let core: NIOLoopBound<DemoCore>
    let port: Int

    /// `make` builds the mesh on the event loop; it is never touched from elsewhere.
    init(port: Int, make: @escaping @Sendable (any EventLoop) -> DemoCore) throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            core = try loop.submit { NIOLoopBound(make(loop), eventLoop: loop) }.wait()
            channel = try ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { [core] channel in Self.configure(channel, core) }
                .bind(host: "127.0.0.1", port: port).wait()
            self.port = channel.localAddress?.port ?? port
        } catch {
            try? group.syncShutdownGracefully()  // the first error is the one to tell
            throw error
        }
    }

    func stop() {
        try? channel.close().wait()  // already closed is closed
        try? group.syncShutdownGracefully()
    }

    /// Between two requests.
    func perform(_ body: @escaping @Sendable (DemoCore) -> Void) async throws {
        try await channel.eventLoop.submit { [core] in body(core.value) }.get()
    }

    private static func configure(_ channel: any Channel, _ core: NIOLoopBound<DemoCore>) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let handler = RequestHandler(core.value)
            let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
            let upgrader = NIOWebSocketServerUpgrader(
                shouldUpgrade: { channel, head in
                    channel.eventLoop.makeSucceededFuture(
                        head.uri.contains("/portforward") && core.value.mayForward(head)
                            ? ["Sec-WebSocket-Protocol": "v4.channel.k8s.io"] : nil)
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(PortForwardHandler(core.value, head))
                    }
                })
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withServerUpgrade: (
                    upgraders: [upgrader],
                    completionHandler: { context in
                        context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                    }
                ))
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }
}
