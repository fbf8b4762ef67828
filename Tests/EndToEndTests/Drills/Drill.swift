// The named drills: what goes wrong between a client and its API server, and when.

import Base
import MeshModel
import TestSupport

/// One thing that goes wrong, for the kind under trial.
struct Drill: Sendable, CustomStringConvertible {
    enum Moment: Sendable {
        /// While the client loads: lists and discovery meet the fault.
        case loading
        /// While it watches: every connection ends and what follows meets the fault.
        case watching
        /// While it watches, from outside: a restart, a path that froze.
        case server(@Sendable (FaultProxy) async throws -> Void)
    }

    var name: String
    var moment: Moment
    /// What the request line must hold.
    var target = "/virtualservices"
    var faults: [Fault] = []
    /// Faults of other requests of the same kind.
    var also: [(target: String, fault: Fault)] = []
    /// Lists come as the beginning of a watch, or as lists in pages of this size.
    var streamsLists = false
    var pageSize = 500

    var description: String { name }

    static func status(_ reason: String, _ code: Int, retryAfter: Int? = nil) -> Fault {
        .answer(
            code, headers: retryAfter.map { ["Retry-After": "\($0)"] } ?? [:],
            body:
                #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"\#(reason)","message":"drill","code":\#(code)}"#
        )
    }

    static func event(_ text: String) -> Fault { .answer(200, body: text + "\n") }

    static let page = Fault.answer(200, body: "<html><body>Sign in</body></html>", type: "text/html")
    private static let expired =
        #"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","message":"too old resource version","code":410}}"#
    private static let failed =
        #"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError","message":"etcd","code":500}}"#

    static let all: [Drill] = loading + streaming + watching + servers

    static let loading: [Drill] = [
        Drill(name: "list answers 500", moment: .loading, faults: [status("InternalError", 500)]),
        Drill(
            name: "list answers 500 three times", moment: .loading,
            faults: .init(repeating: status("InternalError", 500), count: 3)),
        Drill(
            name: "list answers 503 with Retry-After", moment: .loading,
            faults: [status("ServiceUnavailable", 503, retryAfter: 2)]),
        Drill(
            name: "list answers 429 with Retry-After", moment: .loading,
            faults: [status("TooManyRequests", 429, retryAfter: 1)]),
        Drill(name: "list answers 504", moment: .loading, faults: [status("Timeout", 504)]),
        Drill(name: "list answers 401 once", moment: .loading, faults: [status("Unauthorized", 401)]),
        Drill(name: "list answers 410", moment: .loading, faults: [status("Expired", 410)]),
        Drill(name: "list answers a sign-in page", moment: .loading, faults: [page]),
        Drill(name: "list is cut after its head", moment: .loading, faults: [.cut(afterBytes: 220)]),
        Drill(name: "list is cut in the middle", moment: .loading, faults: [.cut(afterBytes: 3000)]),
        Drill(name: "list is reset in the middle", moment: .loading, faults: [.reset(afterBytes: 3000)]),
        Drill(name: "list is corrupt", moment: .loading, faults: [.corrupt(every: 97)]),
        Drill(name: "list is late", moment: .loading, faults: [.delay(seconds: 0.5)]),
        Drill(name: "list stalls after its head", moment: .loading, faults: [.stall(seconds: 60)]),
        Drill(name: "list is never answered", moment: .loading, faults: [.silence(seconds: 60)]),
        Drill(name: "list comes in drips", moment: .loading, faults: [.drip(seconds: 0.2)]),
        Drill(
            name: "protobuf list is cut", moment: .loading, target: "/api/v1/services", faults: [.cut(afterBytes: 2500)]
        ),
        Drill(
            name: "protobuf list is corrupt", moment: .loading, target: "/api/v1/services",
            faults: [.corrupt(every: 61)]),
        Drill(
            name: "discovery answers 503", moment: .loading, target: " /apis",
            faults: [status("ServiceUnavailable", 503)]),
        Drill(name: "discovery is cut", moment: .loading, target: " /apis", faults: [.cut(afterBytes: 400)]),
        Drill(name: "discovery answers a page", moment: .loading, target: " /apis", faults: [page]),
    ]

    static let streaming: [Drill] = [
        Drill(
            name: "streaming list is refused with 422", moment: .loading, faults: [status("Invalid", 422)],
            streamsLists: true),
        Drill(
            name: "streaming list answers 500", moment: .loading, faults: [status("InternalError", 500)],
            streamsLists: true),
        Drill(
            name: "streaming list answers 429 with Retry-After", moment: .loading,
            faults: [status("TooManyRequests", 429, retryAfter: 1)], streamsLists: true),
        Drill(
            name: "streaming list is cut in the middle", moment: .loading, faults: [.cut(afterBytes: 3000)],
            streamsLists: true),
        Drill(
            name: "streaming list is reset in the middle", moment: .loading, faults: [.reset(afterBytes: 3000)],
            streamsLists: true),
        Drill(name: "streaming list is corrupt", moment: .loading, faults: [.corrupt(every: 97)], streamsLists: true),
        Drill(
            name: "streaming list sends a 410 event", moment: .loading, faults: [event(expired)], streamsLists: true),
        Drill(
            name: "streaming list ends without its bookmark", moment: .loading,
            faults: [
                event(
                    #"{"type":"ADDED","object":{"metadata":{"name":"ghost","namespace":"shop","resourceVersion":"1"},"spec":{"hosts":["g"]}}}"#
                )
            ], streamsLists: true),
        Drill(
            name: "streaming list comes in drips", moment: .loading, faults: [.drip(seconds: 0.2)], streamsLists: true),
        Drill(
            name: "410, and the streaming list after it is cut", moment: .watching,
            faults: [status("Expired", 410), .cut(afterBytes: 2000)], streamsLists: true),
        Drill(
            name: "watch answers 503, streaming lists", moment: .watching,
            faults: [status("ServiceUnavailable", 503)], streamsLists: true),
        Drill(
            name: "continue token expires midway", moment: .loading, faults: [status("Expired", 410)],
            also: [("continue=", status("Expired", 410))], pageSize: 3),
        Drill(
            name: "a page of a list answers 500", moment: .loading, faults: [status("Expired", 410)],
            also: [("continue=", status("InternalError", 500))], pageSize: 3),
        Drill(
            name: "a page of a list is cut", moment: .loading, faults: [status("Expired", 410)],
            also: [("continue=", .cut(afterBytes: 900))], pageSize: 3),
        Drill(name: "list is forbidden once", moment: .loading, faults: [status("Forbidden", 403)]),
    ]

    static let watching: [Drill] = [
        Drill(name: "watch is forbidden once", moment: .watching, faults: [status("Forbidden", 403)]),
        Drill(name: "watches end", moment: .watching),
        Drill(name: "watch answers 410", moment: .watching, faults: [status("Expired", 410)]),
        Drill(name: "watch sends a 410 event", moment: .watching, faults: [event(expired)]),
        Drill(name: "watch sends a 500 event", moment: .watching, faults: [event(failed)]),
        Drill(name: "watch answers 500", moment: .watching, faults: [status("InternalError", 500)]),
        Drill(
            name: "watch answers 503 twice", moment: .watching,
            faults: .init(repeating: status("ServiceUnavailable", 503), count: 2)),
        Drill(
            name: "watch answers 429 with Retry-After", moment: .watching,
            faults: [status("TooManyRequests", 429, retryAfter: 2)]),
        Drill(name: "watch answers 504", moment: .watching, faults: [status("Timeout", 504)]),
        Drill(name: "watch answers 401 once", moment: .watching, faults: [status("Unauthorized", 401)]),
        Drill(name: "watch answers 404 once", moment: .watching, faults: [status("NotFound", 404)]),
        Drill(name: "watch answers a page", moment: .watching, faults: [page]),
        Drill(
            name: "watch sends an unknown event", moment: .watching,
            faults: [event(#"{"type":"NOVEL","object":{"kind":"VirtualService"}}"#)]),
        Drill(
            name: "watch sends half an event", moment: .watching,
            faults: [event(#"{"type":"MODIFIED","object":{"kind":"Virt"#)]),
        Drill(name: "watch sends no JSON", moment: .watching, faults: [event("\u{1}\u{2}}}}")]),
        Drill(name: "watch is corrupt", moment: .watching, faults: [.corrupt(every: 53)]),
        Drill(name: "watch is reset in an event", moment: .watching, faults: [.reset(afterBytes: 700)]),
        Drill(name: "watch is cut in an event", moment: .watching, faults: [.cut(afterBytes: 700)]),
        Drill(name: "watch events come twice", moment: .watching, faults: [.duplicateEvents]),
        Drill(name: "watch events come in another order", moment: .watching, faults: [.swapEvents]),
        Drill(name: "watch drips", moment: .watching, faults: [.drip(seconds: 0.3)]),
        Drill(name: "watch is late", moment: .watching, faults: [.delay(seconds: 0.5)]),
        Drill(
            name: "410, and the list after it answers 503", moment: .watching,
            faults: [status("Expired", 410), status("ServiceUnavailable", 503)]),
        Drill(
            name: "410, and the list after it is cut", moment: .watching,
            faults: [status("Expired", 410), .cut(afterBytes: 2000)]),
    ]

    static let servers: [Drill] = [
        Drill(
            name: "server restarts",
            moment: .server(restart)),
        Drill(
            name: "connections drop five times",
            moment: .server { proxy in
                for _ in 0..<5 {
                    let taken = proxy.taken
                    proxy.dropConnections()
                    try await seen { proxy.taken > taken }
                }
            }),
        Drill(
            name: "connections vanish without a word",
            moment: .server { proxy in proxy.vanish() }),
        Drill(
            name: "streaming lists, and the server restarts",
            moment: .server(restart), streamsLists: true),
        Drill(
            name: "path freezes, and heartbeats with it",
            moment: .server { proxy in
                let taken = proxy.taken
                proxy.setFrozen(true)
                try await seen { proxy.taken > taken }
                proxy.setFrozen(false)
            }),
    ]

    /// Down until every kind has been turned away a few times.
    @Sendable private static func restart(_ proxy: FaultProxy) async throws {
        let refused = proxy.refused
        proxy.setDown(true)
        proxy.dropConnections()
        try await seen { proxy.refused > refused + 3 * WatchedKind.all.count }
        proxy.setDown(false)
    }

    private static func seen(_ isSo: @escaping @Sendable () -> Bool) async throws {
        if try await eventually({ isSo() ? true : nil }) == nil {
            throw MeshTopError(.environment, "a drill", why: "what it waits for never came")
        }
    }
}
