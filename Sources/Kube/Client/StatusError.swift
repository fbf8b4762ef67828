// What an API server, or something in its place, refuses a request with, and what a person is told of it.

package import Base

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
    /// Not the server refused: something that requests pass on their way to it.
    package var isFromBetween = false

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
        // What a service answers through the server is its own word.
        isFromBetween = isFromBetween && !path.contains("/proxy/")
        if isFromBetween {
            message =
                "not the API server but something on the way to it answered \(code)"
                + (message.isEmpty ? "" : ": \(message)")
        }
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
            let isPage = text.hasPrefix("<")
            let words = isPage ? PageText(body).description : SafeText.line(Self.firstLine(text), limit: 200)
            self.init(code: status, reason: "", message: words)
            // A server says who may do what in a Status alone; of other things it speaks in plain words too. Nothing
            // at all is nobody's mark.
            isFromBetween = isPage || [407, 502].contains(status) || [401, 403].contains(status) && !text.isEmpty
        }
    }

    private static func firstLine(_ text: String) -> String {
        String(text.prefix { !$0.isNewline })
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
        // The same may be wrong with several fields, and be found several times.
        let messages = causes.map(\.message).uniqued()
        let parts = messages.prefix(4).map { message in
            let fields = causes.filter { $0.message == message && !["", "<nil>"].contains($0.field) }.map(\.field)
                .uniqued()
            let named = fields.prefix(4).joined(separator: ", ")
            let more = fields.count > 4 ? " and \(fields.count - 4) more" : ""
            return (fields.isEmpty ? "" : "\(named)\(more): ") + message
        }
        return parts.joined(separator: "; ") + (messages.count > 4 ? " and \(messages.count - 4) more" : "")
    }

    /// Kubernetes quotes the value that it refuses, which may be a whole pod: `Invalid value: {…}: field is immutable`.
    static func shortened(_ raw: String) -> String {
        guard raw.utf8.count > 300 else { return SafeText.line(raw) }
        let text = SafeText.line(raw, limit: 1 << 20)
        for mark in ["Invalid value: ", "Unsupported value: ", "Duplicate value: "] {
            guard let start = text.firstRange(of: mark) else { continue }
            let value = text[start.upperBound...]
            guard let end = QuotedValue.end(of: value) ?? value.ranges(of: ": ").last?.lowerBound,
                value[end...].hasPrefix(": ")
            else { continue }
            return "\(text[..<start.upperBound])…\(value[end...].prefix(400))"
        }
        return "\(text.prefix(200)) … \(text.suffix(90))"
    }

    /// A refusal by a rule of the cluster, not by a lack of rights.
    private static func isAdmission(_ message: String) -> Bool {
        message.hasPrefix("admission webhook ") || message.contains("ValidatingAdmissionPolicy")
    }

    private var adviceOnRights: String {
        if message.contains("exceeded quota") {
            return "ask for less, free something, or have the quota raised"
        }
        if message.contains("violates PodSecurity") {
            return "mend what it names, or have the namespace's pod security level changed"
        }
        if message.contains("maximum") && message.contains("limit") || message.contains("LimitRange") {
            return "keep within the namespace's limit range"
        }
        if Self.isAdmission(message) { return "do what it asks, or talk to whoever set it up" }
        if message.contains("because it is being terminated") { return "wait until it is gone and made anew" }
        if ["/api", "/apis", "/version"].contains(path) {
            return "ask for that permission, which the cluster role system:discovery gives"
        }
        // A question about one namespace cannot be made narrower.
        return path.contains("/namespaces/")
            ? "ask for that permission" : "ask for that permission, or name a namespace with -n"
    }

    package func error(server: String) -> MeshTopError {
        let what = method.isEmpty || method == "GET" ? "reading \(path)" : "\(method) \(path)"
        let why = words.isEmpty ? "the server answered \(code)" : words
        switch code {
        case _ where isFromBetween && path != "/version":
            return MeshTopError(
                // A gateway that gave up may have passed the request on.
                [502, 504].contains(code) ? .network : .server, what, why: why,
                advice: "check the proxy and the server URL, or ask whoever runs what stands in between")
        case 401 where !isFromBetween:
            return MeshTopError(
                .unauthorized, "\(server) refuses your credentials", why: why,
                advice: "log in again, or check the context's user with 'kubectl config view --minify'")
        case 403 where !isFromBetween:
            return MeshTopError(.forbidden, what, why: why, advice: adviceOnRights)
        case _ where Self.isAdmission(message):
            return MeshTopError(.invalid, what, why: why, advice: adviceOnRights)
        case _ where path == "/version":
            return MeshTopError(
                .server, what, why: isFromBetween ? why : "\(why) (HTTP \(code))",
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
