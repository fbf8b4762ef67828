// A pull scanner over protobuf bytes that keeps only what its caller asks for, as `JSONScanner` does over JSON.
// https://protobuf.dev/programming-guides/encoding

/// Reads one message in wire order: `nextField`, then take the value or let it be skipped by the next call.
package struct ProtobufScanner: ~Escapable {
    private let bytes: Span<UInt8>
    package private(set) var index = 0
    /// The number of the field whose value comes next.
    package private(set) var field = 0
    private var wireType = 0
    private var hasValue = false
    package let pool: StringPool?

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>, pool: StringPool? = nil) {
        self.bytes = bytes
        self.pool = pool
    }

    private func fail(_ reason: String) -> JSONError { JSONError("protobuf: \(reason)", at: index) }

    private mutating func varint() throws(JSONError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift < 64 else { throw fail("a number is longer than 64 bits") }
        }
        throw fail("unexpected end")
    }

    /// Takes these very bytes.
    package mutating func expect(_ wanted: [UInt8]) throws(JSONError) {
        for byte in wanted {
            guard index < bytes.count, bytes[index] == byte else { throw fail("an envelope was expected") }
            index += 1
        }
    }

    /// Moves to the next field, past a value that was not taken; false at the message's end.
    package mutating func nextField() throws(JSONError) -> Bool {
        if hasValue { try skip() }
        guard index < bytes.count else { return false }
        let key = try varint()
        field = Int(truncatingIfNeeded: key >> 3)
        wireType = Int(key & 7)
        guard field > 0 else { throw fail("a field has the number 0") }
        hasValue = true
        return true
    }

    private mutating func skip() throws(JSONError) {
        hasValue = false
        switch wireType {
        case 0: _ = try varint()
        case 1: try advance(8)
        case 2: _ = try range()
        case 5: try advance(4)
        default: throw fail("wire type \(wireType) is not in use")
        }
    }

    private mutating func advance(_ count: Int) throws(JSONError) {
        guard count <= bytes.count - index else { throw fail("unexpected end") }
        index += count
    }

    /// The bytes of a length-delimited value.
    private mutating func range() throws(JSONError) -> Range<Int> {
        hasValue = false
        guard wireType == 2 else { throw fail("field \(field) is not length-delimited") }
        let length = try varint()
        guard length <= UInt64(bytes.count - index) else { throw fail("unexpected end") }
        let start = index
        index += Int(length)
        return start..<index
    }

    /// A text value, safe for a terminal.
    package mutating func string() throws(JSONError) -> String {
        let range = try range()
        return bytes.extracting(range).withUnsafeBufferPointer(SafeText.line)
    }

    /// A text value as it is, for whoever parses it.
    package mutating func rawString() throws(JSONError) -> String {
        let range = try range()
        return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a text value is this one; nothing is made of it.
    package mutating func isText(_ wanted: StaticString) throws(JSONError) -> Bool {
        let range = try range()
        guard range.count == wanted.utf8CodeUnitCount else { return false }
        return bytes.extracting(range).withUnsafeBufferPointer { found in
            found.elementsEqual(UnsafeBufferPointer(start: wanted.utf8Start, count: wanted.utf8CodeUnitCount))
        }
    }

    /// A text value that many objects share.
    package mutating func sharedString() throws(JSONError) -> String {
        let text = try string()
        return pool?.shared(text) ?? text
    }

    /// A count or a time; beyond ±2^40, which no field of ours reaches, the nearest of these, so that sums stay sums.
    package mutating func int() throws(JSONError) -> Int {
        hasValue = false
        guard wireType == 0 else { throw fail("field \(field) is no number") }
        return JSONValue.bounded(Int(truncatingIfNeeded: try varint()))
    }

    package mutating func bool() throws(JSONError) -> Bool { try int() != 0 }

    /// A scanner over an embedded message.
    @_lifetime(copy self)
    package mutating func message() throws(JSONError) -> ProtobufScanner {
        let range = try range()
        return ProtobufScanner(bytes.extracting(range), pool: pool)
    }

    /// An entry of a map of texts: 1 is the key, 2 the value.
    package mutating func entry() throws(JSONError) -> (key: String, value: String) {
        var entry = try message()
        var (key, value) = ("", "")
        while try entry.nextField() {
            switch entry.field {
            case 1: key = try entry.sharedString()
            case 2: value = try entry.sharedString()
            default: break
            }
        }
        return (key, value)
    }

    /// An entry of a map of texts whose key somebody reads; nil for the others, of which nothing is made.
    /// `isRaw`: values that are taken as they are, for whoever parses them.
    package mutating func entry(
        where isWanted: (String) -> Bool, isRaw: (String) -> Bool
    ) throws(JSONError) -> (key: String, value: String)? {
        var entry = try message()
        var key: String?
        while try entry.nextField() {
            if entry.field == 1 {
                key = try entry.string()
                if let key, !isWanted(key) { return nil }
            } else if entry.field == 2, let key {
                return (key, isRaw(key) ? try entry.rawString() : try entry.sharedString())
            }
        }
        return nil
    }

    /// A time: seconds since 1970 in 1, nanoseconds in 2. Nil for Go's zero time.
    package mutating func time() throws(JSONError) -> Timestamp? {
        var time = try message()
        var seconds: Int?
        var nanoseconds = 0
        while try time.nextField() {
            switch time.field {
            case 1: seconds = try time.int()
            case 2: nanoseconds = try time.int()
            default: break
            }
        }
        return seconds.map { Timestamp(seconds: Double($0) + Double(nanoseconds) / 1e9) }
    }
}
