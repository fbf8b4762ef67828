// RFC 6455 framing without I/O: libcurl of Debian 12 has no WebSocket, and a port-forward needs one.

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

    /// Collects bytes from a server and gives whole messages.
    package struct Decoder: Sendable {
        private var buffer: [UInt8] = []
        private var fragments: [UInt8] = []
        private let limit: Int

        package init(limit: Int = 64 << 20) { self.limit = limit }

        package mutating func feed(_ bytes: [UInt8]) throws(MeshTopError) -> [Message] {
            buffer += bytes
            var messages: [Message] = []
            while let message = try next() { if let message { messages.append(message) } }
            return messages
        }

        /// nil: more bytes are needed; .some(nil): a frame was taken that completes nothing.
        private mutating func next() throws(MeshTopError) -> Message?? {
            guard buffer.count >= 2 else { return nil }
            let isFinal = buffer[0] & 0x80 != 0
            let opcode = buffer[0] & 0x0F
            guard buffer[0] & 0x70 == 0, buffer[1] & 0x80 == 0 else {
                throw MeshTopError(.decoding, "WebSocket", why: "the server sent a frame that RFC 6455 forbids")
            }
            var length = Int(buffer[1])
            var start = 2
            if length == 126 || length == 127 {
                let width = length == 126 ? 2 : 8
                guard buffer.count >= 2 + width else { return nil }
                length = 0
                for byte in buffer[2..<2 + width] {
                    guard length <= limit else { break }
                    length = length << 8 | Int(byte)
                }
                start = 2 + width
            }
            guard length <= limit, fragments.count <= limit else {
                throw MeshTopError(.decoding, "WebSocket", why: "a message is larger than \(limit) bytes")
            }
            guard buffer.count >= start + length else { return nil }
            let payload = Array(buffer[start..<start + length])
            buffer.removeFirst(start + length)
            switch opcode {
            case 8: return .some(.close)
            case 9: return .some(.ping(payload))
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
