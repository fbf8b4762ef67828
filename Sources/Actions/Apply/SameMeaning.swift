// Whether a server says the same as a client in other words: quantities, durations, times, numbers as text.

internal import Base

enum SameMeaning {
    static func holds(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if left == right { return true }
        // An absent field and an empty one are the same to a server that leaves out what is empty.
        if isEmpty(left), isEmpty(right) { return true }
        guard let one = text(left), let other = text(right) else { return false }
        if let first = quantity(one), let second = quantity(other) {
            return abs(first - second) <= 1e-12 * max(abs(first), abs(second))
        }
        if let first = Durations.seconds(one), let second = Durations.seconds(other) { return first == second }
        if let first = Timestamp(rfc3339: one), let second = Timestamp(rfc3339: other) { return first == second }
        return false
    }

    static func isEmpty(_ value: JSONValue) -> Bool {
        value.isNull || value == [:] || value == [] || value == "" || value == false || value == 0
    }

    /// Numbers are written as text where a field takes both.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .int, .double: value.compactText
        default: nil
        }
    }

    /// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    private static func quantity(_ text: String) -> Double? {
        let number = text.prefix { "+-.0123456789".contains($0) }
        let unit = text.dropFirst(number.count)
        if let exponent = unit.first, "eE".contains(exponent), unit.count > 1 { return Double(text) }
        let scales: [Substring: Double] = [
            "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
            "Ki": 0x1p10, "Mi": 0x1p20, "Gi": 0x1p30, "Ti": 0x1p40, "Pi": 0x1p50, "Ei": 0x1p60,
        ]
        guard let value = Double(number), let scale = scales[unit] else { return nil }
        return value * scale
    }
}
