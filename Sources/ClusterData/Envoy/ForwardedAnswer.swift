// An HTTP/1.1 answer that comes through a forwarded port, taken piece by piece. No I/O.

package import Base

/// Every byte is looked at once, whatever the pieces; the body has a bound, and what is no such answer is refused.
package struct ForwardedAnswer {
    private enum State {
        case head
        /// The body goes on to the end of the stream, or has so many bytes left.
        case body(left: Int?)
        case chunkSize
        case chunk(left: Int)
        /// The line feed behind a chunk.
        case chunkEnd
        case whole
    }

    private let limit: Int
    private var state = State.head
    private var line: [UInt8] = []
    private var length: Int?
    private var isChunked = false
    private var isFirstLine = true
    package private(set) var body: [UInt8] = []

    private static let longestLine = 16 << 10

    package init(limit: Int) { self.limit = limit }

    package var isWhole: Bool {
        if case .whole = state { true } else { false }
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>) throws(MeshTopError) {
        var rest = bytes
        while !rest.isEmpty {
            switch state {
            case .whole: return
            case .body(let left):
                let part = rest.prefix(left ?? rest.count)
                try append(part)
                rest = rest.dropFirst(part.count)
                if let left { state = left == part.count ? .whole : .body(left: left - part.count) }
            case .chunk(let left):
                let part = rest.prefix(left)
                try append(part)
                rest = rest.dropFirst(part.count)
                state = left == part.count ? .chunkEnd : .chunk(left: left - part.count)
            case .head, .chunkSize, .chunkEnd:
                guard let end = rest.firstIndex(of: 0x0A) else {
                    line += rest
                    guard line.count <= Self.longestLine else { throw wrong("a line of it never ends") }
                    return
                }
                line += rest[..<end]
                rest = rest[(end + 1)...]
                guard line.count <= Self.longestLine else { throw wrong("a line of it never ends") }
                let text = String(decoding: line, as: UTF8.self).trimmingSpace()
                line = []
                try take(text)
            }
        }
    }

    /// The stream ended: nil when the answer is not whole.
    package func bodyAtEnd() -> [UInt8]? {
        switch state {
        case .whole, .body(left: nil): body
        default: nil
        }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(MeshTopError) {
        guard body.count + bytes.count <= limit else { throw tooLarge }
        body += bytes
    }

    private mutating func take(_ text: String) throws(MeshTopError) {
        switch state {
        case .head: try takeHead(text)
        case .chunkSize:
            guard let size = Int(text.prefix { $0 != ";" }.trimmingSpace(), radix: 16), size >= 0 else {
                throw wrong("a chunk has no size")
            }
            guard size <= limit - body.count else { throw tooLarge }
            state = size == 0 ? .whole : .chunk(left: size)
        case .chunkEnd:
            guard text.isEmpty else { throw wrong("a chunk is longer than it says") }
            state = .chunkSize
        case .body, .chunk, .whole: break
        }
    }

    private mutating func takeHead(_ text: String) throws(MeshTopError) {
        if isFirstLine {
            isFirstLine = false
            let status = text.lowercased()
            guard status.hasPrefix("http/1.1 200") || status.hasPrefix("http/1.0 200") else {
                throw wrong(SafeText.line(text, limit: 100))
            }
        } else if text.isEmpty {
            if isChunked {
                state = .chunkSize
            } else if let length {
                guard length <= limit else { throw tooLarge }
                state = length == 0 ? .whole : .body(left: length)
            } else {
                state = .body(left: nil)
            }
        } else if let colon = text.firstIndex(of: ":") {
            let value = String(text[text.index(after: colon)...]).trimmingSpace().lowercased()
            switch text[..<colon].lowercased() {
            case "transfer-encoding": isChunked = value.hasSuffix("chunked")
            case "content-length":
                guard let number = Int(value), number >= 0 else {
                    throw wrong("its length is \(SafeText.line(value, limit: 40))")
                }
                length = number
            default: break
            }
        }
    }

    private func wrong(_ why: String) -> MeshTopError { MeshTopError(.server, "Envoy's admin page", why: why) }

    private var tooLarge: MeshTopError {
        MeshTopError(
            .decoding, "Envoy's admin page", why: "it is larger than \(limit >> 20) MB",
            advice: "a Sidecar resource would narrow what its proxy knows")
    }
}
