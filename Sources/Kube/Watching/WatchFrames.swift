// A watch in protobuf: frames of a four-byte length and a WatchEvent {1 type, 2 object {1 raw}}, whose raw is a whole
// object in its envelope. https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding

package import Base

package struct WatchFrameDecoder<Object: ClusterObject>: Sendable {
    private var rest: [UInt8] = []
    private let pool: StringPool?
    private static var frameLimit: Int { 32 << 20 }

    package init(pool: StringPool? = nil) { self.pool = pool }

    package mutating func feed(_ chunk: Span<UInt8>) throws(JSONError) -> [WatchEvent<Object>] {
        chunk.withUnsafeBufferPointer { rest.append(contentsOf: $0) }
        var events: [WatchEvent<Object>] = []
        var done = 0
        while rest.count - done >= 4 {
            let length = rest[done..<(done + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard length <= Self.frameLimit else { throw JSONError("an event is larger than 32 MiB", at: 0) }
            guard rest.count - done - 4 >= length else { break }
            try decode(rest.span.extracting((done + 4)..<(done + 4 + length)), into: &events)
            done += 4 + length
        }
        rest.removeFirst(done)
        return events
    }

    private func decode(_ frame: Span<UInt8>, into events: inout [WatchEvent<Object>]) throws(JSONError) {
        var event = ProtobufScanner(frame, pool: pool)
        var type = ""
        while try event.nextField() {
            switch event.field {
            case 1: type = try event.string()
            case 2:
                var raw = try event.message()
                while try raw.nextField() {
                    guard raw.field == 1 else { continue }
                    var body = try raw.message()
                    events.append(try Self.event(type, &body))
                }
            default: break
            }
        }
    }

    private static func event(_ type: String, _ body: inout ProtobufScanner) throws(JSONError) -> WatchEvent<Object> {
        guard let envelope = try body.enveloped() else {
            throw JSONError("protobuf: an event holds no object", at: 0)
        }
        var message = envelope.message
        guard ["ADDED", "MODIFIED", "DELETED"].contains(type) else {
            return try event(type, envelope.kind, &message)
        }
        let isDeleted = type == "DELETED"
        var fault: JSONError?
        do {
            let object = try Object(&message, kind: envelope.kind)
            if !object.meta.name.isEmpty { return isDeleted ? .delete(object) : .upsert(object) }
        } catch {
            fault = error
        }
        var again = envelope.message
        return .odd(try OddObject.protobuf(&again, fault), isDeleted: isDeleted)
    }

    private static func event(
        _ type: String, _ kind: String, _ message: inout ProtobufScanner
    ) throws(JSONError) -> WatchEvent<Object> {
        switch type {
        case "BOOKMARK":
            let meta = try Object(&message, kind: kind).meta
            return .bookmark(
                resourceVersion: meta.resourceVersion,
                endsInitialEvents: meta.annotations["k8s.io/initial-events-end"] == "true")
        case "ERROR": return .error(try StatusError(&message))
        default: throw JSONError("unknown watch event \(SafeText.line(type, limit: 40))", at: 0)
        }
    }
}

extension StatusError {
    /// The refusal of a server that was asked for protobuf: it is written in that too. Nil for anything else.
    static func protobuf(_ body: [UInt8]) -> StatusError? {
        var scanner = ProtobufScanner(body.span)
        // What cannot be read as one is no Status.
        guard let envelope = try? scanner.enveloped(), envelope.kind == "Status" else { return nil }
        var message = envelope.message
        return try? StatusError(&message)
    }

    /// meta/v1 Status: 3 message, 4 reason, 5 details {4 causes {1 reason, 2 message, 3 field}, 5 retryAfterSeconds}, 6 code.
    init(_ scanner: inout ProtobufScanner) throws(JSONError) {
        self.init(code: 0, reason: "", message: "")
        while try scanner.nextField() {
            switch scanner.field {
            case 3: message = Self.shortened(try scanner.string())
            case 4: reason = try scanner.string()
            case 5:
                var details = try scanner.message()
                while try details.nextField() {
                    if details.field == 5 { retryAfterSeconds = Double(try details.int()) }
                    guard details.field == 4 else { continue }
                    var (cause, inner) = (Cause(field: "", reason: "", message: ""), try details.message())
                    while try inner.nextField() {
                        switch inner.field {
                        case 1: cause.reason = try inner.string()
                        case 2: cause.message = Self.shortened(try inner.string())
                        case 3: cause.field = try inner.string()
                        default: break
                        }
                    }
                    causes.append(cause)
                }
            case 6: code = try scanner.int()
            default: break
            }
        }
    }
}
