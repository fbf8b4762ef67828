// A port-forward by WebSocket (v4.channel.k8s.io) to a sidecar's admin page.

internal import Base
internal import Kube
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

final class PortForwardHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let core: DemoCore
    private let pod: ObjectKey
    private let port: Int
    private var received: [UInt8] = []

    init(_ core: DemoCore, _ head: HTTPRequestHead) {
        self.core = core
        let request = core.request(head)
        let path = request.segments
        // /api/v1/namespaces/NS/pods/POD/portforward
        pod = path.count >= 7 ? ObjectKey(path[3], path[5]) : ObjectKey("", "")
        port = request.parameter("ports").flatMap { Int($0) } ?? 0
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The first message on each channel is the port, two bytes little-endian.
        let number = [UInt8(port & 0xFF), UInt8(port >> 8 & 0xFF)]
        send([0] + number, context)
        send([1] + number, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .connectionClose: context.close(promise: nil)
        case .ping:
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
        case .binary, .text:
            let bytes = Array(frame.unmaskedData.readableBytesView)
            guard bytes.first == 0 else { return }
            received += bytes.dropFirst()
            let text = String(decoding: received, as: UTF8.self)
            if text.contains("\r\n\r\n") { answer(text, context) }
        default: break
        }
    }

    private func answer(_ text: String, _ context: ChannelHandlerContext) {
        received = []
        let path = text.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
        let body: [UInt8]?
        if port == 15000, path.hasPrefix("/clusters") {
            body = core.simulation.envoyClusters(of: pod).map { Array($0.prettyText.utf8) }
        } else {
            body = nil
        }
        let head =
            "HTTP/1.1 \(body == nil ? "404 Not Found" : "200 OK")\r\ncontent-type: application/json\r\ncontent-length: \(body?.count ?? 0)\r\nserver: envoy\r\nconnection: close\r\n\r\n"
        var rest = (Array(head.utf8) + (body ?? []))[...]
        while !rest.isEmpty {
            send([0] + rest.prefix(32 * 1024), context)
            rest = rest.dropFirst(32 * 1024)
        }
        context.writeAndFlush(
            wrapOutboundOut(
                WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer(bytes: [0x03, 0xE8]))),
            promise: nil)
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes))), promise: nil)
    }
}
