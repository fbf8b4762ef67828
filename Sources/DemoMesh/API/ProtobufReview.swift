// Access reviews as kubectl sends them: it writes built-in kinds in protobuf. Only the few fields these have.
// Wire form: https://protobuf.dev/programming-guides/encoding, wrapped as k8s.io/apimachinery's runtime.Unknown.

internal import ClusterData

enum ProtobufReview {
    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    /// The review as JSON; nil when these bytes are no such message.
    static func json(_ body: [UInt8]) -> JSONValue? {
        guard body.starts(with: magic), let unknown = fields(Array(body.dropFirst(4))),
            let type = unknown[1].flatMap(fields), let raw = unknown[2].flatMap(fields)
        else { return nil }
        var review: JSONValue = ["apiVersion": string(type[1]), "kind": string(type[2])]
        guard let spec = raw[2].flatMap(fields) else { return review }
        if type[2].map({ String(decoding: $0, as: UTF8.self) }) == "SelfSubjectRulesReview" {
            review["spec"] = ["namespace": string(spec[1])]
            return review
        }
        if let attributes = spec[1].flatMap(fields) {
            var value: JSONValue = [:]
            for (number, name) in [
                (1, "namespace"), (2, "verb"), (3, "group"), (4, "version"), (5, "resource"), (6, "subresource"),
                (7, "name"),
            ] {
                if let bytes = attributes[number] { value[name] = string(bytes) }
            }
            review.set(["spec", "resourceAttributes"], to: value)
        }
        if let attributes = spec[2].flatMap(fields) {
            review.set(
                ["spec", "nonResourceAttributes"], to: ["path": string(attributes[1]), "verb": string(attributes[2])])
        }
        return review
    }

    private static func string(_ bytes: [UInt8]?) -> JSONValue { .string(String(decoding: bytes ?? [], as: UTF8.self)) }

    /// The length-delimited fields of a message by number, the last of each; nil when the bytes are malformed.
    private static func fields(_ bytes: [UInt8]) -> [Int: [UInt8]]? {
        var found: [Int: [UInt8]] = [:]
        var index = 0
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                guard index < bytes.count else { return nil }
                let byte = bytes[index]
                index += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        while index < bytes.count {
            guard let key = varint() else { return nil }
            switch key & 7 {
            case 0: guard varint() != nil else { return nil }
            case 1: index += 8
            case 5: index += 4
            case 2:
                guard let length = varint(), length <= UInt64(bytes.count - index) else { return nil }
                found[Int(truncatingIfNeeded: key >> 3)] = Array(bytes[index..<(index + Int(length))])
                index += Int(length)
            default: return nil
            }
        }
        return index == bytes.count ? found : nil
    }
}
