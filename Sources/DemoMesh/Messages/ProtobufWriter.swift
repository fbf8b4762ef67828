// JSON trees to protobuf, by the table of messages. https://protobuf.dev/programming-guides/encoding

internal import Base

struct ProtobufWriter {
    let catalog: MessageCatalog
    private(set) var bytes: [UInt8] = []

    init(_ catalog: MessageCatalog = .builtIn) { self.catalog = catalog }

    /// The members that the message knows; others have no number and are left out.
    mutating func write(_ value: JSONValue, as place: Int) {
        guard case .object(let object) = value else { return }
        write(object, catalog.messages[place])
    }

    private mutating func write(_ object: JSONObject, _ message: Message) {
        var inlined: [Int: JSONObject] = [:]
        for (name, member) in object.members where !member.isNull {
            if let index = message.byName[name] {
                write(member, message.fields[index])
            } else if let index = message.inlined[name] {
                inlined[index, default: JSONObject()][name] = member
            }
        }
        for (index, members) in inlined.sorted(by: { $0.key < $1.key }) { one(.object(members), message.fields[index]) }
    }

    private mutating func write(_ value: JSONValue, _ field: MessageField) {
        if field.isList {
            for element in value.array ?? [] { one(element, field) }
        } else if field.isMap {
            guard case .object(let object) = value else { return }
            var element = field
            element.number = 2
            for (key, member) in object.members {
                nested(field.number) { writer in
                    writer.string(1, key)
                    writer.one(member, element)
                }
            }
        } else {
            one(value, field)
        }
    }

    private mutating func one(_ value: JSONValue, _ field: MessageField) {
        let number = field.number
        switch (field.kind, value) {
        case (.string, .string(let text)): string(number, text)
        case (.bool, .bool(let flag)): integer(number, flag ? 1 : 0)
        case (.int32, _), (.int64, _): if let whole = value.exactInt { integer(number, Int64(whole)) }
        case (.double, _):
            if let double = value.double {
                tag(number, 1)
                for shift in stride(from: UInt64(0), to: 64, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: double.bitPattern >> shift))
                }
            }
        case (.bytes, .string(let text)): data(number, Base64.decode(text) ?? [])
        case (.time, .string(let text)), (.microTime, .string(let text)): time(number, text)
        case (.quantity, _):
            let text = value.string ?? value.compactText
            nested(number) { $0.string(1, text) }
        case (.intOrString, .string(let text)):
            nested(number) { writer in
                writer.integer(1, 1)
                writer.string(3, text)
            }
        case (.intOrString, _):
            nested(number) { writer in
                writer.integer(1, 0)
                writer.integer(2, Int64(value.exactInt ?? 0))
            }
        case (.rawJSON, _):
            let text = value.compactText
            nested(number) { $0.string(1, text) }
        case (.strings, .array(let elements)):
            nested(number) { writer in
                for element in elements { writer.string(1, element.string ?? "") }
            }
        case (.message(let place), .object(let object)):
            let message = catalog.messages[place]
            nested(number) { $0.write(object, message) }
        default: break
        }
    }

    // MARK: The wire

    private mutating func time(_ number: Int, _ text: String) {
        guard let time = Timestamp(rfc3339: text) else { return }
        let whole = time.seconds.rounded(.down)
        nested(number) { writer in
            writer.integer(1, Int64(clamping: whole))
            writer.integer(2, Int64(clamping: (time.seconds - whole) * 1e6) * 1000)
        }
    }

    mutating func integer(_ number: Int, _ value: Int64) {
        tag(number, 0)
        varint(UInt64(bitPattern: value))
    }

    mutating func string(_ number: Int, _ text: String) {
        var text = text
        text.withUTF8 { buffer in
            tag(number, 2)
            varint(UInt64(buffer.count))
            bytes.append(contentsOf: buffer)
        }
    }

    mutating func data(_ number: Int, _ data: [UInt8]) {
        header(number, length: data.count)
        bytes.append(contentsOf: data)
    }

    /// What stands in front of a value of so many bytes that is written by somebody else.
    mutating func header(_ number: Int, length: Int) {
        tag(number, 2)
        varint(UInt64(length))
    }

    /// A message within this one. Its length stands in front of it and is known after it: most fit the one byte that
    /// is left for it, longer ones are moved by what more it needs.
    mutating func nested(_ number: Int, _ body: (inout ProtobufWriter) -> Void) {
        tag(number, 2)
        let start = bytes.count
        bytes.append(0)
        body(&self)
        let length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(length)
        } else {
            bytes.replaceSubrange(start...start, with: Self.varintBytes(UInt64(length)))
        }
    }

    private mutating func tag(_ number: Int, _ wireType: Int) { varint(UInt64(number << 3 | wireType)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func varintBytes(_ value: UInt64) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.varint(value)
        return writer.bytes
    }
}
