// Keeps pages in a browser away from a server on this machine.

/// A browser sends what any page tells it to, to loopback too. It says for whom it asks: by the name that the page
/// used (`Host`, which a page whose name was made to lead here cannot change), by `Origin`, and by what it calls the
/// request itself (`Sec-Fetch-Site`). A body of no type is one that a page may send without asking first.
enum BrowserGuard {
    private static let names: Set<String> = ["127.0.0.1", "localhost", "[::1]"]
    static func refusal(of request: APIRequest) -> APIFailure? {
        let hosts = request.headers.filter { $0.0.lowercased() == "host" }.map(\.1)
        guard hosts.count == 1, let host = hosts.first, isOwn(host) else {
            return forbidden("the host of the request is none of this server: reach it as 127.0.0.1 or localhost")
        }
        for (name, value) in request.headers {
            switch name.lowercased() {
            case "origin" where value.lowercased() != "http://\(host.lowercased())":
                return forbidden("requests of other origins are refused")
            case "sec-fetch-site" where !["same-origin", "none"].contains(value.lowercased()):
                return forbidden("requests of other sites are refused")
            default: continue
            }
        }
        return bodyRefusal(request)
    }

    private static func bodyRefusal(_ request: APIRequest) -> APIFailure? {
        guard !request.body.isEmpty else { return nil }
        // The types that a form can send are refused where a body is read. kubectl names none for `create --raw`, and
        // no page may call itself kubectl without being asked first.
        if request.header("user-agent")?.hasPrefix("kubectl/") == true { return nil }
        return request.contentType.isEmpty ? .unsupportedMedia("the body of the request has no content type") : nil
    }

    /// By any port: a tunnel or a proxy on this machine has one of its own, and a page cannot gain by it.
    private static func isOwn(_ host: String) -> Bool {
        let host = host.lowercased()
        if names.contains(host) { return true }
        guard let colon = host.lastIndex(of: ":") else { return false }
        let port = host[host.index(after: colon)...]
        return names.contains(String(host[..<colon])) && !port.isEmpty
            && port.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func forbidden(_ message: String) -> APIFailure {
        APIFailure(code: 403, reason: "Forbidden", message: message)
    }
}
