// Classes that have a name: \d, [:alpha:], \p{Greek}.

enum NamedClasses {
    /// Perl's; RE2 keeps them to ASCII, and \s has no vertical tab.
    static func perl(_ letter: Unicode.Scalar) -> ScalarSet? {
        switch letter {
        case "d": digits
        case "D": digits.inverted()
        case "s": spaces
        case "S": spaces.inverted()
        case "w": word
        case "W": word.inverted()
        default: nil
        }
    }

    private static let digits = ScalarSet([(0x30, 0x39)])
    private static let spaces = ScalarSet([(0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)])
    private static let word = ScalarSet([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])

    /// POSIX's, by what stands between the colons.
    static func posix(_ name: String) -> ScalarSet? {
        if name.hasPrefix("^") { return posixClasses[String(name.dropFirst())]?.inverted() }
        return posixClasses[name]
    }

    private static let posixClasses: [String: ScalarSet] = [
        "alnum": ScalarSet([(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)]),
        "alpha": ScalarSet([(0x41, 0x5A), (0x61, 0x7A)]),
        "ascii": ScalarSet([(0, 0x7F)]),
        "blank": ScalarSet([(0x09, 0x09), (0x20, 0x20)]),
        "cntrl": ScalarSet([(0, 0x1F), (0x7F, 0x7F)]),
        "digit": digits,
        "graph": ScalarSet([(0x21, 0x7E)]),
        "lower": ScalarSet([(0x61, 0x7A)]),
        "print": ScalarSet([(0x20, 0x7E)]),
        "punct": ScalarSet([(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)]),
        "space": ScalarSet([(0x09, 0x0D), (0x20, 0x20)]),
        "upper": ScalarSet([(0x41, 0x5A)]),
        "word": word,
        "xdigit": ScalarSet([(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)]),
    ]

    /// Unicode's: a general category, its first letter alone, a script, or Any.
    static func unicode(_ name: String) -> ScalarSet? {
        if name == "Any" { return .anything }
        if let known = unicodeClasses[name] { return known }
        guard name.utf8.count == 1, "CLMNPSZ".contains(name) else { return nil }
        var union = ScalarSet()
        for (category, set) in unicodeClasses where category.utf8.count == 2 && category.hasPrefix(name) {
            union.add(set)
        }
        return union.ordered()
    }

    private static let unicodeClasses: [String: ScalarSet] = {
        var classes: [String: ScalarSet] = [:]
        var name = ""
        var next = 0
        for word in UnicodeTable.classes.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if word.hasSuffix(":") {
                name = String(word.dropLast())
                next = 0
                classes[name] = ScalarSet()
                continue
            }
            let parts = word.split(separator: "*")
            let numbers = parts[0].split(separator: "+").compactMap { Int($0, radix: 36) }
            guard let gap = numbers.first else { continue }
            let length = numbers.count > 1 ? numbers[1] : 1
            for _ in 0..<(parts.count > 1 ? Int(parts[1], radix: 36) ?? 1 : 1) {
                classes[name]?.add(UInt32(next + gap), UInt32(next + gap + length - 1))
                next += gap + length
            }
        }
        classes["Cs"] = ScalarSet([(0xD800, 0xDFFF)])
        return classes
    }()
}
