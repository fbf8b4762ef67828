// A pull scanner over JSON bytes that keeps only what its caller asks for: lists and watches are read with it.
// It makes no tree, and was measured to be an order of magnitude faster than Codable on lists of Kubernetes.

/// Reads JSON in document order. The caller walks with `beginObject`/`nextKey` and `beginArray`/`nextElement` and
/// must take or skip every value it is shown. Nothing is validated inside what is skipped but its bracketing. Null is
/// the same as absence: an empty object, an empty array, no element.
package struct JSONScanner: ~Escapable {
    private let bytes: Span<UInt8>
    package private(set) var index = 0
    /// A value was just completed, so a comma or a closing bracket comes next.
    private var afterValue = false
    private var depth = 0
    private var keyStart = 0
    private var keyEnd = 0

    /// What was begun was null: it ends at once.
    private var isEmpty = false

    package let pool: StringPool?
    /// A value of another type than the one that is asked for is an error, not nil: who leaves it out does not know the
    /// object.
    package let isStrict: Bool

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>, pool: StringPool? = nil, isStrict: Bool = false) {
        self.bytes = bytes
        self.pool = pool
        self.isStrict = isStrict
    }

    package func fail(_ reason: String) -> JSONError { JSONError(reason, at: index) }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func peek() throws(JSONError) -> UInt8 {
        skipSpace()
        guard index < bytes.count else { throw fail("unexpected end") }
        return bytes[index]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else {
            throw fail("expected '\(Character(Unicode.Scalar(byte)))'")
        }
        index += 1
    }

    private mutating func enter(_ bracket: UInt8) throws(JSONError) {
        if try takeNull() {
            isEmpty = true
            return
        }
        if isStrict, try peek() != bracket {
            throw fail(bracket == UInt8(ascii: "{") ? "is no object" : "is no list")
        }
        try expect(bracket)
        depth += 1
        guard depth <= jsonNestingLimit else { throw fail("nested deeper than \(jsonNestingLimit)") }
        afterValue = false
    }

    /// Nothing but white space is left.
    package mutating func isAtEnd() -> Bool {
        skipSpace()
        return index == bytes.count
    }

    /// The next value is `null`; it is consumed when it is.
    package mutating func takeNull() throws(JSONError) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        let start = index
        try skip()
        guard index - start == 4, bytes[start + 1] == UInt8(ascii: "u"),
            bytes[start + 2] == UInt8(ascii: "l"),
            bytes[start + 3] == UInt8(ascii: "l")
        else {
            if index == bytes.count, index - start < 4 { throw fail("unexpected end") }
            throw fail("expected a value")
        }
        return true
    }

    package mutating func isObject() throws(JSONError) -> Bool { try peek() == UInt8(ascii: "{") }
    package mutating func isArray() throws(JSONError) -> Bool { try peek() == UInt8(ascii: "[") }

    /// Where the next value begins.
    package mutating func valueStart() throws(JSONError) -> Int {
        _ = try peek()
        return index
    }

    /// What is there is of another type than the one that was asked for: passed over, or an error.
    private mutating func passOver(_ wanted: StaticString) throws(JSONError) {
        if isStrict, try peek() != UInt8(ascii: "n") { throw fail("is no \(wanted)") }
        try skip()
    }

    package mutating func beginObject() throws(JSONError) { try enter(UInt8(ascii: "{")) }
    package mutating func beginArray() throws(JSONError) { try enter(UInt8(ascii: "[")) }

    /// Moves to the next member's value; false at the object's end. The member's name is asked with `key`.
    package mutating func nextKey() throws(JSONError) -> Bool {
        if isEmpty { return leaveNull() }
        if try peek() == UInt8(ascii: "}") { return leave() }
        if afterValue { try expect(UInt8(ascii: ",")) }
        guard try peek() == UInt8(ascii: "\"") else { throw fail("expected a member name") }
        index += 1
        keyStart = index
        try skipString()
        keyEnd = index - 1
        try expect(UInt8(ascii: ":"))
        afterValue = false
        return true
    }

    /// Moves to the next element; false at the array's end.
    package mutating func nextElement() throws(JSONError) -> Bool {
        if isEmpty { return leaveNull() }
        if try peek() == UInt8(ascii: "]") { return leave() }
        repeat {
            if afterValue {
                if try peek() == UInt8(ascii: "]") { return leave() }
                try expect(UInt8(ascii: ","))
            }
            if try peek() == UInt8(ascii: "]") { throw fail("a value was expected after ','") }
        } while try takeNull()
        afterValue = false
        return true
    }

    private mutating func leaveNull() -> Bool {
        isEmpty = false
        afterValue = true
        return false
    }

    private mutating func leave() -> Bool {
        index += 1
        depth -= 1
        afterValue = true
        return false
    }

    /// The member's name equals this word. Names with escapes compare unequal: no field of ours has any.
    package func key(_ word: StaticString) -> Bool {
        let count = keyEnd - keyStart
        guard word.utf8CodeUnitCount == count else { return false }
        for offset in 0..<count where bytes[keyStart + offset] != word.utf8Start[offset] { return false }
        return true
    }

    /// The same for a name that is known at run time.
    package func key(_ name: [UInt8]) -> Bool {
        guard name.count == keyEnd - keyStart else { return false }
        for offset in name.indices where bytes[keyStart + offset] != name[offset] { return false }
        return true
    }

    package func keyText() -> String { text(keyStart, keyEnd, escaped: hasEscape(keyStart, keyEnd)) }

    /// Skips to the closing quote; the opening one is behind.
    private mutating func skipString() throws(JSONError) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): index += 2
            case 0..<0x20: throw fail("control character in a string")
            default: index += 1
            }
        }
        throw fail("unterminated string")
    }

    private func hasEscape(_ start: Int, _ end: Int) -> Bool {
        for position in start..<end where bytes[position] == UInt8(ascii: "\\") { return true }
        return false
    }

    private func text(_ start: Int, _ end: Int, escaped: Bool) -> String {
        if escaped {
            // Rare: hand the quoted text to the strict parser.
            var quoted: [UInt8] = [UInt8(ascii: "\"")]
            for position in start..<end { quoted.append(bytes[position]) }
            quoted.append(UInt8(ascii: "\""))
            guard let value = try? JSONValue(parsing: quoted) else { return "\u{FFFD}" }  // a bad escape shows as such
            return SafeText.line(value.string ?? "")
        }
        let slice = bytes.extracting(start..<end)
        return slice.withUnsafeBufferPointer { buffer in
            SafeText.line(String(decoding: buffer, as: UTF8.self))
        }
    }

    /// A string value, safe for a terminal; nil for any other value, which is skipped.
    package mutating func string() throws(JSONError) -> String? {
        guard try peek() == UInt8(ascii: "\"") else {
            try passOver("text")
            return nil
        }
        index += 1
        let start = index
        try skipString()
        afterValue = true
        return text(start, index - 1, escaped: hasEscape(start, index - 1))
    }

    /// A string value that many objects share.
    package mutating func sharedString() throws(JSONError) -> String? {
        let text = try string()
        return text.map { pool?.shared($0) ?? $0 }
    }

    /// A number as an integer; nil for any other value, which is skipped, and beyond ±2^40, which no field of ours
    /// reaches.
    package mutating func int() throws(JSONError) -> Int? {
        try double().flatMap { abs($0) <= 0x1p40 ? Int(clamping: $0.rounded()) : nil }
    }

    package mutating func double() throws(JSONError) -> Double? {
        let first = try peek()
        guard first == UInt8(ascii: "-") || (48...57).contains(first) else {
            try passOver("number")
            return nil
        }
        return Double(try number())
    }

    /// The text of a number.
    private mutating func number() throws(JSONError) -> String {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case 48...57, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                index += 1
            default:
                afterValue = true
                return text(start, index, escaped: false)
            }
        }
        afterValue = true
        return text(start, index, escaped: false)
    }

    package mutating func bool() throws(JSONError) -> Bool? {
        let first = try peek()
        guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else {
            try passOver("true or false")
            return nil
        }
        try skip()
        return first == UInt8(ascii: "t") ? true : first == UInt8(ascii: "f") ? false : nil
    }

    /// Passes over one value of any kind.
    package mutating func skip() throws(JSONError) {
        switch try peek() {
        case UInt8(ascii: "\""):
            index += 1
            try skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipNested()
        default:
            let start = index
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0A, 0x0D, 0x09:
                    guard index > start else { throw fail("expected a value") }
                    afterValue = true
                    return
                default: index += 1
                }
            }
            guard index > start else { throw fail("unexpected end") }
        }
        afterValue = true
    }

    private mutating func skipNested() throws(JSONError) {
        var open = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open += 1
                guard open + depth <= jsonNestingLimit else { throw fail("nested deeper than \(jsonNestingLimit)") }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                open -= 1
                if open == 0 { return }
            default: break
            }
        }
        throw fail("unexpected end")
    }

    /// One value as a tree, strings as they are: for parts that are small and deep (a spec).
    package mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        let start = index
        try skip()
        var raw: [UInt8] = []
        raw.reserveCapacity(index - start)
        for position in start..<index { raw.append(bytes[position]) }
        do {
            return try JSONValue(parsing: raw)
        } catch {
            throw JSONError(error.reason, at: start + error.offset)
        }
    }

    /// An object whose members are strings; others are left out.
    package mutating func stringMap() throws(JSONError) -> [String: String] {
        var map: [String: String] = [:]
        try beginObject()
        while try nextKey() {
            let name = keyText()
            map[pool?.shared(name) ?? name] = try sharedString()
        }
        return map
    }
}
