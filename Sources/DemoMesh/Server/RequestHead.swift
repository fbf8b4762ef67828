// A request's head as the API sees it.

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
