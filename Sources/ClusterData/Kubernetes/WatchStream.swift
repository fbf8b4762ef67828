// A watch's bytes cut into lines and decoded into typed events.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes

package enum WatchEvent<Object: ClusterObject>: Sendable {
    case upsert(Object)
    case delete(Object)
    case bookmark(resourceVersion: String, endsInitialEvents: Bool)
    case error(StatusError)
}

/// Collects chunks and gives the events of every complete line.
package struct WatchLineDecoder<Object: ClusterObject>: Sendable {
    private var rest: [UInt8] = []
    /// A single event larger than this is refused: etcd holds no object over 1.5 MiB by default.
    private static var lineLimit: Int { 32 << 20 }

    package init() {}

    package mutating func feed(_ chunk: [UInt8]) throws(JSONError) -> [WatchEvent<Object>] {
        var events: [WatchEvent<Object>] = []
        var start = 0
        for position in chunk.indices where chunk[position] == 0x0A {
            if rest.isEmpty {
                try decode(chunk.span.extracting(start..<position), into: &events)
            } else {
                rest += chunk[start..<position]
                try decode(rest.span, into: &events)
                rest = []
            }
            start = position + 1
        }
        if start < chunk.count { rest += chunk[start...] }
        guard rest.count <= Self.lineLimit else { throw JSONError("an event is larger than 32 MiB", at: 0) }
        return events
    }

    private func decode(_ line: Span<UInt8>, into events: inout [WatchEvent<Object>]) throws(JSONError) {
        var scanner = JSONScanner(line)
        if scanner.isAtEnd() { return }
        var type = ""
        var objectStart: Int?
        var decoded = false
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("type") {
                type = try scanner.string() ?? ""
            } else if scanner.key("object") {
                if type.isEmpty {
                    objectStart = scanner.index
                    try scanner.skip()
                } else {
                    events.append(try Self.event(type, &scanner))
                    decoded = true
                }
            } else {
                try scanner.skip()
            }
        }
        guard !decoded, let objectStart else { return }
        var second = JSONScanner(line.extracting(objectStart..<line.count))
        events.append(try Self.event(type, &second))
    }

    private static func event(_ type: String, _ scanner: inout JSONScanner) throws(JSONError) -> WatchEvent<Object> {
        switch type {
        case "ADDED", "MODIFIED": return .upsert(try Object(&scanner))
        case "DELETED": return .delete(try Object(&scanner))
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

/// One page of a list.
package struct ListPage<Object: ClusterObject>: Sendable {
    package var resourceVersion = ""
    package var continueToken: String?
    package var objects: [Object] = []

    package init(_ body: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner(body.span)
        var sawItems = false
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                try scanner.beginObject()
                while try scanner.nextKey() {
                    if scanner.key("resourceVersion") {
                        resourceVersion = try scanner.string() ?? ""
                    } else if scanner.key("continue") {
                        continueToken = try scanner.string()
                    } else {
                        try scanner.skip()
                    }
                }
            } else if scanner.key("items") {
                sawItems = true
                if try scanner.takeNull() { continue }
                try scanner.beginArray()
                while try scanner.nextElement() { objects.append(try Object(&scanner)) }
            } else {
                try scanner.skip()
            }
        }
        guard scanner.isAtEnd() else { throw scanner.fail("text after the end of the list") }
        guard sawItems else { throw JSONError("this is no Kubernetes list", at: 0) }
    }
}
