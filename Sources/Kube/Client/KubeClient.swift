// Requests to an API server: credentials attached, answers checked, refusals turned into words.

package import Base

/// One API server. A value: copies share the connection loop and the credentials.
package struct KubeClient: Sendable {
    package let access: ClusterAccess
    package let loop: CurlLoop
    /// What asks through this client waits and ages by it.
    package let clock: any TimeSource
    private let keeper: CredentialKeeper
    /// For those who wait until the server is there again.
    package let signs = SignsOfLife()
    /// What the server serves, as far as it has been asked.
    let served = DiscoveryCache()
    package var timeoutSeconds: Double

    package init(
        access: ClusterAccess, loop: CurlLoop, timeoutSeconds: Double = 30, prompt: CredentialPrompt? = nil,
        clock: any TimeSource = .system
    ) {
        self.access = access
        self.loop = loop
        self.timeoutSeconds = timeoutSeconds
        self.clock = clock
        keeper = CredentialKeeper(access, prompt: prompt, loop: loop, clock: clock)
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
            throw StatusError(response, call: call).error(server: access.shownServer)
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
                .decoding, "\(access.shownServer)\(call.path)", why: Self.notJSON(response, error),
                advice: "check that the server is a Kubernetes API and no login page or proxy answers in its place")
        }
    }

    package static func notJSON(_ response: HTTPResponse, _ error: JSONError) -> String {
        let type = response.head.header("content-type") ?? "no content type"
        return type.contains("html")
            ? "it answers with a web page (\(SafeText.line(type, limit: 60)))\(PageText(response.body).details)"
            : "the answer is not JSON (\(error))"
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
