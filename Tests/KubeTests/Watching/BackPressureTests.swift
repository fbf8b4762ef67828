import Testing

@testable import Base
@testable import Istio
@testable import Kube

/// The network's thread copies bytes and nothing else; what waits behind it is bounded, and comes when there is room.
@Suite struct BackPressureTests {
    fileprivate static func event(_ number: Int) -> [UInt8] {
        let note = #""labels":{"note":"\#(String(repeating: "x", count: 250))"}"#
        return Array(#"{"type":"ADDED","object":{"metadata":{"name":"p\#(number)","namespace":"n",\#(note)}}}"#.utf8)
            + [0x0A]
    }

    private func send(_ bytes: [UInt8], to sink: some TransferSink) -> TransferAnswer {
        bytes.withUnsafeBytes { sink.data($0) }
    }

    /// Sends as libcurl does: until it is told to wait, and on from there when it is told to go on.
    private final class Sender: Sendable {
        let sent = Lock(0)
        let pauses = Lock(0)
        /// 20 MB: more than may wait, be in work and be done together, however slowly that goes.
        static let total = 60_000
        private static let piece = 500

        func go(_ sink: DecodingSink<WatchDecoder<Pod>>) {
            let isWhole = sent.withLock { sent in
                while sent < Self.total {
                    let bytes = (0..<Self.piece).flatMap { BackPressureTests.event(sent + $0) }
                    guard bytes.withUnsafeBytes({ sink.data($0) }) == .taken else {
                        pauses.withLock { $0 += 1 }
                        return false
                    }
                    sent += Self.piece
                }
                return true
            }
            if isWhole { sink.end(nil) }
        }
    }

    @Test func aReaderThatIsSlowHoldsTheSenderBack() async throws {
        let sink = DecodingSink<WatchDecoder<Pod>>(pool: nil)
        let sender = Sender()
        // The network's thread goes on by itself, not within the call.
        sink.started(
            TransferControl(resume: { [unowned sink] in Task.detached { [sink] in sender.go(sink) } }, cancel: {}))
        let parts = sink.parts {}
        sink.head(HTTPHead(status: 200, headers: [("content-type", "application/json")]))
        // Nobody reads: at some piece the sender is told to wait.
        sender.go(sink)
        let first = sender.sent.withLock { $0 }
        #expect(first > 0 && first < Sender.total && sender.pauses.withLock { $0 } > 0)
        // Somebody reads: it goes on, and nothing is lost or doubled.
        var seen = 0
        for await part in parts {
            guard case .items(let events) = part else { continue }
            for case .upsert(let pod) in events {
                if pod.meta.name != "p\(seen)" { Issue.record("\(pod.meta.name) came in place of p\(seen)") }
                seen += 1
            }
        }
        #expect(seen == Sender.total)
    }

    @Test func whatCannotBeReadEndsTheTransferInWords() async {
        let sink = DecodingSink<WatchDecoder<Pod>>(pool: nil)
        let cancelled = Lock(false)
        sink.started(TransferControl(resume: {}, cancel: { cancelled.withLock { $0 = true } }))
        let parts = sink.parts {}
        sink.head(HTTPHead(status: 200, headers: []))
        _ = send(Array("nonsense\n".utf8), to: sink)
        var words: [String] = []
        for await part in parts { if case .unreadable(let why) = part { words.append(why) } }
        #expect(words.count == 1 && words[0].contains("cannot be read"))
        #expect(send([0x20], to: sink) == .useless)
        sink.end(nil)
    }

    @Test func aRefusalKeepsItsBody() async {
        let sink = DecodingSink<ListStream<Pod>>(pool: nil)
        let parts = sink.parts {}
        sink.head(HTTPHead(status: 403, headers: []))
        _ = send(Array("no".utf8), to: sink)
        sink.end(nil)
        var bodies: [[UInt8]] = []
        for await part in parts { if case .refused(let response) = part { bodies.append(response.body) } }
        #expect(bodies == [Array("no".utf8)])
    }
}
