// An object at one of its versions, with the bytes it is answered as.

internal import ClusterData

/// Never changes: a change makes another, so that what was encoded once stays right for every list and every watch.
final class StoredObject {
    let value: JSONValue
    let key: ObjectKey
    private let type: ResourceType

    init(_ value: JSONValue, _ type: ResourceType) {
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
        return Array(head.utf8) + written(version) + [UInt8(ascii: "}")]
    }

    /// As an item of a list, where built-in kinds do not repeat their kind.
    func item(_ version: String) -> [UInt8] {
        type.isCustom ? json(version) : [UInt8(ascii: "{")] + written(version) + [UInt8(ascii: "}")]
    }

    /// The protobuf message without its envelope.
    func protobuf(_ version: String) -> [UInt8] {
        isConverted(version) ? Self.message(AutoscalerVersions.shown(value, type, version), type, version) : message
    }

    func wrappedProtobuf(_ version: String) -> [UInt8] {
        ProtobufEnvelope.wrapped(kind: type.kind, apiVersion: type.apiVersion(version), message: protobuf(version))
    }

    private func written(_ version: String) -> [UInt8] {
        isConverted(version) ? Self.members(AutoscalerVersions.shown(value, type, version)) : members
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
