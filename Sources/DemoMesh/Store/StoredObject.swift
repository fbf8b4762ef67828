// An object at one of its versions, with the bytes it is answered as.

internal import Base
internal import Kube

/// Never changes: a change makes another, so that what was encoded once stays right for every list and every watch.
final class StoredObject {
    let value: JSONValue
    let key: ObjectKey
    private let type: ResourceType
    private let encodesAnew: Bool

    init(_ value: JSONValue, _ type: ResourceType, encodesAnew: Bool = false) {
        self.encodesAnew = encodesAnew
        self.value = value
        self.type = type
        key = ObjectStore.key(value)
    }

    /// The members without kind and apiVersion and without the braces.
    private lazy var members: [UInt8] = Self.members(value)
    private lazy var message: [UInt8] = Self.message(value, type, type.versions[0])

    /// Only the autoscaler differs between the versions that are served.
    private func isConverted(_ version: String) -> Bool { !type.isCustom && version != type.versions[0] }

    /// The whole object as JSON.
    func json(_ version: String) -> [UInt8] {
        let head = "{\"kind\":\"\(type.kind)\",\"apiVersion\":\"\(type.apiVersion(version))\","
        let members = encodesAnew ? Self.members(shown(version)) : written(version)
        return Array(head.utf8) + members + [UInt8(ascii: "}")]
    }

    /// As an item of a list, where built-in kinds do not repeat their kind. In pieces, so that nothing is copied.
    func itemPieces(_ version: String) -> [APIResponse.Piece] {
        if type.isCustom { return [APIResponse.Piece(json(version))] }
        let length = written(version).count
        let body = APIResponse.Piece(length: length) { [self] in
            encodesAnew ? Self.members(shown(version)) : written(version)
        }
        return [Self.opening, body, Self.closing]
    }

    /// The protobuf message without its envelope, for a list.
    func protobufPiece(_ version: String) -> APIResponse.Piece {
        APIResponse.Piece(length: protobuf(version).count) { [self] in
            encodesAnew ? Self.message(shown(version), type, version) : protobuf(version)
        }
    }

    private func shown(_ version: String) -> JSONValue { AutoscalerVersions.shown(value, type, version) }

    private static var opening: APIResponse.Piece { APIResponse.Piece([UInt8(ascii: "{")]) }
    private static var closing: APIResponse.Piece { APIResponse.Piece([UInt8(ascii: "}")]) }

    /// The protobuf message without its envelope.
    func protobuf(_ version: String) -> [UInt8] {
        isConverted(version) ? Self.message(shown(version), type, version) : message
    }

    func wrappedProtobuf(_ version: String) -> [UInt8] {
        let message = encodesAnew ? Self.message(shown(version), type, version) : protobuf(version)
        return ProtobufEnvelope.wrapped(kind: type.kind, apiVersion: type.apiVersion(version), message: message)
    }

    private func written(_ version: String) -> [UInt8] {
        isConverted(version) ? Self.members(shown(version)) : members
    }

    private static func members(_ value: JSONValue) -> [UInt8] {
        var text = ""
        for (name, member) in value.object.map({ Array($0.members) }) ?? [] where name != "kind" && name != "apiVersion"
        {
            if !text.isEmpty { text += "," }
            JSONValue.quote(name, into: &text)
            text += ":"
            member.write(to: &text, indent: nil, level: 0)
        }
        return Array(text.utf8)
    }

    private static func message(_ value: JSONValue, _ type: ResourceType, _ version: String) -> [UInt8] {
        ProtobufEnvelope.message(value, kind: type.kind, apiVersion: type.apiVersion(version)) ?? []
    }
}
