// What follows `(?`: flags, and groups with a name or without a number.

extension PatternParser {
    mutating func parseFlagsOrGroup() throws(PatternError) {
        let start = place
        if peek(2) == "=" || peek(2) == "!", peek(3) != nil {
            throw PatternError(code: .perlOperator, piece: piece(from: start, to: start + 3))
        }
        if peek(2) == "<", peek(3) == "=" || peek(3) == "!", peek(4) != nil {
            throw PatternError(code: .perlOperator, piece: piece(from: start, to: start + 4))
        }
        if peek(2) == "P", peek(3) == "<", peek(4) != nil { return try parseName(from: start + 4) }
        if peek(2) == "<", peek(3) != nil { return try parseName(from: start + 3) }
        place += 2
        var inner = flags
        var isNegated = false
        var sawFlag = false
        while let flag = next {
            place += 1
            switch flag {
            case "i": inner.ignoresCase = !isNegated
            case "m": inner.isMultiline = !isNegated
            case "s": inner.dotTakesNewline = !isNegated
            // Lazy for greedy and back: it finds the same texts.
            case "U": break
            case "-" where !isNegated:
                isNegated = true
                sawFlag = false
                continue
            case ":" where !isNegated || sawFlag: return open(with: inner, length: 0)
            case ")" where !isNegated || sawFlag:
                flags = inner
                return
            default: throw PatternError(code: .perlOperator, piece: piece(from: start, to: place))
            }
            sawFlag = true
        }
        throw PatternError(code: .perlOperator, piece: piece(from: start, to: place))
    }

    /// `(?P<name>` and `(?<name>`: letters, marks, digits and connecting signs of any script.
    private mutating func parseName(from first: Int) throws(PatternError) {
        guard let end = scalars[first...].firstIndex(of: ">") else {
            throw PatternError(code: .namedGroup, piece: piece(from: place, to: scalars.count))
        }
        let isName =
            end > first
            && scalars[first..<end].allSatisfy { scalar in
                ["L", "Nl", "Mn", "Mc", "Nd", "Pc"].contains {
                    NamedClasses.unicode($0)?.contains(scalar.value) == true
                }
            }
        guard isName else { throw PatternError(code: .namedGroup, piece: piece(from: place, to: end + 1)) }
        open(with: flags, length: end + 1 - place)
    }
}
