// A request's head as the API sees it.

internal import ClusterData
internal import NIOHTTP1

extension DemoCore {
    /// A user's prefix is taken off the path and kept beside it.
    func request(_ head: HTTPRequestHead, _ body: [UInt8] = []) -> APIRequest {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = String(parts[0])
        var segments = path.split(separator: "/").map { FormDecoding.decoded(String($0), plusIsSpace: false) }
        var prefix: String?
        if let first = segments.first, path.hasPrefix("/\(first)"), credentials.user(prefix: first) != nil {
            prefix = first
            path = String(path.dropFirst(first.count + 1))
            segments.removeFirst()
        }
        return APIRequest(
            method: head.method.rawValue, segments: segments, prefix: prefix, rawPath: path,
            query: parts.count > 1 ? FormDecoding.pairs(String(parts[1])) : [],
            headers: head.headers.map { ($0.name, $0.value) }, body: body)
    }
}

/// `a=b&c=d`, percent-decoded.
enum FormDecoding {
    static func pairs(_ text: String) -> [(String, String)] {
        text.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(String(parts[0])), parts.count > 1 ? decoded(String(parts[1])) : "")
        }
    }

    static func decoded(_ text: String, plusIsSpace: Bool = true) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == 0x2B && plusIsSpace ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
