// Which servers carry many requests on one connection, as far as their answers have shown.

/// A request may wait for a connection that is being opened, in the hope of sharing it. Behind a server of HTTP/1.1 it
/// would wait for one that can only be had alone, and libcurl lets those that wait go on one by one, each time another
/// ends: watches, which do not end, would keep the rest waiting.
final class SharedConnections {
    private var plain: Set<String> = []

    /// Clear text never becomes HTTP/2 here.
    func mayBeShared(_ origin: String) -> Bool { origin.hasPrefix("https:") && !plain.contains(origin) }

    package func note(_ origin: String, version: Substring) {
        if version.hasPrefix("HTTP/2") { plain.remove(origin) } else { plain.insert(origin) }
    }
}
