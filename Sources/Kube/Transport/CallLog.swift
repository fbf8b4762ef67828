// What was asked of servers lately: a ring of the last few hundred requests, without headers and without secrets.

package import Base

/// One request and what came of it. Text in it is safe for a terminal.
package struct APICall: Sendable, Hashable {
    package var number: UInt64
    /// Asked of the API server; else of a metrics API.
    package var isKubernetes: Bool
    package var startedAt: Timestamp
    package var method: String
    /// Scheme and host; no user, no password.
    package var server: String
    /// With its query.
    package var path: String
    /// What a patch or a query says; nil for everything else, for Secrets and for bodies over 4 KiB.
    package var body: String?
    package var bodyType: String?
    /// Nil until the answer's head came, and when none came.
    package var status: Int?
    package var bytes = 0
    /// Until the whole answer was there; nil while it is on its way.
    package var seconds: Double?
    package var error: String?
    static let form = "application/x-www-form-urlencoded"

    package init(
        number: UInt64 = 0, isKubernetes: Bool = true, startedAt: Timestamp, method: String, server: String = "",
        path: String, body: String? = nil, bodyType: String? = nil
    ) {
        self.number = number
        self.isKubernetes = isKubernetes
        self.startedAt = startedAt
        self.method = method
        self.server = server
        self.path = path
        self.body = body
        self.bodyType = bodyType
    }
}

/// Written by the network's thread twice a request, read when somebody looks.
package final class CallLog: Sendable {
    private struct Ring {
        var calls: [APICall] = []
        var next: UInt64 = 0
    }
    /// A screenful is forty lines; a dashboard at rest asks about two things a second.
    package static let capacity = 500
    private static let bodyLimit = 4096
    private let ring = Lock(Ring())

    package init() {}

    /// Notes that a request is sent; the number is for `end`.
    func begin(_ request: HTTPRequest) -> UInt64 {
        let parts = URLParts(request.url)
        // Of others than the API server a query may hold a key.
        let rest = parts?.rest ?? ""
        // The path of the server's own address may be what tells who asks: it is no part of the request.
        let prefix = URLParts(request.group)?.rest ?? ""
        let path =
            request.group.isEmpty
            ? String(rest.prefix { $0 != "?" }) : String(rest.dropFirst(rest.hasPrefix(prefix) ? prefix.count : 0))
        let type = request.headers.first { $0.name == "Content-Type" }?.value
        let isKept = (request.method == "PATCH" && !path.contains("/secrets/")) || type == APICall.form
        let body = isKept ? request.body.flatMap { $0.count <= Self.bodyLimit ? $0 : nil } : nil
        var call = APICall(
            number: 0, isKubernetes: !request.group.isEmpty, startedAt: .now(), method: request.method,
            server: parts?.origin ?? "", path: SafeText.line(path),
            body: body.map { SafeText.line(String(decoding: $0, as: UTF8.self)) }, bodyType: type)
        return ring.withLock { ring in
            call.number = ring.next
            ring.next += 1
            if ring.calls.count < Self.capacity {
                ring.calls.append(call)
            } else {
                ring.calls[Int(call.number % UInt64(Self.capacity))] = call
            }
            return call.number
        }
    }

    /// The head of the answer came, or the whole of it, or what there will be of it.
    package func note(_ number: UInt64, status: Int?, bytes: Int = 0, ended: Bool = false, error: MeshTopError? = nil) {
        let now = Timestamp.now()
        let noted = ring.withLock { ring -> APICall? in
            let place = Int(number % UInt64(Self.capacity))
            guard ring.calls.indices.contains(place), ring.calls[place].number == number else { return nil }
            ring.calls[place].status = status
            ring.calls[place].bytes = bytes
            if ended { ring.calls[place].seconds = now - ring.calls[place].startedAt }
            ring.calls[place].error = error?.why
            return ring.calls[place]
        }
        if let noted { ActivityLog.note(noted, ended: ended) }
    }

    /// Oldest first.
    package var calls: [APICall] { ring.withLock { $0.calls }.sorted { $0.number < $1.number } }
}
