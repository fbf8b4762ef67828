// The few things MeshTop needs of a URL: its parts, percent-encoding and form bodies.

internal import Base

/// An http or https URL taken apart.
package struct URLParts: Sendable, Hashable {
    package var scheme: String
    package var host: String
    package var port: Int
    /// Path and query, beginning with "/" or "?", or empty; a fragment is no part of what is asked for.
    package var rest: String

    package init?(_ url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        var remainder = url[separator.upperBound...].prefix { $0 != "#" }
        let slash = remainder.firstIndex { $0 == "/" || $0 == "?" } ?? remainder.endIndex
        rest = String(remainder[slash...])
        remainder = remainder[..<slash]
        if let at = remainder.lastIndex(of: "@") { remainder = remainder[remainder.index(after: at)...] }
        var portText: Substring = ""
        if remainder.hasPrefix("["), let close = remainder.firstIndex(of: "]") {
            host = String(remainder[remainder.index(after: remainder.startIndex)..<close])
            portText = remainder[remainder.index(after: close)...].drop { $0 == ":" }
        } else if let colon = remainder.lastIndex(of: ":") {
            host = String(remainder[..<colon])
            portText = remainder[remainder.index(after: colon)...]
        } else {
            host = String(remainder)
        }
        if portText.isEmpty {
            port = scheme == "https" ? 443 : 80
        } else {
            guard let number = Int(portText), (1...65535).contains(number) else { return nil }
            port = number
        }
        guard !host.isEmpty else { return nil }
    }

    package var hostForCurl: String { host.contains(":") ? "[\(host)]" : host }
    /// Scheme, host and port, without credentials: safe to show.
    package var origin: String { "\(scheme)://\(hostForCurl):\(port)" }
}

/// Percent-encoding of a path segment or a query value (RFC 3986 unreserved characters stay).
package func percentEncoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
            encoded.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            encoded += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }
    }
    return encoded
}

/// `a=1&b=2`, as a query string or a form body.
package func formEncoded(_ items: [(String, String)]) -> String {
    items.map { "\(percentEncoded($0.0))=\(percentEncoded($0.1))" }.joined(separator: "&")
}
