// What stands in brackets.

extension PatternParser {
    mutating func parseClass() throws(PatternError) -> ScalarSet {
        let start = place
        var set = ScalarSet()
        place += 1
        var isNegated = false
        if next == "^" {
            isNegated = true
            place += 1
        }
        // A bracket that comes first is a character.
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            if let named = try parseNamedClass() {
                set.add(named)
                continue
            }
            let from = place
            let low = try parseClassCharacter(start)
            var high = low
            if next == "-", let after = peek(1), after != "]" {
                place += 1
                high = try parseClassCharacter(start)
                if high < low { throw PatternError(code: .badRange, piece: piece(from: from, to: place)) }
            }
            let range = ScalarSet([(low, high)])
            set.add(flags.ignoresCase ? range.folded() : range)
        }
        guard next == "]" else {
            throw PatternError(code: .missingBracket, piece: piece(from: start, to: scalars.count))
        }
        place += 1
        return isNegated ? set.inverted() : set.ordered()
    }

    /// `[:alpha:]`, `\pL` or `\d`; nil when something else comes.
    private mutating func parseNamedClass() throws(PatternError) -> ScalarSet? {
        if next == "[", peek(1) == ":", peek(2) != nil { return try parsePosixClass() }
        guard next == "\\", let letter = peek(1) else { return nil }
        if letter == "p" || letter == "P", peek(2) != nil { return try parseUnicodeClass() }
        guard let perl = NamedClasses.perl(letter) else { return nil }
        place += 2
        return folded(perl, isNegated: ["D", "S", "W"].contains(letter))
    }

    private mutating func parsePosixClass() throws(PatternError) -> ScalarSet? {
        // Without an end it is no class, but characters.
        guard
            let end = (place + 2..<max(place + 2, scalars.count - 1))
                .first(where: { scalars[$0] == ":" && scalars[$0 + 1] == "]" })
        else { return nil }
        guard let set = NamedClasses.posix(piece(from: place + 2, to: end)) else {
            throw PatternError(code: .badRange, piece: piece(from: place, to: end + 2))
        }
        let isNegated = scalars[place + 2] == "^"
        place = end + 2
        return folded(set, isNegated: isNegated)
    }

    /// Under `(?i)` the opposite of a class is what the class, with all forms of its letters, leaves.
    func folded(_ set: ScalarSet, isNegated: Bool) -> ScalarSet {
        guard flags.ignoresCase else { return set }
        return isNegated ? set.inverted().folded().inverted() : set.folded()
    }

    private mutating func parseClassCharacter(_ start: Int) throws(PatternError) -> UInt32 {
        guard let scalar = next else {
            throw PatternError(code: .missingBracket, piece: piece(from: start, to: scalars.count))
        }
        if scalar == "\\" { return try parseEscape() }
        place += 1
        return scalar.value
    }
}
