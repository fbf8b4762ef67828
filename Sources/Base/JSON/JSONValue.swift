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
    /// Nil while there are few.
    private var index: MemberIndex?

    /// Measured: up to about so many, comparing short keys costs less than hashing each does.
    private static let widest = 32
    private static let mostRemoved = 256

    package init() {
        keys = []
        values = []
    }

    package init(_ members: [(String, JSONValue)]) {
        self.init()
        guard members.count <= Self.widest else {
            for (key, value) in members { self[key] = value }
            return
        }
        keys.reserveCapacity(members.count)
        values.reserveCapacity(members.count)
        for (key, value) in members {
            if let place = keys.firstIndex(of: key) {
                values[place] = value
            } else {
                keys.append(key)
                values.append(value)
            }
        }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    /// Reading gives nil for an absent member; writing nil removes it; writing a new key appends it.
    package subscript(key: String) -> JSONValue? {
        get {
            guard let place = place(of: key) else { return nil }
            return values[place]
        }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): values[place] = value
            case (let place?, nil):
                keys.remove(at: place)
                values.remove(at: place)
                changeIndex { index in
                    index.places[key] = nil
                    index.removed += 1
                }
                if index?.removed ?? 0 > Self.mostRemoved { indexKeys() }
            case (nil, let value?):
                keys.append(key)
                values.append(value)
                let place = keys.count - 1
                if index != nil { changeIndex { $0.places[key] = place } } else { indexKeys() }
            case (nil, nil): break
            }
        }
        _modify {
            // In place: a member's own members must not be copied for each that is added.
            guard let place = place(of: key) else {
                var value: JSONValue?
                yield &value
                if let value { self[key] = value }
                return
            }
            var value: JSONValue? = values[place]
            values[place] = .null
            yield &value
            if let value { values[place] = value } else { self[key] = nil }
        }
    }

    private func place(of key: String) -> Int? {
        // Asked first without taking hold of it: most objects have none.
        if index == nil { return keys.firstIndex(of: key) }
        guard let index, let place = index.places[key] else { return nil }
        return (max(0, place - index.removed)...place).last { $0 < keys.count && keys[$0] == key }
    }

    private mutating func indexKeys() {
        index = nil
        guard keys.count > Self.widest else { return }
        let found = MemberIndex()
        found.places.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() { found.places[key] = place }
        index = found
    }

    private mutating func changeIndex(_ change: (MemberIndex) -> Void) {
        // Objects are values: what another one has too is copied first.
        if !isKnownUniquelyReferenced(&index) { index = index?.copy() }
        if let index { change(index) }
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

/// Where the members of a wide object are found. Its owner copies it before a change when it has another owner.
private final class MemberIndex: @unchecked Sendable {  // changed by its only owner alone
    /// Where each key stood.
    package var places: [String: Int] = [:]
    /// How many were taken out since: a key stands so many places before its own at most.
    var removed = 0

    func copy() -> MemberIndex {
        let copy = MemberIndex()
        copy.places = places
        copy.removed = removed
        return copy
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

    package static func bounded(_ number: Int) -> Int { max(-1 << 40, min(1 << 40, number)) }

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
    /// anything but an object turns it into one; taking away from it leaves it as it is.
    package subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            if newValue == nil, object == nil { return }
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
            if self[first] == nil { self[first] = .object(JSONObject()) }
            // In place: a copy of the child would make many sets quadratic.
            self[first]?.set(Array(path.dropFirst()), to: value)
        }
    }

    /// Adds to a list in place; anything else becomes a list.
    package mutating func append(_ element: JSONValue) {
        var elements = array ?? []
        self = .null
        elements.append(element)
        self = .array(elements)
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
