import Base
import Kube
import Testing

/// RFC 6455, section 5: https://www.rfc-editor.org/rfc/rfc6455#section-5
@Suite struct WebSocketFramesTests {
    private static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    /// The example of section 5.7: "Hello", masked.
    @Test func theExampleOfTheStandardIsWritten() {
        let frame = WebSocketFrames.client(Array("Hello".utf8), opcode: 1, mask: Self.mask)
        #expect(frame == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
    }

    /// Lengths at both ends of each of the three forms.
    @Test(
        arguments: [
            (0, [0x80]), (125, [0xFD]), (126, [0xFE, 0, 126]), (65535, [0xFE, 0xFF, 0xFF]),
            (65536, [0xFF, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])]) func aClientsFrameCarriesItsLengthAndMask(_ count: Int, _ length: [UInt8])
    {
        let payload = (0..<count).map { UInt8($0 & 0xFF) }
        let frame = WebSocketFrames.client(payload, mask: Self.mask)
        #expect(frame.starts(with: [0x82] + length + Self.mask))
        let masked = frame.dropFirst(1 + length.count + 4)
        #expect(zip(masked, payload).enumerated().allSatisfy { $1.0 ^ Self.mask[$0 % 4] == $1.1 })
        #expect(masked.count == count)
    }

    private static func server(_ payload: [UInt8], opcode: UInt8 = 2, isFinal: Bool = true) -> [UInt8] {
        // What a client writes without its mask is what a server writes.
        var frame = WebSocketFrames.client(payload, opcode: opcode, mask: [0, 0, 0, 0])
        frame[0] = (isFinal ? 0x80 : 0) | opcode
        frame[1] &= 0x7F
        let head = frame[1] == 126 ? 4 : frame[1] == 127 ? 10 : 2
        frame.removeSubrange(head..<(head + 4))
        return frame
    }

    /// However the network cuts them, the messages are the same.
    @Test(arguments: [1, 2, 3, 7, 1000, 100_000]) func piecesOfAnySizeGiveTheSameMessages(_ size: Int) throws {
        let long = (0..<70_000).map { UInt8($0 % 251) }
        let bytes =
            Self.server([1, 2, 3]) + Self.server([], opcode: 9) + Self.server(Array(long.prefix(126)))
            + Self.server([4], isFinal: false) + Self.server([9], opcode: 9) + Self.server([5], opcode: 0)
            + Self.server([], opcode: 10) + Self.server(long) + Self.server([], opcode: 8)
        var decoder = WebSocketFrames.Decoder()
        var messages: [WebSocketFrames.Message] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            messages += try decoder.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(
            messages == [
                .data([1, 2, 3]), .ping([]), .data(Array(long.prefix(126))), .ping([9]), .data([4, 5]), .data(long),
                .close,
            ])
    }

    /// Reserved bits, a masked frame from a server, a control frame that is long or in fragments.
    @Test(
        arguments: [
            [0xC2, 0x01, 1], [0xA2, 0x01, 1], [0x92, 0x01, 1], [0x82, 0x81, 1, 2, 3, 4, 5], [0x89, 0x7E, 0, 126],
            [0x09, 0x01, 1], [0x08, 0x00],
        ] as [[UInt8]]) func whatTheStandardForbidsIsRefused(_ bytes: [UInt8])
    {
        var decoder = WebSocketFrames.Decoder()
        #expect(throws: MeshTopError.self) { try decoder.feed(bytes) }
    }

    @Test func aMessageOfExactlyTheLimitIsTaken() throws {
        var decoder = WebSocketFrames.Decoder(limit: 200)
        let whole = [UInt8](repeating: 7, count: 200)
        #expect(try decoder.feed(Self.server(whole)) == [.data(whole)])
        #expect(throws: MeshTopError.self) { try decoder.feed(Self.server(whole + [7])) }
    }
}
