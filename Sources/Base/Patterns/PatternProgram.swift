// What a pattern becomes: a machine with several states at once (Thompson's), and how it is put together.

/// What must hold between two characters.
enum Assertion: UInt8, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
}

enum PatternInstruction: Sendable {
    /// Reads one character of a set.
    case read(set: Int32, next: Int32)
    case split(Int32, Int32)
    case check(Assertion, next: Int32)
    case pass(next: Int32)
    case match
}

struct PatternProgram: Sendable {
    /// RE2 takes patterns of up to 699,000 instructions, each of which reads a byte. Here one reads a character, and every
    /// character of a text may meet all of them: this many cost about half a millisecond a character at worst.
    static let mostSteps = 50_000

    var instructions: [PatternInstruction] = []
    private(set) var sets: [ScalarSet] = []
    var start: Int32 = 0
    var usesLines = false
    var usesWords = false
    var usesTextStart = false
    /// The ranges of all sets behind each other, and where each set's begin and end.
    private var ranges: [ScalarRange] = []
    private var bounds: [(first: Int32, end: Int32)] = []

    package mutating func add(_ set: ScalarSet) -> Int32 {
        sets.append(set)
        let first = Int32(ranges.count)
        ranges += set.ranges
        bounds.append((first, Int32(ranges.count)))
        return Int32(sets.count - 1)
    }

    func contains(_ set: Int32, _ scalar: UInt32) -> Bool {
        var (low, high) = bounds[Int(set)]
        let end = high
        while low < high {
            let middle = (low + high) / 2
            if ranges[Int(middle)].high < scalar { low = middle + 1 } else { high = middle }
        }
        return low < end && ranges[Int(low)].low <= scalar
    }
}

/// A part of a program while it is built: it begins at `entry`, and what follows it is put behind `exit`.
struct ProgramFragment {
    /// Everything from here to the end of the program belongs to the part, as long as it is the last one.
    var first: Int
    var entry: Int32
    var exit: Int32
    /// How many copies of its innermost part nested counts ask for.
    var copies: Int = 1
}

/// Puts fragments together. What grows too large is remembered and not built: the text may still have another fault,
/// which is then the one to name.
struct ProgramBuilder {
    private(set) var program = PatternProgram()
    private(set) var isTooLarge = false
    private var known: [ScalarSet: Int32] = [:]
    private var rangesLeft = PatternProgram.mostSteps

    private mutating func append(_ instruction: PatternInstruction) -> Int32 {
        if program.instructions.count >= PatternProgram.mostSteps {
            isTooLarge = true
            return 0
        }
        program.instructions.append(instruction)
        return Int32(program.instructions.count - 1)
    }

    private mutating func single(_ instruction: PatternInstruction) -> ProgramFragment {
        let first = program.instructions.count
        let place = append(instruction)
        return ProgramFragment(first: first, entry: place, exit: place)
    }

    /// `set` is ordered.
    mutating func read(_ set: ScalarSet) -> ProgramFragment {
        if let index = known[set] { return single(.read(set: index, next: -1)) }
        rangesLeft -= set.ranges.count
        if rangesLeft < 0 {
            isTooLarge = true
            return nothing()
        }
        let index = program.add(set)
        known[set] = index
        return single(.read(set: index, next: -1))
    }

    mutating func check(_ assertion: Assertion) -> ProgramFragment {
        switch assertion {
        case .textStart: program.usesTextStart = true
        case .lineStart, .lineEnd: program.usesLines = true
        case .wordBoundary, .noWordBoundary: program.usesWords = true
        case .textEnd: break
        }
        return single(.check(assertion, next: -1))
    }

    mutating func nothing() -> ProgramFragment { single(.pass(next: -1)) }

    /// Lets the exit of a fragment lead on.
    private mutating func connect(_ exit: Int32, to next: Int32) {
        let place = Int(exit)
        guard !isTooLarge else { return }
        switch program.instructions[place] {
        case .read(let set, _): program.instructions[place] = .read(set: set, next: next)
        case .check(let assertion, _): program.instructions[place] = .check(assertion, next: next)
        case .split(let inner, _): program.instructions[place] = .split(inner, next)
        case .pass: program.instructions[place] = .pass(next: next)
        case .match: break
        }
    }

    mutating func sequence(_ left: ProgramFragment, _ right: ProgramFragment) -> ProgramFragment {
        connect(left.exit, to: right.entry)
        return ProgramFragment(
            first: left.first, entry: left.entry, exit: right.exit, copies: max(left.copies, right.copies))
    }

    mutating func either(_ left: ProgramFragment, _ right: ProgramFragment) -> ProgramFragment {
        let split = append(.split(left.entry, right.entry))
        let join = append(.pass(next: -1))
        connect(left.exit, to: join)
        connect(right.exit, to: join)
        return ProgramFragment(first: left.first, entry: split, exit: join, copies: max(left.copies, right.copies))
    }

    mutating func optional(_ part: ProgramFragment) -> ProgramFragment {
        let split = append(.split(part.entry, -1))
        let join = append(.pass(next: -1))
        connect(part.exit, to: join)
        connect(split, to: join)
        return ProgramFragment(first: part.first, entry: split, exit: join, copies: part.copies)
    }

    mutating func repeated(_ part: ProgramFragment, canBeAbsent: Bool) -> ProgramFragment {
        let split = append(.split(part.entry, -1))
        connect(part.exit, to: split)
        return ProgramFragment(
            first: part.first, entry: canBeAbsent ? split : part.entry, exit: split, copies: part.copies)
    }

    /// `most` is nil for no limit. The part is the last one that was built.
    mutating func counted(_ part: ProgramFragment, _ least: Int, _ most: Int?) -> ProgramFragment {
        let copies = max(1, most ?? least)
        let part = ProgramFragment(
            first: part.first, entry: part.entry, exit: part.exit,
            copies: part.copies.multipliedReportingOverflow(by: copies).overflow ? Int.max : part.copies * copies)
        if most == 0 {
            if !isTooLarge { program.instructions.removeSubrange(part.first...) }
            var empty = nothing()
            empty.copies = part.copies
            return empty
        }
        let size = program.instructions.count - part.first
        guard !isTooLarge, size * copies + 2 * copies + part.first <= PatternProgram.mostSteps else {
            isTooLarge = true
            return part
        }
        let original = Array(program.instructions[part.first...])
        guard let most else {
            // x{n,}: the last of the n copies comes again and again.
            if least < 2 { return repeated(part, canBeAbsent: least == 0) }
            var result = part
            for _ in 0..<(least - 2) { result = sequence(result, copy(original, part)) }
            return sequence(result, repeated(copy(original, part), canBeAbsent: false))
        }
        // x{n,m}: n copies, then from the inside out (x(x(x)?)?)?
        var result: ProgramFragment? = least > 0 ? part : nil
        for _ in 1..<max(1, least) { result = sequence(result ?? part, copy(original, part)) }
        var tail: ProgramFragment?
        for index in 0..<(most - least) {
            let next = least == 0 && index == 0 ? part : copy(original, part)
            tail = optional(tail.map { sequence(next, $0) } ?? next)
        }
        guard let required = result, let tail else {
            var whole = result ?? tail ?? part
            whole.first = part.first
            return whole
        }
        return sequence(required, tail)
    }

    /// A fragment's instructions once more, at the end of the program.
    private mutating func copy(_ original: [PatternInstruction], _ part: ProgramFragment) -> ProgramFragment {
        let offset = Int32(program.instructions.count - part.first)
        func moved(_ next: Int32) -> Int32 { next < 0 ? next : next + offset }
        // The exit of the original may lead on by now; that of the copy does not yet.
        for instruction in original {
            switch instruction {
            case .read(let set, let next): _ = append(.read(set: set, next: moved(next)))
            case .split(let one, let other): _ = append(.split(moved(one), moved(other)))
            case .check(let assertion, let next): _ = append(.check(assertion, next: moved(next)))
            case .pass(let next): _ = append(.pass(next: moved(next)))
            case .match: _ = append(.match)
            }
        }
        return ProgramFragment(
            first: part.first + Int(offset), entry: part.entry + offset, exit: part.exit + offset, copies: part.copies)
    }

    /// The whole program, which ends in a match.
    package mutating func finish(_ whole: ProgramFragment) -> PatternProgram {
        let end = append(.match)
        connect(whole.exit, to: end)
        program.start = whole.entry
        return program
    }
}
