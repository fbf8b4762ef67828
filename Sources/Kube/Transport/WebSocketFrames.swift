// RFC 6455 framing without I/O: libcurl of Debian 12 has no WebSocket, and a port-forward needs one.

package import Base

package enum WebSocketFrames {
    /// One binary message from a client, masked as the RFC demands.
    package static func client(_ payload: [UInt8], opcode: UInt8 = 2, mask: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x80 | opcode]
        switch payload.count {
        case 0..<126: frame.append(0x80 | UInt8(payload.count))
        case 126..<65536: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            frame.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) { frame.append(UInt8(payload.count >> shift & 0xFF)) }
        }
        frame += mask
        for (index, byte) in payload.enumerated() { frame.append(byte ^ mask[index % 4]) }
        return frame
    }

    package enum Message: Sendable, Hashable {
        case data([UInt8])
        case ping([UInt8])
        case close
    }

    /// Collects bytes from a server and gives whole messages. Messages have a bound, and so has what says nothing: pings
    /// and empty frames without end would keep a core busy.
    package struct Decoder: Sendable {
        private var buffer: [UInt8] = []
        /// Where the next frame begins: what lies before goes once for every piece, not once for every frame.
        private var start = 0
        private var fragments: [UInt8] = []
        private let limit: Int
        private var idleFrames = 0

        /// More than a server sends in an hour, at one a second.
        private static let mostIdleFrames = 4000

        /// An API server forwards 32 KB at a time.
        package init(limit: Int = 4 << 20) { self.limit = limit }

        package mutating func feed(_ bytes: [UInt8]) throws(MeshTopError) -> [Message] {
            buffer += bytes
            var messages: [Message] = []
            while let message = try next() { if let message { messages.append(message) } }
            buffer.removeFirst(start)
            start = 0
            return messages
        }

        /// nil: more bytes are needed; .some(nil): a frame was taken that completes nothing.
        private mutating func next() throws(MeshTopError) -> Message?? {
            let count = buffer.count - start
            guard count >= 2 else { return nil }
            let (first, second) = (buffer[start], buffer[start + 1])
            let isFinal = first & 0x80 != 0
            let opcode = first & 0x0F
            // A control frame is short and whole.
            guard first & 0x70 == 0, second & 0x80 == 0, opcode < 8 || isFinal && second < 126 else {
                throw MeshTopError(.decoding, "WebSocket", why: "the server sent a frame that RFC 6455 forbids")
            }
            var length = Int(second)
            var head = 2
            if length == 126 || length == 127 {
                let width = length == 126 ? 2 : 8
                guard count >= 2 + width else { return nil }
                length = 0
                for byte in buffer[(start + 2)..<(start + 2 + width)] {
                    guard length <= limit else { break }
                    length = length << 8 | Int(byte)
                }
                head = 2 + width
            }
            guard length <= limit - (opcode < 8 ? fragments.count : 0) else {
                throw MeshTopError(.decoding, "WebSocket", why: "a message is larger than \(limit) bytes")
            }
            guard count >= head + length else { return nil }
            let payload = buffer[(start + head)..<(start + head + length)]
            start += head + length
            if opcode >= 8 || length == 0 {
                idleFrames += 1
                guard idleFrames <= Self.mostIdleFrames else {
                    throw MeshTopError(
                        .decoding, "WebSocket", why: "the server sends frames without end that say nothing")
                }
            }
            switch opcode {
            case 8: return .some(.close)
            case 9: return .some(.ping(Array(payload)))
            case 10: return .some(nil)
            default:
                fragments += payload
                guard isFinal else { return .some(nil) }
                defer { fragments = [] }
                return .some(.data(fragments))
            }
        }
    }
}
