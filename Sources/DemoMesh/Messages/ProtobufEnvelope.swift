// What Kubernetes puts around a protobuf message: its kind in runtime.Unknown, lists, and the frames of a watch.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding

internal import Base

enum ProtobufEnvelope {
    static let mediaType = "application/vnd.kubernetes.protobuf"
    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    /// An object with its kind in front, as one body.
    static func wrapped(kind: String, apiVersion: String, message: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.nested(1) { type in
            type.string(1, apiVersion)
            type.string(2, kind)
        }
        writer.data(2, message)
        return magic + writer.bytes
    }

    /// The fields of an object without its kind; nil when there is no protobuf form of it.
    static func message(_ object: JSONValue, kind: String, apiVersion: String) -> [UInt8]? {
        guard let place = MessageCatalog.builtIn.place(kind: kind, apiVersion: apiVersion) else { return nil }
        var writer = ProtobufWriter()
        writer.write(object, as: place)
        return writer.bytes
    }

    /// A whole answer; nil when its kind has no protobuf form.
    static func encoded(_ object: JSONValue) -> [UInt8]? {
        let kind = object["kind"]?.string ?? ""
        let apiVersion = object["apiVersion"]?.string ?? ""
        return message(object, kind: kind, apiVersion: apiVersion).map {
            wrapped(kind: kind, apiVersion: apiVersion, message: $0)
        }
    }

    /// A list of encoded messages, as a head and what follows: every XList has its metadata in 1 and its items in 2.
    static func list(
        _ kind: String, _ apiVersion: String, metadata: JSONValue, items: [APIResponse.Piece]
    ) -> (head: [UInt8], pieces: [APIResponse.Piece]) {
        var start = ProtobufWriter()
        if let place = MessageCatalog.builtIn.place("ListMeta") { start.nested(1) { $0.write(metadata, as: place) } }
        var pieces: [APIResponse.Piece] = []
        var length = start.bytes.count
        for item in items {
            var header = ProtobufWriter()
            header.header(2, length: item.length)
            length += header.bytes.count + item.length
            pieces.append(APIResponse.Piece(header.bytes))
            pieces.append(item)
        }
        var head = ProtobufWriter()
        head.nested(1) { type in
            type.string(1, apiVersion)
            type.string(2, kind)
        }
        head.header(2, length: length)
        return (magic + head.bytes + start.bytes, pieces)
    }

    /// One frame of a watch: the length in four bytes, then a WatchEvent around a whole object. The event itself has no
    /// envelope: the real server writes streams with its raw serializer, and client-go reads them so.
    static func frame(_ type: String, _ object: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(1, type)
        writer.nested(2) { $0.data(1, object) }
        let length = UInt32(writer.bytes.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + writer.bytes
    }

    /// A body as JSON, with the kind that its envelope names.
    static func decoded(_ body: [UInt8]) throws(ProtobufError) -> JSONValue {
        guard body.starts(with: magic) else {
            throw ProtobufError(
                reason: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
        }
        var outer = ProtobufReader(body.dropFirst(4))
        var apiVersion = ""
        var kind = ""
        var raw: ArraySlice<UInt8> = []
        while let (number, value) = try outer.next() {
            if number == 2 { raw = value.data }
            guard number == 1 else { continue }
            var type = ProtobufReader(value.data)
            while let (number, value) = try type.next() {
                if number == 1 { apiVersion = value.text } else if number == 2 { kind = value.text }
            }
        }
        guard let place = MessageCatalog.builtIn.place(kind: kind, apiVersion: apiVersion) else {
            throw ProtobufError(reason: "no kind \"\(kind)\" is registered for version \"\(apiVersion)\"")
        }
        var reader = ProtobufReader(raw)
        var object: JSONValue = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
        for (name, member) in try reader.message(place).object.map({ Array($0.members) }) ?? [] {
            object[name] = member
        }
        return object
    }
}
