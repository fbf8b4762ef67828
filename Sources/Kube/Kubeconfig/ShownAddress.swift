// An address as it may be shown and logged: a user, a password and the values of a query may be somebody's key.

extension URLParts {
    /// `https://host:443/path?token=***` of `https://me:secret@host/path?token=secret#part`. What is no URL is shown
    /// without what may be a user's part of it.
    package static func shown(_ text: String) -> String {
        let whole = text.prefix { $0 != "#" }
        let (address, query) = divided(whole)
        if let parts = URLParts(String(address)) { return parts.origin + parts.rest + query.map(masked).joined() }
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        // A password may hold any of the signs that divide an address.
        guard let at = text[start...].lastIndex(of: "@") else { return address + query.map(masked).joined() }
        let (rest, other) = divided(text[text.index(after: at)...].prefix { $0 != "#" })
        return text[..<start] + rest + other.map(masked).joined()
    }

    private static func divided(_ text: Substring) -> (Substring, query: [Substring]) {
        guard let mark = text.firstIndex(of: "?") else { return (text, []) }
        return (text[..<mark], [text[text.index(after: mark)...]])
    }

    /// The names stay: they tell one address from another.
    private static func masked(_ query: Substring) -> String {
        let words = query.split(separator: "&").map { word in
            word.firstIndex(of: "=").map { "\(word[..<$0])=***" } ?? "***"
        }
        return "?" + words.joined(separator: "&")
    }
}

extension ClusterAccess {
    /// The server's address without what nobody else should read.
    package var shownServer: String { URLParts.shown(server) }

    /// Whether an address that was kept is this server's; a user in it counts for nothing.
    package func isServer(_ kept: String) -> Bool { URLParts.shown(kept) == shownServer }
}
