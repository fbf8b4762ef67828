// A set of fields as managedFields writes it: `f:` members, `k:` elements of a list by their keys, `v:` elements of a
// set, `.` for the thing itself.

internal import Base

/// https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.3.0/fieldpath/serialize.go
enum FieldSet {
    /// Both together. What is empty is in the set itself; so is what has a `.` beside more.
    static func union(_ one: JSONValue, _ other: JSONValue) -> JSONValue {
        guard let left = one.object, let right = other.object else { return one.object == nil ? other : one }
        guard !left.isEmpty || !right.isEmpty else { return one }
        var both = one
        if left.isEmpty || right.isEmpty { both["."] = [:] }
        for (key, inner) in right.members { both[key] = left[key].map { union($0, inner) } ?? inner }
        return both
    }

    /// `value` without what is in `last` and no more in `kept`, and the places of what went: what a server-side apply
    /// takes away of what its manager applied before. With a thing goes all that is in it, unless somebody keeps some.
    /// https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.3.0/merge/update.go (prune)
    static func pruned(
        _ value: JSONValue, _ last: JSONValue, keeping kept: JSONValue?
    ) -> (value: JSONValue, gone: [[String]]) {
        var value = value
        var gone: [[String]] = []
        for (key, inner) in last.object?.members.map({ ($0, $1) }) ?? [] where key != "." {
            guard let place = Place(key, in: value), let found = place.value(in: value) else { continue }
            let keptInner = kept?[key]
            // A named field is in a set with any part of it; an element only by itself.
            let isNamed = key.hasPrefix("f:")
            if isNamed || isMember(inner), !(isNamed ? keptInner != nil : keptInner.map(isMember) ?? false) {
                place.set(nil, in: &value)
                gone.append([key])
            } else {
                let rest = pruned(found, inner, keeping: keptInner)
                place.set(rest.value, in: &value)
                gone += rest.gone.map { [key] + $0 }
            }
        }
        return (value, gone)
    }

    /// What stands at a place, by the keys of a set.
    static func value(at path: [String], in value: JSONValue) -> JSONValue? {
        path.reduce(value) { found, key in
            found.flatMap { inner in Place(key, in: inner)?.value(in: inner) }
        }
    }

    /// "spec.template.spec.containers[c].env[B]"
    static func text(_ path: [String]) -> String {
        path.reduce("") { text, key in
            let name = String(key.dropFirst(2))
            if key.hasPrefix("f:") { return text.isEmpty ? name : "\(text).\(name)" }
            let keys = (try? JSONValue(parsing: name)) ?? .string(name)  // as it stands, where it is no JSON
            let values = keys.object?.members.map(\.1) ?? [keys]
            return "\(text)[\(values.map { $0.string ?? $0.compactText }.joined(separator: "/"))]"
        }
    }

    private static func isMember(_ inner: JSONValue) -> Bool { inner.object?.isEmpty == true || inner["."] != nil }

    /// Where a key of a set leads in a value.
    private enum Place {
        case member(String)
        case element(Int)

        init?(_ key: String, in value: JSONValue) {
            let name = String(key.dropFirst(2))
            switch key.prefix(2) {
            case "f:": self = .member(name)
            case "k:":
                // A key that is no JSON names no element.
                guard let keys = try? JSONValue(parsing: name).object,
                    let index = value.array?.firstIndex(where: { element in
                        keys.members.allSatisfy { element[$0] == $1 }
                    })
                else { return nil }
                self = .element(index)
            case "v:":
                guard let wanted = try? JSONValue(parsing: name), let index = value.array?.firstIndex(of: wanted) else {
                    return nil  // the same
                }
                self = .element(index)
            case "i:":
                guard let index = Int(name), value.array?.indices.contains(index) == true else { return nil }
                self = .element(index)
            default: return nil
            }
        }

        func value(in value: JSONValue) -> JSONValue? {
            switch self {
            case .member(let name): value[name]
            case .element(let index): value.array?[index]
            }
        }

        func set(_ new: JSONValue?, in value: inout JSONValue) {
            switch self {
            case .member(let name): value[name] = new
            case .element(let index):
                guard var elements = value.array else { return }
                if let new { elements[index] = new } else { elements.remove(at: index) }
                value = .array(elements)
            }
        }
    }
}
