// Runs a program over a text: all states at once, and what a set of states does with a character is remembered.

/// How far a text was read and what came out.
struct MatchOutcome: Sendable {
    var isMatch = false
    var steps = 0
}

struct PatternMatcher {
    private let program: PatternProgram
    private let isSearch: Bool
    /// Characters that no set of the program tells apart are one symbol; the symbol behind the last is the text's end.
    private let symbols: SymbolTable
    /// A match of nothing is possible between the bytes of one character, where RE2 looks too.
    private let matchesInsideCharacters: Bool

    private struct State: Hashable {
        /// Where the instructions that took the last character led.
        var targets: [Int32]
        var context: UInt8
    }

    private static let textStart: UInt8 = 1
    private static let lineStart: UInt8 = 2
    private static let afterWord: UInt8 = 4

    private static let unknown: Int32 = -1
    private static let dead: Int32 = -2
    private static let found: Int32 = -3
    /// The state in `wide`, which is not remembered.
    private static let isWide: Int32 = -4

    private var states: [State] = []
    private var indices: [State: Int32] = [:]
    private var transitions: [Int32] = []
    private var remembered = 0
    private var wasEmptied = false
    private var wide = State(targets: [], context: 0)
    private var marks: Marks
    private(set) var steps = 0

    /// What may be remembered: numbers of all states together, and transitions.
    private static let mostRemembered = 1 << 18
    /// A state of more places hardly comes again, and to look it up would cost more than to step on.
    private static let mostTargets = 256

    init(_ program: PatternProgram, isSearch: Bool) {
        self.program = program
        self.isSearch = isSearch
        symbols = SymbolTable(program)
        marks = Marks(count: program.instructions.count)
        matchesInsideCharacters =
            isSearch && program.usesWords
            && Self.step([program.start], program, &marks, nil) { $0 == .noWordBoundary }.isMatch
    }

    mutating func run(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var place = 0
            var current = index(of: State(targets: [program.start], context: startContext))
            while place < bytes.count {
                if bytes[place] >= 0x80, matchesInsideCharacters { return true }
                let symbol = symbols.symbol(Self.scalar(bytes, &place))
                let following = transition(current, symbol)
                if following == Self.found || following == Self.dead { return following == Self.found }
                current = following
            }
            return transition(current, symbols.end) == Self.found
        }
    }

    /// The text is a String's and so well formed.
    private static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> UInt32 {
        let first = UInt32(bytes[place])
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var scalar = length == 1 ? first : first & (0xFF >> UInt32(length + 1))
        for offset in 1..<max(1, length) where place + offset < bytes.count {
            scalar = scalar << 6 | UInt32(bytes[place + offset] & 0x3F)
        }
        place += length
        return scalar
    }

    private var startContext: UInt8 {
        (program.usesTextStart ? Self.textStart : 0) | (program.usesLines ? Self.lineStart : 0)
    }

    // MARK: Transitions

    private mutating func transition(_ state: Int32, _ symbol: Int) -> Int32 {
        steps += 1
        guard state != Self.isWide else { return follow(wide, symbol) }
        let place = Int(state) * symbols.count + symbol
        if transitions[place] != Self.unknown { return transitions[place] }
        let following = follow(states[Int(state)], symbol)
        // What was forgotten meanwhile has no place any more.
        if following != Self.isWide, !wasEmptied { transitions[place] = following }
        wasEmptied = false
        return following
    }

    private mutating func follow(_ state: State, _ symbol: Int) -> Int32 {
        let isEnd = symbol == symbols.end
        let (isNewline, isWord) = (symbols.newline == symbol, symbols.isWord(symbol))
        let context = state.context
        let step = Self.step(state.targets, program, &marks, isEnd ? nil : symbols.example(symbol)) { assertion in
            switch assertion {
            case .textStart: context & Self.textStart != 0
            case .lineStart: context & Self.lineStart != 0
            case .textEnd: isEnd
            case .lineEnd: isEnd || isNewline
            case .wordBoundary: (context & Self.afterWord != 0) != isWord
            case .noWordBoundary: (context & Self.afterWord != 0) == isWord
            }
        }
        steps += step.visited
        if step.isMatch, isSearch || isEnd { return Self.found }
        var targets = step.targets
        // A search may begin at every place.
        if isSearch, !isEnd, marks.setTarget(program.start) { targets.append(program.start) }
        guard !targets.isEmpty else { return Self.dead }
        let following = State(
            targets: targets,
            context: (program.usesLines && isNewline ? Self.lineStart : 0)
                | (program.usesWords && isWord ? Self.afterWord : 0))
        guard targets.count <= Self.mostTargets else {
            wide = following
            return Self.isWide
        }
        return index(of: following)
    }

    /// Everything that was remembered is forgotten when it grows too much.
    private mutating func index(of state: State) -> Int32 {
        if let known = indices[state] { return known }
        if remembered + state.targets.count + symbols.count > Self.mostRemembered {
            states = []
            indices = [:]
            transitions = []
            remembered = 0
            wasEmptied = true
        }
        let index = Int32(states.count)
        states.append(state)
        indices[state] = index
        transitions.append(contentsOf: repeatElement(Self.unknown, count: symbols.count))
        remembered += state.targets.count + symbols.count
        return index
    }

    // MARK: One step

    private struct Step {
        /// Where the instructions that take the character lead.
        var targets: [Int32] = []
        var isMatch = false
        var visited = 0
    }

    private static func step(
        _ targets: [Int32], _ program: PatternProgram, _ marks: inout Marks, _ scalar: UInt32?,
        _ holds: (Assertion) -> Bool
    ) -> Step {
        var step = Step()
        var open = targets
        marks.clear()
        while let place = open.popLast() {
            guard marks.setPlace(place) else { continue }
            step.visited += 1
            switch program.instructions[Int(place)] {
            case .read(let set, let next):
                if let scalar, program.contains(set, scalar), marks.setTarget(next) { step.targets.append(next) }
            case .split(let one, let other):
                open.append(other)
                open.append(one)
            case .check(let assertion, let next): if holds(assertion) { open.append(next) }
            case .pass(let next): open.append(next)
            case .match: step.isMatch = true
            }
        }
        return step
    }
}

/// Which instructions were reached and which are reached next, cleared in no time.
private struct Marks {
    private var places: [UInt32]
    private var targets: [UInt32]
    private var round: UInt32 = 0

    init(count: Int) {
        places = Array(repeating: 0, count: count)
        targets = places
    }

    mutating func clear() {
        round &+= 1
        guard round == 0 else { return }
        self = Marks(count: places.count)
        round = 1
    }

    /// True the first time.
    mutating func setPlace(_ place: Int32) -> Bool {
        guard places[Int(place)] != round else { return false }
        places[Int(place)] = round
        return true
    }

    mutating func setTarget(_ place: Int32) -> Bool {
        guard targets[Int(place)] != round else { return false }
        targets[Int(place)] = round
        return true
    }
}
