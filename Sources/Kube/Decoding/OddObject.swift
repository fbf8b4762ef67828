// Objects that cannot be understood: a field of another type than its kind has. They are left out and named, so that
// one of them does not take the others down, and nobody takes what is left for all.

internal import Base

/// An object that was left out, and why.
package struct OddObject: Sendable, Hashable, Codable {
    package var key: ObjectKey
    /// "spec.ports is no list"
    package var reason: String
    var resourceVersion = ""

    package init(key: ObjectKey, reason: String) {
        self.key = key
        self.reason = reason
    }

    /// Of an object that could be decoded, and would be misread all the same; nil of any other.
    init?<Object: ClusterObject>(_ object: Object, as path: ResourcePath) {
        guard let reason = object.misreading(as: path) else { return nil }
        self.init(key: object.meta.key, reason: SafeText.line(reason, limit: 160))
        resourceVersion = object.meta.resourceVersion
    }

    /// "shop/odd (spec.ports is no list)"
    package var words: String { "\(name) (\(reason))" }

    package var name: String {
        if key.name.isEmpty { return "one without a name" }
        return key.namespace.isEmpty ? key.name : "\(key.namespace)/\(key.name)"
    }

    /// No more are named of a kind.
    static let most = 10_000

    static let unnamed = "it has no name"

    /// "2 not understood: shop/odd (spec.ports is no list), …"
    package static func words(_ objects: [OddObject]) -> String {
        let sorted = objects.sorted { $0.key < $1.key }
        let more = sorted.count > 3 ? " and \(sorted.count - 3) more" : ""
        return
            "\(sorted.count) not understood: \(sorted.prefix(3).map(\.words).joined(separator: ", "))\(more)"
    }

    /// The object at the start of some text, with the length of its text. Text that is no JSON is an error: it was
    /// damaged on its way, and the next answer may be whole.
    static func json(_ bytes: Span<UInt8>, _ fault: JSONError?) throws(JSONError) -> (
        object: OddObject, length: Int
    ) {
        var scanner = JSONScanner(bytes)
        let value = try scanner.value()
        var object = OddObject(
            key: ObjectKey(
                value.at("metadata")?.text("namespace") ?? "", value.at("metadata")?.text("name") ?? ""),
            reason: unnamed)
        object.resourceVersion = value.at("metadata")?.text("resourceVersion") ?? ""
        if let fault {
            let path = try path(bytes, to: fault.offset)
            object.reason = SafeText.line(
                path.isEmpty ? fault.reason : "\(path) \(fault.reason)", limit: 160)
        }
        return (object, scanner.index)
    }

    /// The path of the value that begins at an offset; the nearest one around it otherwise.
    private static func path(_ bytes: Span<UInt8>, to offset: Int) throws(JSONError) -> String {
        var scanner = JSONScanner(bytes)
        if try scanner.isObject() {
            try scanner.beginObject()
            while try scanner.nextKey() {
                let name = scanner.keyText()
                guard let inner = try inner(&scanner, bytes, offset) else { continue }
                return inner.isEmpty || inner.hasPrefix("[") ? name + inner : "\(name).\(inner)"
            }
        } else if try scanner.isArray() {
            try scanner.beginArray()
            var place = 0
            while try scanner.nextElement() {
                if let inner = try inner(&scanner, bytes, offset) {
                    return inner.isEmpty || inner.hasPrefix("[")
                        ? "[\(place)]\(inner)" : "[\(place)].\(inner)"
                }
                place += 1
            }
        }
        return ""
    }

    /// Nil where the offset is behind the value that comes next.
    private static func inner(
        _ scanner: inout JSONScanner, _ bytes: Span<UInt8>, _ offset: Int
    ) throws(JSONError) -> String? {
        let start = try scanner.valueStart()
        try scanner.skip()
        guard offset < scanner.index else { return nil }
        return offset <= start
            ? "" : try path(bytes.extracting(start..<scanner.index), to: offset - start)
    }

    /// The same of a message in protobuf; damaged text is an error here too, as far as it shows.
    static func protobuf(_ scanner: inout ProtobufScanner, _ fault: JSONError?) throws(JSONError)
        -> OddObject
    {
        var meta: ObjectMeta?
        while try scanner.nextField() {
            if scanner.field == 1 { meta = try scanner.metadata(keeping: .kubernetes) }
        }
        guard let meta, !meta.name.isEmpty else {
            throw fault ?? JSONError("protobuf: an object has no name", at: 0)
        }
        var object = OddObject(
            key: meta.key, reason: SafeText.line(fault?.reason ?? unnamed, limit: 160))
        object.resourceVersion = meta.resourceVersion
        return object
    }
}
