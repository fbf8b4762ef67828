import Testing

@testable import Base
@testable import ClusterData
@testable import Kube

/// What a pod may answer through a forwarded port: whole, in any pieces, or anything at all.
@Suite struct ForwardedAnswerTests {
    private func read(_ text: String, pieces: Int = .max, limit: Int = 1000) throws -> String? {
        var answer = ForwardedAnswer(limit: limit)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieces)
            try answer.feed(piece)
            rest = rest.dropFirst(piece.count)
        }
        return answer.bodyAtEnd().map { String(decoding: $0, as: UTF8.self) }
    }

    private static let ok = "HTTP/1.1 200 OK\r\n"

    @Test(arguments: [1, 2, 3, 7, 64, Int.max])
    func piecesOfAnySizeGiveTheSame(_ size: Int) throws {
        #expect(try read(Self.ok + "content-length: 5\r\n\r\nhello", pieces: size) == "hello")
        #expect(try read(Self.ok + "\r\nto the end", pieces: size) == "to the end")
        let chunks = "Transfer-Encoding: Chunked\r\n\r\n4;x=y\r\nhell\r\n1\r\no\r\n0\r\n\r\n"
        #expect(try read(Self.ok + chunks, pieces: size) == "hello")
        #expect(try read(Self.ok + "content-length: 0\r\n\r\n", pieces: size)?.isEmpty == true)
    }

    @Test func whatIsCutIsNotWhole() throws {
        #expect(try read(Self.ok + "content-length: 6\r\n\r\nhello") == nil)
        #expect(try read(Self.ok + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n") == nil)
        #expect(try read(Self.ok) == nil)
    }

    @Test(arguments: [
        "content-length: -5\r\n\r\n{}", "content-length: 9223372036854775807\r\n\r\n{}",
        "content-length: 99999999999999999999\r\n\r\n{}", "content-length: x\r\n\r\n{}",
        "transfer-encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\nabc\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n",
        "transfer-encoding: chunked\r\n\r\nx\r\nabc\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\nabc\r\n", "content-length: 1001\r\n\r\n",
    ])
    func whatCannotBeIsRefused(_ rest: String) {
        #expect(throws: MeshTopError.self) { try read(Self.ok + rest) }
    }

    @Test func otherStatusesAndEndlessAnswersAreRefused() {
        #expect(throws: MeshTopError.self) { try read("HTTP/1.1 503 bad \u{1B}[31m\r\n\r\n") }
        #expect(throws: MeshTopError.self) { try read(Self.ok + "\r\n" + String(repeating: "x", count: 1001)) }
        #expect(throws: MeshTopError.self) { try read(Self.ok + "x: " + String(repeating: "y", count: 20_000)) }
        let chunks = String(repeating: "64\r\n\(String(repeating: "z", count: 100))\r\n", count: 11)
        #expect(throws: MeshTopError.self) { try read(Self.ok + "transfer-encoding: chunked\r\n\r\n" + chunks) }
    }
}

@Suite struct WebSocketLimitTests {
    private func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let length: [UInt8] =
            payload.count < 126
            ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        return [(isFinal ? 0x80 : 0) | opcode] + length + payload
    }

    @Test func fragmentsAreOneMessage() throws {
        var decoder = WebSocketFrames.Decoder(limit: 100)
        let bytes = frame(2, [1, 2], isFinal: false) + frame(9, [9]) + frame(0, [3], isFinal: false) + frame(0, [])
        var messages: [WebSocketFrames.Message] = []
        for byte in bytes { messages += try decoder.feed([byte]) }
        #expect(messages == [.ping([9]), .data([1, 2, 3])])
    }

    @Test func fragmentsWithoutEndAreRefused() {
        var decoder = WebSocketFrames.Decoder(limit: 100_000)
        #expect(throws: MeshTopError.self) {
            for _ in 0..<3 { _ = try decoder.feed(frame(0, [UInt8](repeating: 0, count: 60_000), isFinal: false)) }
        }
    }

    @Test func pingsAndEmptyFramesWithoutEndAreRefused() {
        var decoder = WebSocketFrames.Decoder()
        let pings = (0..<500).flatMap { _ in frame(9, [1]) }
        #expect(throws: MeshTopError.self) { for _ in 0..<10 { _ = try decoder.feed(pings) } }
        var other = WebSocketFrames.Decoder()
        let empty = (0..<500).flatMap { _ in frame(0, [], isFinal: false) }
        #expect(throws: MeshTopError.self) { for _ in 0..<10 { _ = try other.feed(empty) } }
    }

    @Test func lengthsBeyondEverythingAreRefused() {
        for first in [UInt8(0x80), 0xFF] {
            var decoder = WebSocketFrames.Decoder()
            #expect(throws: MeshTopError.self) {
                try decoder.feed([0x82, 127, first] + [UInt8](repeating: 0xFF, count: 7) + [1])
            }
        }
        var decoder = WebSocketFrames.Decoder()
        #expect(throws: MeshTopError.self) { try decoder.feed([0x89, 126, 1, 0]) }
    }
}
