// A small ordered JSON tree, for bodies that are held one at a time: patches, errors, YAML views, Codable's place.
// Objects held by the thousand are read by `JSONScanner` instead and never become a tree.

/// Any JSON value. Object members keep their order, so that a diff shows what a person wrote.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in their written order. Kubernetes objects are narrow: few members are looked through,
/// more than `widest` are found by an index.
package struct JSONObject: Hashable, Sendable {
    package private(set) var keys: [String]
    package private(set) var values: [JSONValue]
    /// Where each key stands; nil while there are few.
    private var places: [String: Int]?

    /// Measured: comparing so many short keys costs about what hashing one does.
    private static let widest = 16

    package init() {
        keys = []
        values = []
    }

    package init(_ members: [(String, JSONValue)]) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    /// Reading gives nil for an absent member; writing nil removes it; writing a new key appends it.
    package subscript(key: String) -> JSONValue? {
        get {
            guard let index = index(of: key) else { return nil }
            return values[index]
        }
        set {
            let index = index(of: key)
            switch (index, newValue) {
            case (let index?, let value?): values[index] = value
            case (let index?, nil):
                keys.remove(at: index)
                values.remove(at: index)
                // Everything behind it moved up.
                places = nil
                indexKeys()
            case (nil, let value?):
                keys.append(key)
                values.append(value)
                if places != nil { places?[key] = keys.count - 1 } else { indexKeys() }
            case (nil, nil): break
            }
        }
        _modify {
            // In place: a member's own members must not be copied for each that is added.
            guard let index = index(of: key) else {
                var value: JSONValue?
                yield &value
                if let value { self[key] = value }
                return
            }
            var value: JSONValue? = values[index]
            values[index] = .null
            yield &value
            if let value { values[index] = value } else { self[key] = nil }
        }
    }

    private func index(of key: String) -> Int? {
        if let places { return places[key] }
        return keys.firstIndex(of: key)
    }

    private mutating func indexKeys() {
        guard keys.count > Self.widest else { return }
        var found: [String: Int] = [:]
        found.reserveCapacity(keys.count)
        for (index, key) in keys.enumerated() { found[key] = index }
        places = found
    }

    /// Without the members that do not pass; one by one, each removal would move all behind it.
    package func filter(_ passes: (String, JSONValue) -> Bool) -> JSONObject {
        var kept = JSONObject()
        for (key, value) in members where passes(key, value) { kept[key] = value }
        return kept
    }

    package var members: Zip2Sequence<[String], [JSONValue]> { zip(keys, values) }

    /// Two objects are equal when their members are, whatever the order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left.keys, left.values).allSatisfy { right[$0] == $1 }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for key in keys.sorted() {
            hasher.combine(key)
            hasher.combine(self[key])
        }
    }
}

extension JSONValue {
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
    /// The value as a whole number, exactly; a double only when it is whole and fits.
    package var exactInt: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }
    /// A whole number that can be counted with: beyond ±2^40, which no count, port or weight of a mesh reaches, the
    /// nearest of these, so that sums of what others wrote never overflow.
    package var int: Int? { exactInt.map(Self.bounded) }

    static func bounded(_ number: Int) -> Int { max(-1 << 40, min(1 << 40, number)) }

    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }
    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }
    package var isNull: Bool { self == .null }

    /// A member of an object: nil for anything that is not an object or has no such member. Writing to
    /// anything but an object turns it into one.
    package subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            var members = object ?? JSONObject()
            // Let go of first: a second owner would make the change copy every member.
            self = .null
            members[key] = newValue
            self = .object(members)
        }
        _modify {
            guard case .object(var members) = self else {
                var value: JSONValue?
                yield &value
                if let value { self = .object(JSONObject([(key, value)])) }
                return
            }
            self = .null
            yield &members[key]
            self = .object(members)
        }
    }

    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value at a chain of member names, nil when any of them is absent.
    package func at(_ path: String...) -> JSONValue? {
        var value: JSONValue? = self
        for key in path { value = value?[key] }
        return value
    }

    /// Sets the value at a chain of member names, making the objects on the way.
    package mutating func set(_ path: [String], to value: JSONValue?) {
        guard let first = path.first else {
            if let value { self = value }
            return
        }
        if path.count == 1 {
            self[first] = value
        } else {
            var child = self[first] ?? .object(JSONObject())
            child.set(Array(path.dropFirst()), to: value)
            self[first] = child
        }
    }

    /// The members as strings; members that are not strings are left out.
    package var stringMap: [String: String] {
        guard let object else { return [:] }
        var map: [String: String] = [:]
        for (key, value) in object.members { map[key] = value.string }
        return map
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{  // and not by nil: `value[key] = nil` removes a member, it does not set null
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
