// What goes over the wire, as values: requests, responses and the events of a streaming body.

package import Base

package struct HTTPRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    package var connection: ConnectionSettings
    /// The whole exchange must end within this; nil for watches, which end when either side says so.
    package var timeoutSeconds: Double?
    /// A body that grows beyond this ends the transfer with an error.
    package var bodyLimit: Int
    /// What it shares with others that are under way.
    package var share: BudgetShare?
    /// A stream that brings nothing for so long has failed; nil where silence is normal.
    package var silenceSeconds: Double?
    /// Transfers of one server, so that all of its streams can be ended together.
    package var group = ""

    package init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        connection: ConnectionSettings = ConnectionSettings(), timeoutSeconds: Double? = 30, bodyLimit: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connection = connection
        self.timeoutSeconds = timeoutSeconds
        self.bodyLimit = bodyLimit
    }
}

extension HTTPRequest {
    /// Why a request cannot be sent: a header with a line break would be read as several. Nil when it can.
    /// https://www.rfc-editor.org/rfc/rfc9110#section-5.5
    var unsendable: String? {
        for header in headers {
            let isToken =
                !header.name.isEmpty && header.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
            let isClean = header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            if !isToken || !isClean {
                return "its header \(SafeText.line(header.name, limit: 60)) has a line break or a control character"
            }
        }
        return nil
    }
}

/// How a server is reached: certificates in memory (PEM), names and proxies. The kubeconfig's cluster and user.
package struct ConnectionSettings: Sendable, Hashable {
    package var certificateAuthority: [UInt8]?
    package var insecureSkipTLSVerify = false
    package var clientCertificate: [UInt8]?
    package var clientKey: [UInt8]?
    /// The name the certificate must carry, when it is not the URL's host.
    package var tlsServerName: String?
    package var proxyURL: String?
    package var username: String?
    package var password: String?
    package var disableCompression = false

    package init() {}
}

package struct HTTPHead: Sendable, Hashable {
    package var status: Int
    /// Names in lower case, in order of arrival.
    package var headers: [(name: String, value: String)]
    /// When its first line came: whoever reads it may be late.
    package var receivedAt = Timestamp.now()

    package init(status: Int, headers: [(name: String, value: String)]) {
        self.status = status
        self.headers = headers
    }

    /// Seconds by which the server's clock is ahead of ours; nil when it does not say. Dates have whole seconds
    /// and an answer may be on its way for a while, so less than five are none.
    package var clockLead: Double? {
        guard let date = header("date").flatMap({ Timestamp(httpDate: $0) }) else { return nil }
        let lead = date.seconds + 0.5 - receivedAt.seconds
        return abs(lead) < 5 ? 0 : lead
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    package func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// The texts of `Warning: 299 - "text"` headers, by which an API server tells of fields it dropped, safe to show.
    package var warnings: [String] { all("warning").flatMap(Self.warningTexts) }

    private static func warningTexts(_ header: String) -> [String] {
        var texts: [String] = []
        var text: String?
        var escaped = false
        for character in header {
            if escaped {
                text?.append(character)
                escaped = false
            } else if character == "\\", text != nil {
                escaped = true
            } else if character == "\"" {
                if let done = text { texts.append(SafeText.line(done)) }
                text = text == nil ? "" : nil
            } else {
                text?.append(character)
            }
        }
        return texts.isEmpty ? [SafeText.line(header)] : texts
    }

    package static func == (left: HTTPHead, right: HTTPHead) -> Bool {
        left.status == right.status && left.headers.elementsEqual(right.headers, by: ==)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(status) }
}

package struct HTTPResponse: Sendable {
    package var head: HTTPHead
    package var body: [UInt8]
    package var status: Int { head.status }
}
