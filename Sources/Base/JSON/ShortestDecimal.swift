// The shortest decimal digits that tell a binary number apart, for writing it as another language does.

struct ShortestDecimal: Sendable {
    /// Without leading and trailing zeros; "0" for zero.
    private let digits: [UInt8]
    /// The power of ten of the first digit.
    let power: Int
    private let sign: String

    /// A finite number.
    init(_ value: Double) { self.init(description: String(value)) }

    /// A finite number.
    init(_ value: Float) { self.init(description: String(value)) }

    /// "-1.25e-07", "9007199254740992.0"
    private init(description: String) {
        sign = description.hasPrefix("-") ? "-" : ""
        var digits = Array(description.utf8.drop { $0 == UInt8(ascii: "-") })
        var exponent = 0
        if let mark = digits.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(String(decoding: digits[mark...].dropFirst(), as: UTF8.self)) ?? 0
            digits.removeSubrange(mark...)
        }
        let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.count
        digits.removeAll { $0 == UInt8(ascii: ".") }
        let zeros = min(digits.prefix { $0 == 0x30 }.count, digits.count - 1)
        digits.removeFirst(zeros)
        while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
        self.digits = digits
        power = digits == [0x30] ? 0 : exponent + point - zeros - 1
    }

    private func text(_ part: ArraySlice<UInt8>) -> String { String(decoding: part, as: UTF8.self) }

    /// "0.00125", "1250"
    var plain: String {
        if power < 0 { return sign + "0." + String(repeating: "0", count: -power - 1) + text(digits[...]) }
        if digits.count <= power + 1 {
            return sign + text(digits[...]) + String(repeating: "0", count: power + 1 - digits.count)
        }
        return sign + text(digits[...power]) + "." + text(digits[(power + 1)...])
    }

    /// "1.25e-03"; the exponent has at least so many digits.
    func scientific(places: Int) -> String {
        let exponent = String(abs(power))
        let padding = String(repeating: "0", count: max(0, places - exponent.utf8.count))
        return sign + text(digits[..<1]) + (digits.count > 1 ? "." + text(digits[1...]) : "") + "e"
            + (power < 0 ? "-" : "+") + padding + exponent
    }
}
