// Requests to an API server: credentials attached, answers checked, refusals turned into words.

/// One API server. A value: copies share the connection loop and the credentials.
package struct KubeClient: Sendable {
    package let access: ClusterAccess
    package let loop: CurlLoop
    private let keeper: CredentialKeeper
    /// For those who wait until the server is there again.
    package let signs = SignsOfLife()
    package var timeoutSeconds: Double

    package init(
        access: ClusterAccess, loop: CurlLoop, timeoutSeconds: Double = 30, prompt: CredentialPrompt? = nil
    ) {
        self.access = access
        self.loop = loop
        self.timeoutSeconds = timeoutSeconds
        keeper = CredentialKeeper(access, prompt: prompt, loop: loop)
    }

    package struct Call: Sendable {
        package var method: String
        package var path: String
        package var query: [(String, String)]
        package var accept: String
        package var contentType: String?
        package var body: [UInt8]?
        package var timeoutSeconds: Double?
        /// A larger answer is refused.
        package var bodyLimit: Int
        /// What it shares with others that are under way.
        package var share: BudgetShare?

        package init(
            _ method: String = "GET", _ path: String, query: [(String, String)] = [],
            accept: String = "application/json", contentType: String? = nil, body: [UInt8]? = nil,
            timeoutSeconds: Double? = nil, bodyLimit: Int = 256 << 20
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.accept = accept
            self.contentType = contentType
            self.body = body
            self.timeoutSeconds = timeoutSeconds
            self.bodyLimit = bodyLimit
        }
    }

    private func request(_ call: Call, timeout: Double?) async throws -> HTTPRequest {
        var (connection, credentials) = try await keeper.authorised()
        var headers: [(name: String, value: String)] = [("Accept", call.accept)]
        if let contentType = call.contentType { headers.append(("Content-Type", contentType)) }
        headers += credentials
        let query = call.query.isEmpty ? "" : "?" + formEncoded(call.query)
        // On the same machine bytes cost less than squeezing them does.
        if URLParts(access.server)?.isLoopback == true {
            connection.disableCompression = true
        }
        var request = HTTPRequest(
            method: call.method, url: access.server + call.path + query, headers: headers, body: call.body,
            connection: connection, timeoutSeconds: timeout, bodyLimit: call.bodyLimit)
        request.group = access.server
        request.share = call.share
        return request
    }

    /// Sends and gives the answer whatever its status; a 401 is tried once more with fresh credentials.
    package func exchange(_ call: Call) async throws -> HTTPResponse {
        let timeout = call.timeoutSeconds ?? timeoutSeconds
        let response = try await loop.send(request(call, timeout: timeout))
        // What stands between may refuse in the server's name.
        if (200..<300).contains(response.status) { signs.answered() }
        guard response.status == 401, await keeper.forget() else { return response }
        return try await loop.send(request(call, timeout: timeout))
    }

    /// Sends and gives a successful answer; any other status is thrown as an error for people.
    @discardableResult
    package func send(_ call: Call) async throws -> HTTPResponse {
        let response = try await exchange(call)
        guard (200..<300).contains(response.status) else {
            throw StatusError(response, call: call).error(server: access.server)
        }
        return response
    }

    /// Sends and reads the body as JSON.
    package func json(_ call: Call) async throws -> JSONValue {
        let response = try await send(call)
        do {
            return try JSONValue(parsing: response.body)
        } catch {
            throw MeshTopError(
                .decoding, "\(access.server)\(call.path)", why: Self.notJSON(response, error),
                advice: "check that the server is a Kubernetes API and no login page or proxy answers in its place")
        }
    }

    static func notJSON(_ response: HTTPResponse, _ error: JSONError) -> String {
        let type = response.head.header("content-type") ?? "no content type"
        return type.contains("html") ? "it answers with a web page (\(type))" : "the answer is not JSON (\(error))"
    }

    /// A list or a watch, decoded while it arrives; cancelling the task, or calling `cancel`, ends the transfer.
    /// With `silenceSeconds`, ended when nothing arrives for so long.
    func decoded<Decoder: StreamDecoder>(
        _ call: Call, _ decoder: Decoder.Type, pool: StringPool?, silenceSeconds: Double? = nil
    ) async throws -> (parts: DecodedParts<Decoder.Output>, cancel: @Sendable () -> Void) {
        var request = try await request(call, timeout: nil)
        request.silenceSeconds = silenceSeconds
        // A stream is decoded as it comes: its decoder bounds what is kept of it.
        request.bodyLimit = Decoder.bodyLimit
        let loop = loop
        let sink = DecodingSink<Decoder>(pool: pool)
        let id = loop.start(request, sink)
        return (sink.parts { loop.cancel(id) }, { loop.cancel(id) })
    }

    /// Ends the watches of a server that no longer answers; they resume on new connections.
    package func restartStreams(silentSince moment: Moment) {
        loop.restartStreams(access.server, silentSince: moment)
    }

    package func forgetCredentials() async -> Bool { await keeper.forget() }
    package func authorised() async throws -> (ConnectionSettings, [(name: String, value: String)]) {
        try await keeper.authorised()
    }
}

/// A refusal by the API server: the Status object, or what a proxy put in its place.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
package struct StatusError: Error, Sendable, Hashable {
    package struct Cause: Sendable, Hashable {
        package var field: String
        package var reason: String
        package var message: String
    }

    package var code: Int
    package var reason: String
    package var message: String
    package var causes: [Cause] = []
    package var retryAfterSeconds: Double?
    package var path = ""
    package var method = ""

    package init(code: Int, reason: String, message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    package init(_ response: HTTPResponse, call: KubeClient.Call) {
        self.init(status: response.status, body: response.body)
        retryAfterSeconds = response.head.header("retry-after").flatMap { Double($0) } ?? retryAfterSeconds
        path = call.path
        method = call.method
    }

    package init(status: Int, body: [UInt8]) {
        if let decoded = Self.protobuf(body) {
            self = decoded
            code = status
        } else if let value = try? JSONValue(parsing: body), value["kind"] == "Status" {  // a proxy's page is no Status
            self.init(object: value)
            code = status
        } else {
            let text = String(decoding: body.prefix(4000), as: UTF8.self).trimmingSpace()
            let words = text.hasPrefix("<") ? Self.title(text) : SafeText.line(text, limit: 200)
            self.init(code: status, reason: "", message: words)
        }
    }

    /// What a proxy's page says: its title.
    private static func title(_ page: String) -> String {
        let lower = page.lowercased()
        guard let start = lower.firstRange(of: "<title>"), let end = lower.firstRange(of: "</title>"),
            start.upperBound < end.lowerBound
        else { return "a web page" }
        return SafeText.line("a web page, \"\(lower[start.upperBound..<end.lowerBound].trimmingSpace())\"", limit: 200)
    }

    package init(object value: JSONValue) {
        code = value["code"]?.int ?? 0
        reason = value.text("reason") ?? ""
        message = Self.shortened(value["message"]?.string ?? "")
        causes = (value["details"]?.list("causes") ?? []).map {
            Cause(
                field: $0.text("field") ?? "", reason: $0.text("reason") ?? "",
                message: Self.shortened($0["message"]?.string ?? ""))
        }
        retryAfterSeconds = value.at("details", "retryAfterSeconds")?.double
    }

    /// The version asked for is gone: list anew.
    package var isExpired: Bool { code == 410 || reason == "Expired" || reason == "Gone" }

    /// The server's words; of an invalid object what is wrong with it, without the object itself.
    package var words: String {
        guard code == 422, !causes.isEmpty else { return message }
        let parts = causes.prefix(4).map { cause in
            (cause.field.isEmpty || cause.field == "<nil>" ? "" : "\(cause.field): ") + cause.message
        }
        return parts.joined(separator: "; ") + (causes.count > 4 ? " and \(causes.count - 4) more" : "")
    }

    /// Kubernetes quotes the value that it refuses, which may be a whole pod: `Invalid value: {…}: field is immutable`.
    static func shortened(_ raw: String) -> String {
        guard raw.utf8.count > 300 else { return SafeText.line(raw) }
        let text = SafeText.line(raw, limit: 1 << 20)
        for mark in ["Invalid value: ", "Unsupported value: ", "Duplicate value: ", "Too long: ", "Forbidden: "] {
            guard let start = text.firstRange(of: mark), let end = text.ranges(of: ": ").last,
                end.lowerBound >= start.upperBound
            else { continue }
            return "\(text[..<start.upperBound])…\(text[end.lowerBound...].prefix(400))"
        }
        return "\(text.prefix(200)) … \(text.suffix(90))"
    }

    /// A refusal by a rule of the cluster, not by a lack of rights.
    private static func isAdmission(_ message: String) -> Bool {
        message.hasPrefix("admission webhook ") || message.contains("ValidatingAdmissionPolicy")
    }

    private static func advice(forbidden message: String) -> String {
        if message.contains("exceeded quota") {
            return "ask for less, free something, or have the quota raised"
        }
        if message.contains("violates PodSecurity") {
            return "mend what it names, or have the namespace's pod security level changed"
        }
        if message.contains("maximum") && message.contains("limit") || message.contains("LimitRange") {
            return "keep within the namespace's limit range"
        }
        if isAdmission(message) { return "do what it asks, or talk to whoever set it up" }
        if message.contains("because it is being terminated") { return "wait until it is gone and made anew" }
        return "ask for that permission, or narrow the scope with -n"
    }

    package func error(server: String) -> MeshTopError {
        let what = method.isEmpty || method == "GET" ? "reading \(path)" : "\(method) \(path)"
        let why = words.isEmpty ? "the server answered \(code)" : words
        switch code {
        case 401:
            return MeshTopError(
                .unauthorized, "\(server) refuses your credentials", why: why,
                advice: "log in again, or check the context's user with 'kubectl config view --minify'")
        case 403: return MeshTopError(.forbidden, what, why: why, advice: Self.advice(forbidden: message))
        case _ where Self.isAdmission(message):
            return MeshTopError(.invalid, what, why: why, advice: Self.advice(forbidden: message))
        case _ where path == "/version":
            return MeshTopError(
                .server, what, why: "\(why) (HTTP \(code))",
                advice:
                    "check the server URL: it should lead to a Kubernetes API; and the client certificate, if it asks for one"
            )
        case 404: return MeshTopError(.notFound, what, why: why, advice: "check the name and the namespace")
        case 409:
            return MeshTopError(.conflict, what, why: why, advice: "look at the object again and repeat the change")
        case 400, 415, 422: return MeshTopError(.invalid, what, why: why, advice: "mend what it names and try again")
        default: return MeshTopError(.server, what, why: "\(why) (HTTP \(code))")
        }
    }
}
