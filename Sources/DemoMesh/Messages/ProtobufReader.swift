// Protobuf to JSON trees, by the table of messages, as Go's JSON of the same object would read.

internal import Base

/// The bytes are no such message.
struct ProtobufError: Error {
    var reason: String
}

struct ProtobufReader {
    private let catalog: MessageCatalog
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>, _ catalog: MessageCatalog = .builtIn) {
        rest = bytes
        self.catalog = catalog
    }

    enum Value {
        case varint(UInt64), fixed(UInt64), data(ArraySlice<UInt8>)

        var data: ArraySlice<UInt8> { if case .data(let bytes) = self { bytes } else { [] } }
        var number: Int64 { if case .varint(let value) = self { Int64(bitPattern: value) } else { 0 } }
        var text: String { String(decoding: data, as: UTF8.self) }
    }

    /// The next field on the wire; nil at the end.
    mutating func next() throws(ProtobufError) -> (number: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let key = try varint()
        let number = Int(truncatingIfNeeded: key >> 3)
        switch key & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed(try fixed(8)))
        case 5: return (number, .fixed(try fixed(4)))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw ProtobufError(reason: "unexpected EOF") }
            let data = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return (number, .data(data))
        default: throw ProtobufError(reason: "proto: illegal wireType \(key & 7)")
        }
    }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw ProtobufError(reason: "unexpected EOF") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufError(reason: "proto: integer overflow")
    }

    private mutating func fixed(_ count: Int) throws(ProtobufError) -> UInt64 {
        guard rest.count >= count else { throw ProtobufError(reason: "unexpected EOF") }
        var value: UInt64 = 0
        for (offset, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * offset) }
        rest = rest.dropFirst(count)
        return value
    }

    // MARK: Messages

    /// Everything that is left, as this message.
    mutating func message(_ place: Int) throws(ProtobufError) -> JSONValue {
        let message = catalog.messages[place]
        var object = JSONObject()
        while let (number, value) = try next() {
            guard let index = message.byNumber[number] else { continue }
            let field = message.fields[index]
            if field.isMap {
                let (key, member) = try entry(value, field)
                if object[field.name] == nil { object[field.name] = [:] }
                object[field.name]?[key] = member
            } else if field.isList {
                guard let element = try one(value, field) else { continue }
                if object[field.name] == nil { object[field.name] = [] }
                object[field.name]?.append(element)
            } else if field.isInline {
                for (name, member) in try one(value, field)?.object.map({ Array($0.members) }) ?? [] {
                    object[name] = member
                }
            } else if let member = try one(value, field),
                field.isPointer || field.isAlwaysWritten || !Self.isZero(member)
            {
                object[field.name] = member
            }
        }
        return .object(object)
    }

    /// What Go's omitempty leaves out. Messages are written even when they are empty.
    private static func isZero(_ value: JSONValue) -> Bool {
        value == "" || value == 0 || value == false || value == .double(0)
    }

    private func entry(_ value: Value, _ field: MessageField) throws(ProtobufError) -> (String, JSONValue) {
        var key = ""
        var member: JSONValue?
        var reader = ProtobufReader(value.data, catalog)
        while let (number, value) = try reader.next() {
            if number == 1 { key = value.text } else if number == 2 { member = try one(value, field) }
        }
        let empty: JSONValue = if case .message = field.kind { [:] } else { "" }
        return (key, member ?? empty)
    }

    private func one(_ value: Value, _ field: MessageField) throws(ProtobufError) -> JSONValue? {
        switch field.kind {
        case .string: return .string(value.text)
        case .bool: return .bool(value.number != 0)
        case .int32: return .int(Int64(Int32(truncatingIfNeeded: value.number)))
        case .int64: return .int(value.number)
        case .double: if case .fixed(let bits) = value { return .double(Double(bitPattern: bits)) } else { return nil }
        case .bytes: return .string(Base64.encode(Array(value.data)))
        case .time, .microTime: return try time(value.data, isMicro: field.kind == .microTime)
        case .quantity: return .string(try fields(value.data)[1]?.text ?? "0")
        case .intOrString:
            let parts = try fields(value.data)
            return parts[1]?.number == 1 ? .string(parts[3]?.text ?? "") : .int(parts[2]?.number ?? 0)
        case .rawJSON:
            guard let raw = try fields(value.data)[1]?.data else { return nil }
            do {
                return try JSONValue(parsing: Array(raw))
            } catch {
                throw ProtobufError(reason: "\(error)")
            }
        case .strings:
            var reader = ProtobufReader(value.data, catalog)
            var elements: [JSONValue] = []
            while let (_, element) = try reader.next() { elements.append(.string(element.text)) }
            return .array(elements)
        case .message(let place):
            var reader = ProtobufReader(value.data, catalog)
            return try reader.message(place)
        }
    }

    /// Go's zero time is an empty message, and null in JSON.
    private func time(_ bytes: ArraySlice<UInt8>, isMicro: Bool) throws(ProtobufError) -> JSONValue? {
        let parts = try fields(bytes)
        guard let seconds = parts[1]?.number, abs(seconds) < 1 << 40 else { return nil }
        let text = Timestamp(seconds: Double(seconds)).rfc3339
        guard isMicro else { return .string(text) }
        let micros = String((parts[2]?.number ?? 0) / 1000)
        return .string("\(text.dropLast()).\(String(repeating: "0", count: max(0, 6 - micros.count)))\(micros)Z")
    }

    /// The last of each field.
    private func fields(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> [Int: Value] {
        var reader = ProtobufReader(bytes, catalog)
        var found: [Int: Value] = [:]
        while let (number, value) = try reader.next() { found[number] = value }
        return found
    }
}
