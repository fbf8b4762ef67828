// Which proxy a request goes through, by the environment, as Go's programs decide it (and so kubectl and istioctl).
// https://pkg.go.dev/golang.org/x/net/http/httpproxy

internal import Base

package struct ProxyEnvironment: Sendable {
    private let httpProxy: String?
    private let httpsProxy: String?
    private let exceptions: [Exception]

    /// What of NO_PROXY keeps a host from being proxied.
    private enum Exception: Sendable {
        case everything
        case network(IPNetwork)
        case address(IPAddress, port: String)
        /// `.example.com`; `isWhole` where the name without its dot is meant too.
        case domain(String, port: String, isWhole: Bool)
    }

    /// Of this process, read once.
    static let current = ProxyEnvironment()

    package init(_ variable: (String) -> String? = environmentVariable) {
        func first(_ names: String...) -> String? {
            names.lazy.compactMap(variable).first { !$0.isEmpty }
        }
        httpProxy = first("HTTP_PROXY", "http_proxy").map(Self.url)
        httpsProxy = first("HTTPS_PROXY", "https_proxy").map(Self.url)
        exceptions = (first("NO_PROXY", "no_proxy") ?? "").split(separator: ",").compactMap {
            Self.exception($0.trimmingSpace().lowercased())
        }
    }

    /// The proxy of a URL, as libcurl takes it; nil where it is reached directly. Loopback always is.
    package func proxy(for url: String) -> String? {
        guard let parts = URLParts(url), let proxy = parts.scheme == "https" ? httpsProxy : httpProxy else {
            return nil
        }
        let host = parts.host.lowercased()
        let address = IPAddress(host)
        if host == "localhost" || address?.isLoopback == true { return nil }
        let port = String(parts.port)
        let isExcepted = exceptions.contains { exception in
            switch exception {
            case .everything: return true
            case .network(let network): return address.map(network.contains) ?? false
            case .address(let own, let wanted): return own == address && (wanted.isEmpty || wanted == port)
            case .domain(let domain, let wanted, let isWhole):
                guard address == nil, wanted.isEmpty || wanted == port else { return false }
                return host.hasSuffix(domain) || isWhole && host == domain.dropFirst()
            }
        }
        return isExcepted ? nil : proxy
    }

    /// Go lets the proxy resolve names for socks5 too; a text without a scheme is an http proxy.
    package static func url(_ text: String) -> String {
        guard let separator = text.firstRange(of: "://") else { return "http://\(text)" }
        return text[..<separator.lowerBound].lowercased() == "socks5"
            ? "socks5h" + text[separator.lowerBound...] : text
    }

    private static func exception(_ text: String) -> Exception? {
        if text.isEmpty { return nil }
        if text == "*" { return .everything }
        if let network = IPNetwork(text) { return .network(network) }
        var (host, port) = (text, "")
        // HOST:PORT, [ADDRESS]:PORT; an IPv6 address alone has colons of its own.
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<close])
            port = String(text[text.index(after: close)...].drop { $0 == ":" })
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            host = String(text[..<colon])
            port = String(text[text.index(after: colon)...])
        }
        if let address = IPAddress(host) { return .address(address, port: port) }
        if host.isEmpty { return nil }
        if host.hasPrefix("*.") { host.removeFirst() }
        let isWhole = !host.hasPrefix(".")
        return .domain(isWhole ? ".\(host)" : host, port: port, isWhole: isWhole)
    }
}

extension URLParts {
    /// The request does not leave this machine.
    package var isLoopback: Bool { host.lowercased() == "localhost" || IPAddress(host)?.isLoopback == true }
}
