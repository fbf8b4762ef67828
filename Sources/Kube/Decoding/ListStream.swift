// A list decoded while it arrives: objects are made as soon as their last byte is there, and the body is never whole.

package import Base

/// What a list says besides its objects.
package struct ListEnd: Sendable, Hashable {
    package var resourceVersion = ""
    package var continueToken: String?
    /// Objects of the list that could not be understood.
    package var odd: [OddObject] = []
}

/// The body of a list in the encoding that the server chose, fed chunk by chunk.
package struct ListStream<Object: ClusterObject>: StreamDecoder {
    private enum Form: Sendable {
        case json(JSONListStream<Object>)
        case protobuf(ProtobufListStream<Object>)
    }
    private var form: Form
    private var buffer: [UInt8] = []
    private var count = 0
    private var wanted = Self.batch
    /// Decoding starts when so much is there: at a chunk's end one object is read twice.
    private static var batch: Int { 256 << 10 }
    /// An object larger than this is refused: etcd holds none over 1.5 MiB by default.
    private static var objectLimit: Int { 32 << 20 }
    /// More than three times the pods of the largest cluster that Kubernetes supports (150,000).
    private static var countLimit: Int { 500_000 }
    static var bodyLimit: Int { 4 << 30 }

    package init(contentType: String, pool: StringPool?) {
        form =
            contentType.contains("protobuf")
            ? .protobuf(ProtobufListStream(pool: pool)) : .json(JSONListStream(pool: pool))
    }

    package mutating func feed(_ chunk: [UInt8]) throws(JSONError) -> [Object] { try feed(chunk.span) }

    package mutating func feed(_ chunk: Span<UInt8>) throws(JSONError) -> [Object] {
        var objects: [Object] = []
        if buffer.isEmpty, chunk.count >= Self.batch {
            let used = try decode(chunk, into: &objects, isLast: false)
            append(chunk.extracting(droppingFirst: used))
        } else {
            append(chunk)
            guard buffer.count >= min(wanted, Self.objectLimit) else { return [] }
            try decodeBuffer(into: &objects, isLast: false)
        }
        // An object that is larger than what has come is not read again for every piece of it.
        wanted = max(Self.batch, buffer.count * 2)
        guard buffer.count <= Self.objectLimit else { throw JSONError("an object is larger than 32 MiB", at: 0) }
        return objects
    }

    /// The rest of the objects and what the list said; a body that was cut is an error.
    package mutating func finish() throws(JSONError) -> (rest: [Object], end: ListEnd) {
        var objects: [Object] = []
        try decodeBuffer(into: &objects, isLast: true)
        switch form {
        case .json(var stream): return (objects, try stream.end(buffer))
        case .protobuf(let stream): return (objects, try stream.end(buffer))
        }
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    }

    private mutating func decodeBuffer(into objects: inout [Object], isLast: Bool) throws(JSONError) {
        var bytes = buffer
        buffer = []
        bytes.removeFirst(try decode(bytes.span, into: &objects, isLast: isLast))
        buffer = bytes
    }

    private mutating func decode(
        _ bytes: Span<UInt8>, into objects: inout [Object], isLast: Bool
    ) throws(JSONError) -> Int {
        let used: Int
        let odd: Int
        switch form {
        case .json(var stream):
            used = try stream.decode(bytes, into: &objects, isLast: isLast)
            (form, odd) = (.json(stream), stream.oddCount)
        case .protobuf(var stream):
            used = try stream.decode(bytes, into: &objects)
            (form, odd) = (.protobuf(stream), stream.oddCount)
        }
        count += objects.count
        guard count + odd <= Self.countLimit else {
            throw JSONError("the list has over \(Self.countLimit) objects", at: 0)
        }
        return used
    }
}

/// `{"kind":…,"metadata":{…},"items":[…]}` in any order of members.
struct JSONListStream<Object: ClusterObject>: Sendable {
    private enum Phase: Sendable { case head, items, tail }
    private var phase = Phase.head
    private var metadata: JSONValue?
    private var odd: [OddObject] = []
    private(set) var oddCount = 0
    let pool: StringPool?

    init(pool: StringPool?) { self.pool = pool }

    /// Decodes what is whole; gives how many bytes are done with.
    mutating func decode(_ bytes: Span<UInt8>, into objects: inout [Object], isLast: Bool) throws(JSONError) -> Int {
        var done = 0
        if phase == .head {
            do {
                guard let start = try head(bytes) else { return 0 }
                done = start
            } catch {
                // More may come; what has come may also be none of ours at all.
                if isLast || !error.isIncomplete { throw error }
                return 0
            }
        }
        while phase == .items {
            var next = done
            while next < bytes.count, [0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ",")].contains(bytes[next]) { next += 1 }
            guard next < bytes.count else { break }
            if bytes[next] == UInt8(ascii: "]") {
                phase = .tail
                return next + 1
            }
            do {
                done = next + (try item(bytes.extracting(next..<bytes.count), into: &objects))
            } catch {
                if error.isIncomplete, !isLast { break }
                throw error
            }
        }
        return done
    }

    /// Reads one item and gives its length.
    private mutating func item(_ bytes: Span<UInt8>, into objects: inout [Object]) throws(JSONError)
        -> Int
    {
        var scanner = JSONScanner(bytes, pool: pool, isStrict: true)
        guard try scanner.isObject() else {
            let isNull = try scanner.takeNull()
            if !isNull { try scanner.skip() }
            // A number or a word may go on in what is still to come.
            guard scanner.index < bytes.count else {
                throw JSONError("unexpected end", at: scanner.index)
            }
            note(OddObject(key: ObjectKey("", ""), reason: isNull ? "it is null" : "it is no object"))
            return scanner.index
        }
        var fault: JSONError?
        do {
            let object = try Object(&scanner)
            if !object.meta.name.isEmpty {
                objects.append(object)
                return scanner.index
            }
        } catch {
            if error.isIncomplete { throw error }
            fault = error
        }
        let (object, length) = try OddObject.json(bytes, fault)
        note(object)
        return length
    }

    private mutating func note(_ object: OddObject) {
        oddCount += 1
        if odd.count < OddObject.most { odd.append(object) }
    }

    /// Reads members until the items begin; nil when the list has ended without any.
    private mutating func head(_ bytes: Span<UInt8>) throws(JSONError) -> Int? {
        var scanner = JSONScanner(bytes)
        var isList = false
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("items") {
                if try scanner.takeNull() {
                    guard scanner.index < bytes.count else {
                        throw JSONError("unexpected end", at: scanner.index)
                    }
                    phase = .tail
                    return scanner.index
                }
                try scanner.beginArray()
                phase = .items
                return scanner.index
            }
            if scanner.key("metadata") {
                metadata = try scanner.value()
            } else if scanner.key("kind") {
                isList = try scanner.string()?.hasSuffix("List") == true
            } else {
                try scanner.skip()
            }
        }
        guard isList else { throw JSONError("this is no Kubernetes list", at: 0) }
        // One without items is empty; its last bracket is read again with the rest.
        phase = .tail
        return scanner.index - 1
    }

    /// What stands after the items: the rest of the object, perhaps with the metadata in it.
    mutating func end(_ rest: [UInt8]) throws(JSONError) -> ListEnd {
        guard phase == .tail else { throw JSONError("unexpected end of the list", at: rest.count) }
        var text = Array("{\"\":0".utf8)
        text += rest
        let tail = try JSONValue(parsing: text)
        let metadata = metadata ?? tail["metadata"]
        let token = metadata?["continue"]?.string
        return ListEnd(
            resourceVersion: metadata?.text("resourceVersion") ?? "",
            continueToken: token?.isEmpty == false ? token : nil, odd: odd)
    }
}

/// `k8s\0`, runtime.Unknown {1 typeMeta {1 apiVersion, 2 kind}, 2 raw}, where raw is a list {1 metadata, 2 items…}.
struct ProtobufListStream<Object: ClusterObject>: Sendable {
    private enum Phase: Sendable { case magic, envelope, list(left: Int), tail }
    private var phase = Phase.magic
    private var kind = ""
    private var listEnd = ListEnd()
    private(set) var oddCount = 0
    let pool: StringPool?

    init(pool: StringPool?) { self.pool = pool }

    mutating func decode(_ bytes: Span<UInt8>, into objects: inout [Object]) throws(JSONError) -> Int {
        var done = 0
        while true {
            switch phase {
            case .magic:
                guard bytes.count >= 4 else { return 0 }
                guard bytes[0] == 0x6B, bytes[1] == 0x38, bytes[2] == 0x73, bytes[3] == 0 else {
                    throw JSONError("protobuf: the answer does not begin as Kubernetes' do", at: 0)
                }
                done = 4
                phase = .envelope
            case .envelope, .tail:
                guard let (field, start, length) = try Self.field(bytes, done) else { return done }
                if field == 2, case .envelope = phase {
                    done = start
                    phase = .list(left: length)
                    continue
                }
                guard start + length <= bytes.count else { return done }
                if field == 1 {
                    var type = ProtobufScanner(bytes.extracting(start..<(start + length)))
                    while try type.nextField() { if type.field == 2 { kind = try type.string() } }
                    guard kind.hasSuffix("List") else { throw JSONError("this is no Kubernetes list", at: done) }
                }
                done = start + length
            case .list(let left):
                guard left > 0 else {
                    phase = .tail
                    continue
                }
                guard let (field, start, length) = try Self.field(bytes, done) else { return done }
                let size = start - done + length
                guard size <= left else { throw JSONError("protobuf: an object reaches beyond its list", at: done) }
                guard start + length <= bytes.count else { return done }
                var scanner = ProtobufScanner(bytes.extracting(start..<(start + length)), pool: pool)
                if field == 1 {
                    while try scanner.nextField() {
                        if scanner.field == 2 { listEnd.resourceVersion = try scanner.string() }
                        if scanner.field == 3 { listEnd.continueToken = try scanner.string() }
                    }
                } else if field == 2 {
                    try item(&scanner, bytes.extracting(start..<(start + length)), into: &objects)
                }
                done += size
                phase = .list(left: left - size)
            }
        }
    }

    private mutating func item(
        _ scanner: inout ProtobufScanner, _ bytes: Span<UInt8>, into objects: inout [Object]
    ) throws(JSONError) {
        var fault: JSONError?
        do {
            let object = try Object(&scanner, kind: String(kind.dropLast(4)))
            if !object.meta.name.isEmpty { return objects.append(object) }
        } catch {
            fault = error
        }
        var again = ProtobufScanner(bytes)
        let object = try OddObject.protobuf(&again, fault)
        oddCount += 1
        if listEnd.odd.count < OddObject.most { listEnd.odd.append(object) }
    }

    /// A length-delimited field's number, where its value starts and how long it is; nil while that has not arrived.
    private static func field(_ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> (
        number: Int, start: Int, length: Int
    )? {
        var index = start
        func varint() throws(JSONError) -> Int? {
            var value = 0
            for shift in stride(from: 0, to: 63, by: 7) {
                guard index < bytes.count else { return nil }
                let byte = bytes[index]
                index += 1
                value |= Int(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            throw JSONError("protobuf: a length is longer than 63 bits", at: index)
        }
        guard let key = try varint() else { return nil }
        guard key & 7 == 2 else { throw JSONError("protobuf: field \(key >> 3) is not length-delimited", at: start) }
        guard let length = try varint() else { return nil }
        guard length <= 1 << 40 else { throw JSONError("protobuf: a value is larger than any answer", at: start) }
        return (key >> 3, index, length)
    }

    func end(_ rest: [UInt8]) throws(JSONError) -> ListEnd {
        guard case .tail = phase, rest.isEmpty else { throw JSONError("unexpected end of the list", at: rest.count) }
        var end = listEnd
        if end.continueToken?.isEmpty == true { end.continueToken = nil }
        return end
    }
}
