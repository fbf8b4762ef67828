// Names made from content.

internal import Base

/// Names made from content, the same on every run, in the letters that Kubernetes uses.
enum StableName {
    static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    static func of(_ text: String, length: Int) -> String {
        var value = StableHash(text).value
        return String(
            (0..<length).map { _ in
                defer { value /= 27 }
                return alphabet[Int(value % 27)]
            })
    }

    /// The same for objects that mean the same: members in any order, empty ones left out.
    static func canonical(_ value: JSONValue) -> String {
        switch value {
        case .object(let object):
            let members = object.members.sorted { $0.0 < $1.0 }.map { ($0.0, canonical($0.1)) }
            return
                "{\(members.filter { !["{}", "[]", "null"].contains($0.1) }.map { "\($0.0):\($0.1)" }.joined(separator: ","))}"
        case .array(let elements): return "[\(elements.map(canonical).joined(separator: ","))]"
        default: return value.compactText
        }
    }
}
