import Base
import ClusterData
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// Bodies that no good server sends. Each is an error of its own source, told in words, in bounded memory.
@Suite struct HardBodyTests {
    private static func list(_ item: String) -> String { #"{"metadata":{"resourceVersion":"7"},"items":[\#(item)]}"# }

    private static let pod = #"{"metadata":{"name":"p","namespace":"n"}}"#

    private func read(_ text: String) throws -> [Pod] { try read(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) throws -> [Pod] {
        var stream = ListStream<Pod>(contentType: "application/json", pool: nil)
        return try stream.feed(bytes) + stream.finish().rest
    }

    @Test func ofADuplicateKeyTheLastCounts() throws {
        let pods = try read(Self.list(#"{"metadata":{"name":"a","name":"b","namespace":"n"}}"#))
        #expect(pods.map(\.meta.name) == ["b"])
    }

    @Test func loneSurrogatesAndEscapedControlsAreMadeVisible() throws {
        let pods = try read(
            Self.list(#"{"metadata":{"name":"a\ud800b","namespace":"\u001b[2J\u0000","labels":{"k":"\ud83d\ude00"}}}"#))
        #expect(pods[0].meta.name.contains("\u{FFFD}"))
        #expect(pods[0].meta.namespace == "\u{FFFD}[2J\u{FFFD}")
        #expect(pods[0].meta.labels["k"] == "😀")
    }

    @Test func invalidUTF8IsMadeVisible() throws {
        var bytes = Array(Self.list(Self.pod).utf8)
        let place = try #require(
            bytes.firstIndex(of: UInt8(ascii: "p")).flatMap { _ in bytes.lastIndex(of: UInt8(ascii: "p")) })
        bytes[place] = 0xFF
        // The last p is the one of "namespace": an unknown member, so the namespace is empty; the rest is read.
        #expect(try read(bytes).map(\.meta.name) == ["p"])
        let name =
            Array(Self.list(#"{"metadata":{"name":""#).utf8.dropLast(2)) + [0xC3, 0x28, 0xF0, 0x9F]
            + Array(#""}}]}"#.utf8)
        #expect(try read(name).first?.meta.name.contains("\u{FFFD}") == true)
    }

    @Test(arguments: [
        ("9223372036854775808", nil), ("-1e400", nil), ("1e3", 1000), ("99999999999999999999999999", nil), ("3.0", 3),
    ])
    func numbersBeyondWhatIsCountedAreUnknown(_ number: String, _ expected: Int?) throws {
        var stream = ListStream<Workload>(contentType: "application/json", pool: nil)
        let body = Self.list(
            #"{"metadata":{"name":"d"},"spec":{"replicas":\#(number)},"status":{"readyReplicas":\#(number)}}"#)
        let made = try stream.feed(Array(body.utf8)) + stream.finish().rest
        #expect(made[0].replicas == expected)
    }

    @Test func sumsOfHugeNumbersDoNotOverflow() throws {
        let status = #"{"restartCount":1099511627776}"#
        let all = Array(repeating: status, count: 3000).joined(separator: ",")
        let pods = try read(Self.list(#"{"metadata":{"name":"p"},"status":{"containerStatuses":[\#(all)]}}"#))
        #expect(pods[0].restarts > 0)
    }

    @Test(arguments: [
        (#"{"x":"# + String(repeating: "[", count: 10_000), "nested deeper"),
        (#"{"metadata":{"name":"p"},"x":"# + String(repeating: "{\"a\":", count: 10_000), "nested deeper"),
        (#"{"metadata":{"name":"a\#u{0}b"}}"#, "control character"),
        (#"{"metadata":{"name":"p""#, "unexpected end"), (#"{"metadata":"#, "unexpected end"), ("}", "expected"),
        ("nonsense", "expected"),
    ])
    func brokenItemsAreRefusedInWords(_ item: String, _ why: String) {
        #expect {
            try read(#"{"items":["# + item)
        } throws: { error in
            "\(error)".contains(why)
        }
    }

    /// As much as the limits let through, and no more, is ever held.
    @Test(arguments: [" ", "x", #"{},"#])
    func bodiesWithoutAnEndAreGivenUp(_ filling: String) async {
        let head = filling == "x" ? #"{"items":[{"metadata":{"name":""# : #"{"items":["#
        var stream = ListStream<Pod>(contentType: "application/json", pool: nil)
        let chunk = Array(String(repeating: filling, count: (1 << 20) / filling.utf8.count).utf8)
        var fed = 0
        var refusal = ""
        do {
            _ = try stream.feed(Array(head.utf8))
            while fed < 256 << 20 {
                _ = try stream.feed(chunk)
                fed += chunk.count
                // Tests that wait for something share these threads.
                await Task.yield()
            }
        } catch {
            refusal = "\(error)"
        }
        #expect(refusal.contains("larger than 32 MiB") || refusal.contains("over 500000 objects"), "\(refusal)")
        #expect(fed < 64 << 20)
    }

    @Test func aWatchEventWithoutAnEndIsGivenUp() {
        let chunk = Array(String(repeating: "x", count: 1 << 20).utf8)
        for type in ["application/json", "application/vnd.kubernetes.protobuf;stream=watch"] {
            var decoder = WatchDecoder<Pod>(contentType: type, pool: nil)
            #expect(throws: JSONError.self) {
                for _ in 0..<100 { _ = try decoder.feed(chunk) }
            }
        }
    }

    /// Every kind of one server has another disease; what is well stays well.
    @Test func oneKindsTroubleStaysThatKinds() async throws {
        let server = try CannedServer(SickServer.answer)
        let session = MeshSession(
            client: try server.client(),
            options: SessionOptions(asksMetrics: false, asksEnvoy: false))
        await session.start()
        #expect(try await eventually(within: 90) { await session.isLoaded ? true : nil } == true)
        let kinds = await session.snapshot().kinds
        await session.stop()
        for (kind, words) in SickServer.diseases {
            let status = try #require(kinds.first { $0.kind == kind.kind && $0.group == kind.group })
            #expect(status.state == .down && status.detail.contains(words), "\(kind): \(status)")
        }
        for kind in [WatchedKind.namespaces, .services, .telemetries] {
            #expect(kinds.first { $0.kind == kind.kind }?.state == .ok, "\(kind)")
        }
    }
}

private enum SickServer {
    static let diseases: [(WatchedKind, String)] = [
        (.pods, "larger than"), (.deployments, "a web page, \"Sign in\""), (.statefulsets, "nested deeper"),
        (.daemonsets, "end"),
        (.virtualservices, "expected"), (.destinationrules, "control character"),
        (.horizontalpodautoscalers, "protobuf"),
    ]

    static func answer(_ line: String) -> CannedServer.Answer {
        func says(_ kind: WatchedKind) -> Bool { line.contains("/\(kind.resource)?") }
        func answer(_ text: String, _ type: String = "application/json") -> CannedServer.Answer {
            CannedServer.Answer(200, Array(text.utf8), type: type)
        }
        if line.contains(" /version") { return answer(#"{"gitVersion":"v1.30.0"}"#) }
        if line.hasSuffix(" /api") || line.hasSuffix(" /apis") {
            return CannedServer.Answer(200, CannedServer.discovery)
        }
        if line.contains("watch=") { return CannedServer.Answer(200, [], staysOpen: true) }
        if says(.pods) {
            return CannedServer.Answer(
                200, Array(#"{"items":["#.utf8), headers: [("Content-Length", "5368709120")], staysOpen: true)
        }
        if says(.deployments) { return answer("<html><title>Sign in</title></html>", "text/html") }
        if says(.statefulsets) { return answer(#"{"items":[{"x":"# + String(repeating: "[", count: 10_000)) }
        if says(.daemonsets) { return answer(#"{"items":[{"metadata":{"name":"a"}}"#) }
        if says(.virtualservices) { return answer("\u{1}\u{2}") }
        if says(.destinationrules) { return answer("{\"items\":[{\"metadata\":{\"name\":\"a\u{0}\"}}]}") }
        if says(.horizontalpodautoscalers) { return answer("k8s no more", "application/vnd.kubernetes.protobuf") }
        return answer(#"{"metadata":{"resourceVersion":"1"},"items":[]}"#)
    }
}
