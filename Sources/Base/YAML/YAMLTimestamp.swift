// The four forms of a time that go-yaml v2 knows (parseTimestamp in resolve.go). It keeps them as the text they are:
// only a `!!timestamp` tag asks whether a text is one.

enum YAMLTimestamp {
    static func isOne(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func digits(_ counts: ClosedRange<Int>, _ range: ClosedRange<Int>) -> Int? {
            let found = rest.prefix(counts.upperBound).prefix { (0x30...0x39).contains($0) }
            guard counts.contains(found.count), let number = Int(String(decoding: found, as: UTF8.self)),
                range.contains(number)
            else { return nil }
            rest = rest.dropFirst(found.count)
            return number
        }
        func take(_ bytes: String) -> Bool {
            guard let first = rest.first, bytes.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4...4, 0...9999), take("-"), let month = digits(1...2, 1...12), take("-"),
            let day = digits(1...2, 1...31), day <= days(of: month, year)
        else { return false }
        if rest.isEmpty { return true }
        let hasZone = take("Tt")
        guard hasZone || take(" "), digits(1...2, 0...23) != nil, take(":"), digits(1...2, 0...59) != nil, take(":"),
            digits(1...2, 0...59) != nil
        else { return false }
        if take(".,") {
            let fraction = rest.prefix { (0x30...0x39).contains($0) }
            if fraction.isEmpty { return false }
            rest = rest.dropFirst(fraction.count)
        }
        if !hasZone { return rest.isEmpty }
        if take("Z") { return rest.isEmpty }
        return take("+-") && digits(2...2, 0...24) != nil && take(":") && digits(2...2, 0...60) != nil && rest.isEmpty
    }

    private static func days(of month: Int, _ year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}
