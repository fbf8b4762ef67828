// Where metrics are asked for, and as whom: a URL of flag or configuration, or a service of the cluster.

package import Base
package import Kube

/// Where a metrics API answers and who we are there.
package struct MetricsEndpoint: Sendable {
    package enum Route: Sendable {
        /// A base URL; `/api/v1/query` is appended.
        case url(String, ConnectionSettings, headers: [(name: String, value: String)])
        /// A service in the cluster, reached through the API server with our Kubernetes credentials.
        case serviceProxy(KubeClient, namespace: String, service: String, port: Int)
    }

    package var route: Route
    /// Words of the URL's own query, for every request.
    private var query = ""
    /// Credentials were given that are not sent, because everybody on the way could read them.
    private var withholds = false

    private init(route: Route) { self.route = route }

    static func serviceProxy(
        _ client: KubeClient, namespace: String, service: String, port: Int
    ) -> MetricsEndpoint {
        MetricsEndpoint(route: .serviceProxy(client, namespace: namespace, service: service, port: port))
    }

    /// A URL as a flag or configuration gives it; user and password in it become basic authentication where none are
    /// given beside it. As with a kubeconfig's, nobody's credentials go over a line that everybody can read.
    package static func url(
        _ text: String, username: String? = nil, password: String? = nil, bearerToken: String? = nil
    ) throws(MeshTopError) -> MetricsEndpoint {
        guard let parts = URLParts(text) else {
            throw MeshTopError(
                .usage, "--prometheus \(URLParts.shown(text))", why: "not an http or https URL",
                advice: "give one like http://HOST:9090")
        }
        let login = login(in: text)
        var settings = ConnectionSettings()
        settings.username = username ?? login?.username
        settings.password = password ?? login?.password
        var headers = bearerToken.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
        let isOpen = parts.scheme == "http" && !parts.isLoopback
        let withholds = isOpen && (!headers.isEmpty || settings.username != nil)
        if withholds { (settings.username, settings.password, headers) = (nil, nil, []) }
        let rest = parts.rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var base = parts.origin + (rest.first ?? "")
        while base.hasSuffix("/") { base.removeLast() }
        var endpoint = MetricsEndpoint(route: .url(base, settings, headers: headers))
        if rest.count > 1, !rest[1].isEmpty { endpoint.query = "?\(rest[1])" }
        endpoint.withholds = withholds
        return endpoint
    }

    /// The user and the password that a URL names; nil where it names none.
    package static func login(in text: String) -> (username: String, password: String)? {
        guard let start = text.firstRange(of: "://")?.upperBound else { return nil }
        let authority = text[start...].prefix { !["/", "?", "#"].contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return nil }
        let user = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (percentDecoded(String(user.first ?? "")), user.count > 1 ? percentDecoded(String(user[1])) : "")
    }

    /// What is to be said of credentials that are not sent; empty where there is nothing to say.
    var withheldWords: String {
        withholds
            ? "the credentials were not sent: everybody on the way can read plain http; give an https URL, or one of this machine, as kubectl port-forward makes it"
            : ""
    }

    /// The address of one of its paths.
    func address(_ base: String, _ path: String) -> String { base + path + query }

    /// What to call it on the screen; never holds a password, nor a key of its query.
    package var name: String {
        switch route {
        case .url(let base, _, _): URLParts.shown(base + query)
        case .serviceProxy(_, let namespace, let service, let port):
            "\(namespace)/\(service):\(port) through the API server"
        }
    }
}

private func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == 0x25, rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
