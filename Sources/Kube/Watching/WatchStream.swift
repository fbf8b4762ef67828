// A watch's bytes cut into lines and decoded into typed events.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes

package import Base

package enum WatchEvent<Object: ClusterObject>: Sendable {
    case upsert(Object)
    case delete(Object)
    /// What is there now cannot be understood: whatever was known of it is no longer so.
    case odd(OddObject, isDeleted: Bool)
    case bookmark(resourceVersion: String, endsInitialEvents: Bool)
    case error(StatusError)
}

/// A watch in the encoding that the server chose, fed chunk by chunk.
package enum WatchDecoder<Object: ClusterObject>: StreamDecoder {
    case json(WatchLineDecoder<Object>)
    case protobuf(WatchFrameDecoder<Object>)

    package init(contentType: String, pool: StringPool?) {
        self =
            contentType.contains("protobuf")
            ? .protobuf(WatchFrameDecoder(pool: pool)) : .json(WatchLineDecoder(pool: pool))
    }

    /// A watch goes on for as long as both sides like.
    static var bodyLimit: Int { .max }

    package mutating func feed(_ chunk: [UInt8]) throws(JSONError) -> [WatchEvent<Object>] { try feed(chunk.span) }

    mutating func feed(_ chunk: Span<UInt8>) throws(JSONError) -> [WatchEvent<Object>] {
        switch self {
        case .json(var decoder):
            defer { self = .json(decoder) }
            return try decoder.feed(chunk)
        case .protobuf(var decoder):
            defer { self = .protobuf(decoder) }
            return try decoder.feed(chunk)
        }
    }

    /// An event that was cut off comes again: the watch resumes from the one before.
    package func finish() -> (rest: [WatchEvent<Object>], end: ListEnd) { ([], ListEnd()) }
}

/// Collects chunks and gives the events of every complete line.
package struct WatchLineDecoder<Object: ClusterObject>: Sendable {
    private var rest: [UInt8] = []
    private let pool: StringPool?
    /// A single event larger than this is refused: etcd holds no object over 1.5 MiB by default.
    private static var lineLimit: Int { 32 << 20 }

    package init(pool: StringPool? = nil) { self.pool = pool }

    package mutating func feed(_ chunk: [UInt8]) throws(JSONError) -> [WatchEvent<Object>] { try feed(chunk.span) }

    package mutating func feed(_ chunk: Span<UInt8>) throws(JSONError) -> [WatchEvent<Object>] {
        var events: [WatchEvent<Object>] = []
        var start = 0
        for position in chunk.indices where chunk[position] == 0x0A {
            let line = chunk.extracting(start..<position)
            if rest.isEmpty {
                try decode(line, into: &events)
            } else {
                line.withUnsafeBufferPointer { rest.append(contentsOf: $0) }
                try decode(rest.span, into: &events)
                rest = []
            }
            start = position + 1
        }
        chunk.extracting(droppingFirst: start).withUnsafeBufferPointer { rest.append(contentsOf: $0) }
        guard rest.count <= Self.lineLimit else { throw JSONError("an event is larger than 32 MiB", at: 0) }
        return events
    }

    private func decode(_ line: Span<UInt8>, into events: inout [WatchEvent<Object>]) throws(JSONError) {
        var scanner = JSONScanner(line, pool: pool)
        if scanner.isAtEnd() { return }
        var type = ""
        var (objectStart, objectEnd): (Int?, Int) = (nil, 0)
        var decoded = false
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("type") {
                type = try scanner.string() ?? ""
            } else if scanner.key("object") {
                if type.isEmpty {
                    objectStart = try scanner.valueStart()
                    try scanner.skip()
                    objectEnd = scanner.index
                } else {
                    let start = try scanner.valueStart()
                    try scanner.skip()
                    if let event = try event(type, line.extracting(start..<scanner.index)) {
                        events.append(event)
                    }
                    decoded = true
                }
            } else {
                try scanner.skip()
            }
        }
        guard !decoded, let objectStart else { return }
        if let event = try event(type, line.extracting(objectStart..<objectEnd)) {
            events.append(event)
        }
    }

    /// Nil for null.
    private func event(_ type: String, _ bytes: Span<UInt8>) throws(JSONError) -> WatchEvent<Object>? {
        var scanner = JSONScanner(
            bytes, pool: pool, isStrict: ["ADDED", "MODIFIED", "DELETED"].contains(type))
        if try scanner.takeNull() { return nil }
        switch type {
        case "ADDED", "MODIFIED", "DELETED":
            let isDeleted = type == "DELETED"
            var fault: JSONError?
            do {
                let object = try Object(&scanner)
                if !object.meta.name.isEmpty { return isDeleted ? .delete(object) : .upsert(object) }
            } catch {
                fault = error
            }
            return .odd(try OddObject.json(bytes, fault).object, isDeleted: isDeleted)
        case "BOOKMARK":
            let object = try scanner.value()
            let meta = object["metadata"]
            return .bookmark(
                resourceVersion: meta?["resourceVersion"]?.string ?? "",
                endsInitialEvents: meta?.at("annotations", "k8s.io/initial-events-end")?.string == "true")
        case "ERROR": return .error(StatusError(object: try scanner.value()))
        default: throw JSONError("unknown watch event \(SafeText.line(type, limit: 40))", at: 0)
        }
    }
}
