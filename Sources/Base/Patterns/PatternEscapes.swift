// What follows a backslash.

extension PatternParser {
    /// Outside of brackets.
    mutating func parseBackslash() throws(PatternError) {
        switch peek(1) {
        case "b": pushCheck(.wordBoundary, length: 2)
        case "B": pushCheck(.noWordBoundary, length: 2)
        case "A": pushCheck(.textStart, length: 2)
        case "z": pushCheck(.textEnd, length: 2)
        case "C": throw PatternError(code: .unsupported, piece: "\\C")
        case "Q": parseQuoted()
        case "p", "P": pushClass(try parseUnicodeClass())
        case .some(let letter):
            if let set = NamedClasses.perl(letter) {
                place += 2
                pushClass(flags.ignoresCase ? set.foldedAround(letter) : set)
            } else {
                pushScalar(try parseEscape())
            }
        case nil: pushScalar(try parseEscape())
        }
    }

    /// `\Q…\E`, or to the end.
    private mutating func parseQuoted() {
        place += 2
        while let scalar = next {
            if scalar == "\\", peek(1) == "E" {
                place += 2
                return
            }
            place += 1
            pushLiteral(scalar)
        }
    }

    /// `\pL`, `\p{Greek}`, `\p{^Greek}` and their opposites with a capital P.
    mutating func parseUnicodeClass() throws(PatternError) -> ScalarSet {
        let start = place
        var isNegated = peek(1) == "P"
        place += 2
        var name: ArraySlice<Unicode.Scalar>
        if next == "{" {
            guard let end = scalars[place...].firstIndex(of: "}") else {
                throw PatternError(code: .badRange, piece: piece(from: start, to: scalars.count))
            }
            name = scalars[(place + 1)..<end]
            place = end + 1
        } else {
            name = scalars[place..<min(place + 1, scalars.count)]
            place += name.count
        }
        if name.first == "^" {
            isNegated.toggle()
            name = name.dropFirst()
        }
        guard let set = NamedClasses.unicode(piece(from: name.startIndex, to: name.endIndex)) else {
            throw PatternError(code: .badRange, piece: piece(from: start, to: place))
        }
        let wanted = flags.ignoresCase ? set.folded() : set
        return isNegated ? wanted.inverted() : wanted
    }

    /// One character written with a backslash.
    mutating func parseEscape() throws(PatternError) -> UInt32 {
        let start = place
        guard let letter = peek(1) else { throw PatternError(code: .trailingBackslash, piece: "") }
        place += 2
        func wrong(_ parser: PatternParser) -> PatternError {
            PatternError(code: .badEscape, piece: parser.piece(from: start, to: parser.place))
        }
        switch letter {
        case "0"..."7":
            // One digit that is no zero would be a back reference, which no linear time can follow.
            if letter != "0", next.flatMap(\.octalDigit) == nil { throw wrong(self) }
            var code = letter.value - 0x30
            for _ in 0..<2 {
                guard let digit = next.flatMap(\.octalDigit) else { break }
                code = code * 8 + digit
                place += 1
            }
            return code
        case "x": return try parseHexadecimal(wrong)
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "a": return 0x07
        case "f": return 0x0C
        case "v": return 0x0B
        default:
            guard letter.isASCII, !letter.properties.isAlphabetic, !("0"..."9").contains(letter) else {
                throw wrong(self)
            }
            return letter.value
        }
    }

    /// `\x41` or `\x{1F600}`.
    private mutating func parseHexadecimal(
        _ wrong: (PatternParser) -> PatternError
    ) throws(PatternError) -> UInt32 {
        guard let first = next else { throw wrong(self) }
        place += 1
        guard first == "{" else {
            guard let second = next else { throw wrong(self) }
            place += 1
            guard let high = first.hexadecimalDigit, let low = second.hexadecimalDigit else { throw wrong(self) }
            return high * 16 + low
        }
        var code: UInt32 = 0
        var isEmpty = true
        while let scalar = next {
            place += 1
            if scalar == "}", !isEmpty { return code }
            guard let digit = scalar.hexadecimalDigit else { throw wrong(self) }
            isEmpty = false
            code = code * 16 + digit
            if code > ScalarSet.last { throw wrong(self) }
        }
        throw wrong(self)
    }
}

extension Unicode.Scalar {
    fileprivate var octalDigit: UInt32? { ("0"..."7").contains(self) ? value - 0x30 : nil }

    fileprivate var hexadecimalDigit: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}

extension ScalarSet {
    /// A Perl class under `(?i)`: that with a capital letter is what the other, folded, leaves.
    fileprivate func foldedAround(_ letter: Unicode.Scalar) -> ScalarSet {
        letter.properties.isUppercase ? inverted().folded().inverted() : folded()
    }
}
