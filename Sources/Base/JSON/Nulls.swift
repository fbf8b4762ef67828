// Values without the nulls that say that a field is absent.

extension JSONValue {
    private var hasNulls: Bool {
        switch self {
        case .object(let object): object.members.contains { $0.1.isNull || $0.1.hasNulls }
        case .array(let elements): elements.contains(where: \.hasNulls)
        default: false
        }
    }

    /// Without members that are null, at any depth. Elements stay, whose places count.
    package var withoutNulls: JSONValue {
        guard hasNulls else { return self }
        switch self {
        case .object(let object):
            return .object(
                JSONObject(object.members.filter { !$0.1.isNull }.map { ($0.0, $0.1.withoutNulls) }))
        case .array(let elements): return .array(elements.map(\.withoutNulls))
        default: return self
        }
    }
}
