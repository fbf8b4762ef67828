import Base
import Istio
import Kube
import TestSupport
import Testing

/// A stream of a list that fails in any way is followed by a plain list at once: no pause, nothing told of it.
@Suite struct StreamedListTests {
    private static let path = ResourcePath(group: "networking.istio.io", version: "v1", resource: "virtualservices")

    private static func refused(_ code: Int) -> CannedServer.Answer {
        let status: JSONValue = ["kind": "Status", "status": "Failure", "message": "no", "code": .int(Int64(code))]
        return .init(code, status)
    }

    private static func event(_ code: Int) -> CannedServer.Answer {
        let status: JSONValue = ["kind": "Status", "status": "Failure", "message": "no", "code": .int(Int64(code))]
        let event: JSONValue = ["type": "ERROR", "object": status]
        return .init(200, Array((event.compactText + "\n").utf8))
    }

    private static let failures: [String: CannedServer.Answer] = [
        "event 410": event(410), "event 429": event(429), "event 403": event(403), "event 500": event(500),
        "status 403": refused(403), "status 404": refused(404), "status 429": refused(429),
        "status 501": refused(501),
        "nothing": .init(200, []), "garbage": .init(200, Array("garbage\n".utf8)),
        "a page": .init(200, Array("<html>Sign in</html>\n".utf8), type: "text/html"),
        "a buffer that keeps all": .init(200, [], staysOpen: true),
        "half a list": .init(200, Array(#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#.utf8 + [10])),
    ]

    @Test(arguments: failures.keys.sorted()) func aPlainListFollowsAtOnce(_ name: String) async throws {
        let failure = try #require(Self.failures[name])
        let list = #"{"kind":"List","metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a"}}]}"#
        let server = try CannedServer { line in
            if line.contains("sendInitialEvents") { return failure }
            return line.contains("watch=1") ? .init(200, [], staysOpen: true) : .init(200, Array(list.utf8))
        }
        let told = Lock<[String]>([])
        let clock = TestClock()
        let reflector = Reflector<ConfigObject>(
            client: try server.client(clock: clock), path: Self.path, namespace: nil, offersStreams: true
        ) { change in
            switch change {
            case .status(let state, _): told.withLock { $0.append(state.rawValue) }
            case .replace(let objects): told.withLock { $0.append("\(objects.count) objects") }
            default: break
            }
        }
        let task = Task { await reflector.run() }
        // Before a pause its reason is told. Seconds pass for whoever watches over the stream.
        let first = try await eventually(within: 60) {
            clock.advance(by: 0.5)
            return told.withLock { $0.count } >= 2 ? true : nil
        }
        task.cancel()
        #expect(
            first == true && told.withLock { Array($0.prefix(2)) } == ["1 objects", "ok"], "\(told.withLock { $0 })")
        withExtendedLifetime(server) {}
    }
}
