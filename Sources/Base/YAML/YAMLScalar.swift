// What a scalar stands for: go-yaml v2's resolve.go (YAML 1.1 with Go's literals for numbers), and how
// sigs.k8s.io/yaml writes it into JSON as a value and as a key.

struct YAMLScalar: Sendable {
    enum Tag: Sendable, Hashable {
        /// Plain, without a tag.
        case none
        /// Quoted or a block: a string.
        case quoted
        /// `!`, which makes a string of anything and yet leaves `<<` its meaning.
        case bare
        /// As libyaml gives it: `tag:yaml.org,2002:int`.
        case named(String)

        init(_ name: String?, isPlain: Bool) {
            switch name {
            case nil: self = isPlain ? .none : .quoted
            case "!": self = .bare
            case let name?: self = .named(name)
            }
        }

        /// Whether `<<` with this tag merges.
        var allowsMerge: Bool { self == .none || self == .bare || self == .named(YAMLScalar.core + "merge") }
    }

    enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        case int(Int64)
        /// Beyond Int64.
        case unsigned(UInt64)
        case float(Double)
        case string(String)
    }

    struct Misfit: Error { var reason: String }

    /// As it is written.
    package let text: String
    let value: Value

    static let core = "tag:yaml.org,2002:"

    init(_ text: String, tag: Tag) throws(Misfit) {
        self.text = text
        switch tag {
        case .none: value = Self.resolved(text)
        case .quoted, .bare: value = .string(text)
        case .named(let name): value = try Self.tagged(text, name)
        }
    }

    /// A plain scalar.
    init(plain text: String) {
        self.text = text
        value = Self.resolved(text)
    }

    private static func tagged(_ text: String, _ name: String) throws(Misfit) -> Value {
        let type = name.hasPrefix(core) ? String(name.dropFirst(core.count)) : ""
        func misfit(_ found: String) -> Misfit { Misfit(reason: "\(found) `\(text)` cannot be a !!\(type)") }
        switch type {
        case "binary":
            // Go's decoder knows one alphabet.
            guard !text.utf8.contains(where: { $0 == 0x2D || $0 == 0x5F }),
                text.filter({ !$0.isNewline }).utf8.count % 4 == 0,
                let bytes = Base64.decode(text)
            else { throw Misfit(reason: "the !!binary value is no base64") }
            return .string(String(decoding: bytes, as: UTF8.self))
        case "timestamp":
            guard YAMLTimestamp.isOne(text) else { throw misfit("the text") }
            return .string(text)
        case "bool", "int", "float", "null":
            let value = resolved(text)
            switch (type, value) {
            case ("bool", .bool), ("int", .int), ("int", .unsigned), ("float", .float), ("null", .null): return value
            case ("float", .int(let number)): return .float(Double(number))
            default: throw misfit(value.typeName)
            }
        // !!str, and tags that go-yaml knows nothing of.
        default: return .string(text)
        }
    }

    // MARK: Resolution

    private static let words: [String: Value] = {
        var words: [String: Value] = ["": .null, "~": .null, "null": .null, "Null": .null, "NULL": .null]
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            words[word] = .bool(true)
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = .bool(false)
        }
        for word in [".nan", ".NaN", ".NAN"] { words[word] = .float(.nan) }
        for word in [".inf", ".Inf", ".INF"] {
            words[word] = .float(.infinity)
            words["+" + word] = .float(.infinity)
            words["-" + word] = .float(-.infinity)
        }
        return words
    }()

    private static func resolved(_ text: String) -> Value {
        if let word = words[text] { return word }
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "."): return fraction(text).map { .float($0) } ?? .string(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            return number(text.filter { $0 != "_" }) ?? .string(text)
        default: return .string(text)
        }
    }

    /// Digits without their underscores.
    private static func number(_ plain: String) -> Value? {
        if let value = integer(plain) { return value }
        if let value = float(plain) { return .float(value) }
        // A sign behind the base is an accident of go-yaml that kubectl inherits: 0b-1 is -1.
        if plain.hasPrefix("0b") {
            return signed(plain.dropFirst(2), radix: 2).map { .int($0) }
        }
        return plain.hasPrefix("-0b") ? signed("-" + plain.dropFirst(3), radix: 2).map { .int($0) } : nil
    }

    private static func signed(_ text: some StringProtocol, radix: Int) -> Int64? { Int64(text, radix: radix) }

    /// Go's strconv.ParseInt and, without a sign, ParseUint with base 0: 0x, 0o, 0b, and octal after a leading zero.
    private static func integer(_ text: String) -> Value? {
        let isSigned = text.hasPrefix("+") || text.hasPrefix("-")
        var digits = isSigned ? text.dropFirst() : text[...]
        var radix = 10
        if digits.utf8.first == UInt8(ascii: "0"), digits.utf8.count > 1 {
            let bases: [String: Int] = ["0x": 16, "0o": 8, "0b": 2]
            if digits.utf8.count > 2, let base = bases[digits.prefix(2).lowercased()] {
                (radix, digits) = (base, digits.dropFirst(2))
            } else {
                (radix, digits) = (8, digits.dropFirst())
            }
        }
        // Int64(_:radix:) would take another sign.
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        if let value = Int64((text.hasPrefix("-") ? "-" : "") + digits, radix: radix) { return .int(value) }
        return isSigned ? nil : UInt64(digits, radix: radix).map { .unsigned($0) }
    }

    /// What begins with its point goes to Go's ParseFloat as it stands, which takes underscores between digits only.
    private static func fraction(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            let isBetween = [index - 1, index + 1].allSatisfy {
                bytes.indices.contains($0) && (0x30...0x39).contains(bytes[$0])
            }
            if !isBetween { return nil }
        }
        return float(text.filter { $0 != "_" })
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; nil beyond what a double holds.
    private static func float(_ text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        func takeDigits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        func take(_ bytes: String) -> Bool {
            guard let first = rest.first, bytes.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take("+-")
        let whole = takeDigits()
        if take(".") {
            let fraction = takeDigits()
            if whole == 0, fraction == 0 { return nil }
        } else if whole == 0 {
            return nil
        }
        if take("eE") {
            _ = take("+-")
            if takeDigits() == 0 { return nil }
        }
        guard rest.isEmpty, let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

extension YAMLScalar.Value {
    fileprivate var typeName: String {
        switch self {
        case .null: "!!null"
        case .bool: "!!bool"
        case .int, .unsigned: "!!int"
        case .float: "!!float"
        case .string: "!!str"
        }
    }
}

extension YAMLScalar {
    /// As a value; nil for infinities and NaN. Whole numbers lose their point, as Go's JSON writes them.
    var json: JSONValue? {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .unsigned(let value): .double(Double(value))
        case .float(let value):
            value.isFinite ? GoJSON.reread(value) : nil
        case .string(let value): .string(value)
        }
    }

    /// As a member's name; nil where kubectl knows none: null, and integers beyond Int64.
    var key: String? {
        switch value {
        case .null, .unsigned: nil
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .float(let value): Self.shortText(value)
        case .string(let value): value
        }
    }

    /// Go's strconv.FormatFloat(value, 'g', -1, 32): the shortest digits of a float32, with an exponent below 1e-4 and
    /// from 1e6 on.
    private static func shortText(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        let narrow = Float(value)
        if narrow.isInfinite { return narrow < 0 ? "-.inf" : ".inf" }
        if narrow == 0 { return narrow.sign == .minus ? "-0" : "0" }
        let decimal = ShortestDecimal(narrow)
        return decimal.power < -4 || decimal.power >= 6 ? decimal.scientific(places: 2) : decimal.plain
    }
}
