// Queries to a Prometheus-compatible API: by URL, or through the API server's service proxy.

package import Base
package import Kube
package import MeshModel

package struct PrometheusClient: Sendable {
    package var endpoint: MetricsEndpoint
    package var loop: CurlLoop
    package var timeoutSeconds: Double
    /// Seconds by which the metrics server's clock is ahead of ours: times are asked for, and answered, in its time.
    private let clockLead = Lock(0.0)
    private let compression = Lock(AnswerCompression())

    package init(endpoint: MetricsEndpoint, loop: CurlLoop, timeoutSeconds: Double = 15) {
        self.endpoint = endpoint
        self.loop = loop
        self.timeoutSeconds = timeoutSeconds
    }

    /// What one answer may have: the edges of a thousand services, in every code and flag, are a fifth of it. Several are
    /// read at a time.
    private static let mostBytes = 64 << 20
    /// What the answers that are read at a time may have together, from the first byte until they are samples: a tick
    /// asks a dozen things at once. A tick of a thousand services and ten thousand pods has 43 MB.
    private let budget = ByteBudget(96 << 20)

    /// An instant query at `time` (now when nil).
    package func query(_ promQL: String, schema: LabelSchema, time: Timestamp? = nil) async throws -> PrometheusAnswer {
        let form = [("query", promQL)]
        return try await ask("/api/v1/query", schema) { lead in
            time.map { form + [("time", String($0.seconds + lead))] } ?? form
        }
    }

    package func queryRange(
        _ promQL: String, schema: LabelSchema, start: Timestamp, end: Timestamp, stepSeconds: Int
    ) async throws -> PrometheusAnswer {
        try await ask("/api/v1/query_range", schema) { lead in
            [
                ("query", promQL), ("start", String(start.seconds + lead)), ("end", String(end.seconds + lead)),
                ("step", String(stepSeconds)),
            ]
        }
    }

    private func ask(
        _ path: String, _ schema: LabelSchema, form: (_ lead: Double) -> [(String, String)]
    ) async throws -> PrometheusAnswer {
        var lead = clockLead.withLock { $0 }
        let share = BudgetShare(of: budget)
        defer { share.end() }
        var response = try await post(path, formEncoded(form(lead)), share)
        // The first answer tells how far apart the clocks are: what was asked was of another moment.
        if let found = response.head.clockLead, abs(found - lead) > 2 {
            lead = found
            clockLead.withLock { $0 = found }
            response = try await post(path, formEncoded(form(lead)), share)
        }
        var answer: PrometheusAnswer
        do {
            answer = try PrometheusAnswer(response.body, schema: schema)
            answer.shiftTimes(by: -lead)
        } catch  where error.reason == PrometheusAnswer.tooMany {
            throw MeshTopError(
                .decoding, "metrics query at \(endpoint.name)", why: error.reason,
                advice: "narrow the scope with -n NAMESPACE, or give a Prometheus of this mesh alone")
        } catch {
            throw refusal(response, error)
        }
        if let error = answer.error {
            throw MeshTopError(.server, "metrics query at \(endpoint.name)", why: "\(error.type): \(error.message)")
        }
        return answer
    }

    private func post(_ path: String, _ form: String, _ share: BudgetShare) async throws -> HTTPResponse {
        let type = "application/x-www-form-urlencoded"
        switch endpoint.route {
        case .url(let base, var connection, let headers):
            let isPlain = compression.withLock { $0.isPlain }
            if isPlain { connection.disableCompression = true }
            let started = Timestamp.now()
            var request = HTTPRequest(
                method: "POST", url: endpoint.address(base, path),
                headers: headers + [("Content-Type", type), ("Accept", "application/json")],
                body: Array(form.utf8), connection: connection, timeoutSeconds: timeoutSeconds,
                bodyLimit: Self.mostBytes)
            request.share = share
            let response = try await loop.send(request)
            let ended = Timestamp.now()
            compression.withLock {
                $0.note(
                    bytes: response.body.count, exchange: ended - started, transfer: ended - response.head.receivedAt,
                    wasPlain: isPlain)
            }
            return response
        case .serviceProxy(let client, let namespace, let service, let port):
            let proxied = "/api/v1/namespaces/\(namespace)/services/\(service):\(port)/proxy\(path)"
            var call = KubeClient.Call(
                "POST", proxied, contentType: type, body: Array(form.utf8), timeoutSeconds: timeoutSeconds,
                bodyLimit: Self.mostBytes)
            call.share = share
            return try await client.exchange(call)
        }
    }

    /// An answer that is none: the status and what kind of page came instead.
    private func refusal(_ response: HTTPResponse, _ error: JSONError) -> MeshTopError {
        let what = "metrics at \(endpoint.name)"
        switch response.status {
        case 401:
            return MeshTopError(
                .unauthorized, what, why: "it refuses the credentials (401)",
                advice: "give a token or user:password in the configuration")
        case 403:
            return MeshTopError(
                .forbidden, what, why: StatusError(status: 403, body: response.body).message,
                advice: "ask for services/proxy, or give --prometheus URL")
        case 200:
            return MeshTopError(
                .decoding, what, why: KubeClient.notJSON(response, error),
                advice: "check the URL: it should answer /api/v1/query as Prometheus does")
        default:
            let said = StatusError(status: response.status, body: response.body).message
            return MeshTopError(
                .server, what, why: "HTTP \(response.status)\(said.isEmpty ? "" : ": \(said)")",
                advice: "check the URL and that the metrics service runs")
        }
    }
}
