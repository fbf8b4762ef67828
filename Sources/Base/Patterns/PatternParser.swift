// Reads RE2's syntax from left to right and builds the program as it goes. What RE2 refuses is refused with its words.

struct PatternFlags: Sendable {
    var ignoresCase = false
    /// `(?m)`: ^ and $ hold at every line.
    var isMultiline = false
    /// `(?s)`: the dot takes a line feed too.
    var dotTakesNewline = false
}

struct PatternParser {
    private let whole: String
    let scalars: [Unicode.Scalar]
    var place = 0
    private(set) var builder = ProgramBuilder()
    var flags = PatternFlags()

    /// What is open: the alternatives that were closed by a bar, the sequence before the last part, and the last part,
    /// which is what a repetition would repeat.
    private struct Group {
        var outerFlags: PatternFlags
        var start: Int
        var alternatives: ProgramFragment?
        var before: ProgramFragment?
        var last: ProgramFragment?
    }
    private var groups: [Group]

    init(_ text: String) {
        whole = text
        scalars = Array(text.unicodeScalars)
        groups = [Group(outerFlags: PatternFlags(), start: 0)]
    }

    func piece(from start: Int, to end: Int) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[start..<min(end, scalars.count)])
        return text
    }

    var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    func peek(_ ahead: Int) -> Unicode.Scalar? { place + ahead < scalars.count ? scalars[place + ahead] : nil }

    mutating func parse() throws(PatternError) -> PatternProgram {
        // Where a repetition before this place began, if one did: they do not stack.
        var repetition: Int?
        while let scalar = next {
            let start = place
            var isRepetition = false
            switch scalar {
            case "(":
                if peek(1) == "?" { try parseFlagsOrGroup() } else { open(with: flags, length: 1) }
            case "|":
                place += 1
                closeAlternative()
            case ")":
                place += 1
                try close()
            case "^": pushCheck(flags.isMultiline ? .lineStart : .textStart, length: 1)
            case "$": pushCheck(flags.isMultiline ? .lineEnd : .textEnd, length: 1)
            case ".":
                place += 1
                push(builder.read(flags.dotTakesNewline ? .anything : .allButNewline))
            case "[":
                push(builder.read(try parseClass()))
            case "*", "+", "?":
                place += 1
                try endRepetition(start, after: repetition)
                try repeatLast(scalar, start)
                isRepetition = true
            case "{":
                if let (least, most) = parseCount() {
                    try endRepetition(start, after: repetition)
                    try countLast(least, most, start)
                    isRepetition = true
                } else {
                    place += 1
                    pushLiteral("{")
                }
            case "\\": try parseBackslash()
            default:
                place += 1
                pushLiteral(scalar)
            }
            repetition = isRepetition ? start : nil
        }
        closeAlternative()
        guard groups.count == 1, let all = groups[0].alternatives else {
            throw PatternError(code: .missingParenthesis, piece: whole)
        }
        let program = builder.finish(all)
        guard !builder.isTooLarge else { throw PatternError(code: .tooLarge, piece: "") }
        return program
    }

    // MARK: Parts

    private mutating func push(_ part: ProgramFragment) {
        let top = groups.count - 1
        if let last = groups[top].last {
            groups[top].before = groups[top].before.map { builder.sequence($0, last) } ?? last
        }
        groups[top].last = part
    }

    mutating func pushLiteral(_ scalar: Unicode.Scalar) { pushScalar(scalar.value) }

    /// A number that an escape wrote: it may be that of half a surrogate pair, which no text holds.
    mutating func pushScalar(_ scalar: UInt32) {
        let set = ScalarSet([(scalar, scalar)])
        push(builder.read(flags.ignoresCase ? set.folded().ordered() : set))
    }

    mutating func pushClass(_ set: ScalarSet) { push(builder.read(set.ordered())) }

    mutating func pushCheck(_ assertion: Assertion, length: Int) {
        place += length
        push(builder.check(assertion))
    }

    // MARK: Groups

    /// `inner` holds inside; what holds now comes back afterwards.
    mutating func open(with inner: PatternFlags, length: Int) {
        place += length
        groups.append(Group(outerFlags: flags, start: place))
        flags = inner
    }

    private mutating func closeAlternative() {
        let top = groups.count - 1
        if let last = groups[top].last {
            groups[top].before = groups[top].before.map { builder.sequence($0, last) } ?? last
        }
        let sequence = groups[top].before ?? builder.nothing()
        groups[top].alternatives = groups[top].alternatives.map { builder.either($0, sequence) } ?? sequence
        groups[top].before = nil
        groups[top].last = nil
    }

    private mutating func close() throws(PatternError) {
        closeAlternative()
        guard groups.count > 1, let group = groups.popLast(), let part = group.alternatives else {
            throw PatternError(code: .unexpectedParenthesis, piece: whole)
        }
        flags = group.outerFlags
        push(part)
    }

    // MARK: Repetitions

    /// Takes the `?` of the lazy form, which finds the same texts, and refuses a repetition of a repetition.
    private mutating func endRepetition(_ start: Int, after earlier: Int?) throws(PatternError) {
        if next == "?" { place += 1 }
        if let earlier { throw PatternError(code: .repetitionOperator, piece: piece(from: earlier, to: place)) }
    }

    private mutating func repeatLast(_ sign: Unicode.Scalar, _ start: Int) throws(PatternError) {
        let top = groups.count - 1
        guard let last = groups[top].last else {
            throw PatternError(code: .missingArgument, piece: piece(from: start, to: place))
        }
        groups[top].last =
            sign == "?" ? builder.optional(last) : builder.repeated(last, canBeAbsent: sign == "*")
    }

    static let mostRepetitions = 1000

    private mutating func countLast(_ least: Int, _ most: Int?, _ start: Int) throws(PatternError) {
        let top = groups.count - 1
        let wrongSize = PatternError(code: .repetitionSize, piece: piece(from: start, to: place))
        guard most ?? least >= least, max(least, most ?? 0) <= Self.mostRepetitions else { throw wrongSize }
        guard let last = groups[top].last else {
            throw PatternError(code: .missingArgument, piece: piece(from: start, to: place))
        }
        let part = builder.counted(last, least, most)
        if max(least, most ?? 0) >= 2, part.copies > Self.mostRepetitions { throw wrongSize }
        groups[top].last = part
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else in braces is text.
    private mutating func parseCount() -> (Int, Int?)? {
        let start = place
        place += 1
        if let least = parseNumber() {
            if next == "}" {
                place += 1
                return (least, least)
            }
            if next == "," {
                place += 1
                if next == "}" {
                    place += 1
                    return (least, nil)
                }
                if let most = parseNumber(), next == "}" {
                    place += 1
                    return (least, most)
                }
            }
        }
        place = start
        return nil
    }

    /// Digits without a zero in front; no more than fit nine places, as RE2 has it.
    private mutating func parseNumber() -> Int? {
        guard let first = next, ("0"..."9").contains(first) else { return nil }
        if first == "0", let second = peek(1), ("0"..."9").contains(second) { return nil }
        var number = 0
        while let digit = next, ("0"..."9").contains(digit) {
            if number >= 100_000_000 { return nil }
            number = number * 10 + Int(digit.value - 0x30)
            place += 1
        }
        return number
    }
}
