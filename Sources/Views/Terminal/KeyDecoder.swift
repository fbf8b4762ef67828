// From the codes that ncurses reads to keys; text between the marks of a bracketed paste stays text, and a sequence
// that a slow line tore apart stays one key.

internal import Base
internal import CNcurses

struct KeyDecoder {
    enum Code {
        case scalar(UInt32)
        case function(Int32)
        case mouse(MouseEvent)
    }

    /// Text of a paste that has not ended yet.
    private var pasted: String?
    /// What has come so far of the sequence that ends a paste.
    private var pasteTail: [UInt32] = []
    /// A sequence that has begun: what came since its escape, and when its last part came.
    private var pending: (codes: [UInt32], since: Moment)?
    /// How long the rest of a sequence may take: what comes within this after an escape belongs to it.
    static let patienceSeconds = 1.0
    private static let pasteEnd: [UInt32] = Array("\u{1B}[201~".unicodeScalars.map(\.value))
    private static let longestPaste = 64 * 1024
    private static let longestSequence = 32

    /// What was typed, in order. A lone escape counts at once; what follows it within a second and can be the rest of a
    /// control sequence is the key that the sequence stands for, or nothing, but never typed text. A program that was
    /// busy reads late: `cameAfter` is when the line was last seen empty, and the second is counted up to there.
    mutating func decode(_ codes: [Code], at now: Moment, cameAfter: Moment? = nil) -> [Event] {
        let arrival = min(cameAfter ?? now, now)
        var events: [Event] = []
        for index in codes.indices {
            if pasted != nil {
                paste(codes[index], &events)
                continue
            }
            if let waiting = pending, arrival - waiting.since > Self.patienceSeconds { pending = nil }
            switch codes[index] {
            case .mouse(let event):
                pending = nil
                events.append(.mouse(event))
            case .function(let code):
                pending = nil
                if let key = Self.function(code) { events.append(.key(key)) }
            case .scalar(27):
                pending = ([], now)
                // The rest follows in the same reading where the sequence came in one piece.
                if !begins(codes, index + 1) { events.append(.key(.escape)) }
            case .scalar(let value):
                if go(on: value, now, &events) { continue }
                if let key = Self.plain(value) { events.append(.key(key)) }
            }
        }
        return events
    }

    private func begins(_ codes: [Code], _ index: Int) -> Bool {
        guard codes.indices.contains(index), case .scalar(let value) = codes[index] else { return false }
        return Self.introducers.contains(value)
    }

    /// `[` and `O`: what a control sequence begins with after its escape.
    private static let introducers: Set<UInt32> = [0x5B, 0x4F]

    /// Whether a code is part of a sequence that has begun; when it ends it, what it stands for is an event.
    private mutating func go(on value: UInt32, _ now: Moment, _ events: inout [Event]) -> Bool {
        guard var waiting = pending else { return false }
        let isFirst = waiting.codes.isEmpty
        // Anything but an introducer after an escape is a key of its own: no terminal sends that for one of its keys.
        guard isFirst ? Self.introducers.contains(value) : (0x20...0x7E).contains(value) else {
            pending = nil
            return false
        }
        waiting.codes.append(value)
        waiting.since = now
        // The Linux console's function keys are `[[A` to `[[E`.
        let isSecondBracket = waiting.codes == [0x5B, 0x5B]
        let isOver = !isFirst && (0x40...0x7E).contains(value) && !isSecondBracket
        if isOver {
            pending = nil
            if waiting.codes == Array("[200~".unicodeScalars.map(\.value)) {
                pasted = ""
            } else if let event = Self.event(waiting.codes) {
                events.append(event)
            }
        } else if waiting.codes.count >= Self.longestSequence {
            pending = nil
        } else {
            pending = waiting
        }
        return true
    }

    /// Text of a paste, until the sequence that ends it, in however many pieces that comes.
    private mutating func paste(_ code: Code, _ events: inout [Event]) {
        guard case .scalar(let value) = code else { return }
        pasteTail.append(value)
        if pasteTail == Self.pasteEnd {
            events.append(.paste(pasted ?? ""))
            (pasted, pasteTail) = (nil, [])
            return
        }
        // What cannot become the end any more is text.
        while !pasteTail.isEmpty, !Self.pasteEnd.starts(with: pasteTail) {
            if let scalar = Unicode.Scalar(pasteTail.removeFirst()), (pasted?.utf8.count ?? 0) < Self.longestPaste {
                pasted?.unicodeScalars.append(scalar)
            }
        }
    }

    // MARK: What a sequence stands for

    /// A key or a mouse report; nil for a sequence that nobody knows here.
    /// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
    static func event(_ codes: [UInt32]) -> Event? {
        guard let introducer = codes.first, let last = codes.last, codes.count >= 2 else { return nil }
        let inner = codes.dropFirst().dropLast()
        if introducer == 0x5B, inner.first == 0x3C { return mouse(inner.dropFirst(), last) }
        if introducer == 0x5B, inner == [0x5B] {
            return (0x41...0x45).contains(last) ? .key(.function(Int(last) - 0x40)) : nil
        }
        // Modifiers come after a semicolon; keys here know none.
        guard let numbers = numbers(inner) else { return nil }
        if last == 0x7E { return introducer == 0x5B ? tilde[numbers[0]].map { .key($0) } : nil }
        return finals[last].map { .key($0) }
    }

    /// The numbers between semicolons, 0 where one is left out; nil where anything else stands there.
    private static func numbers(_ codes: ArraySlice<UInt32>) -> [Int]? {
        var numbers = [0]
        for code in codes {
            switch code {
            case 0x30...0x39:
                numbers[numbers.count - 1] = min(numbers[numbers.count - 1] * 10 + Int(code - 0x30), 100_000)
            case 0x3B: numbers.append(0)
            default: return nil
            }
        }
        return numbers
    }

    private static let finals: [UInt32: Key] = [
        0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x48: .home, 0x46: .end, 0x5A: .backTab, 0x4D: .enter,
        0x50: .function(1), 0x51: .function(2), 0x52: .function(3), 0x53: .function(4),
    ]

    private static let tilde: [Int: Key] = [
        1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end, 11: .function(1),
        12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5), 17: .function(6), 18: .function(7),
        19: .function(8), 20: .function(9), 21: .function(10), 23: .function(11), 24: .function(12),
    ]

    /// A mouse report in xterm's SGR form, `[<button;column;row` and `M` or `m`: the one that reaches beyond column 223,
    /// and that ncurses leaves alone where the terminal's description has the older form.
    private static func mouse(_ inner: ArraySlice<UInt32>, _ last: UInt32) -> Event? {
        // A release, which ends in m, says nothing new.
        guard last == 0x4D, let numbers = numbers(inner), numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else {
            return nil
        }
        let kinds: [Int: MouseEvent.Kind] = [0: .press, 64: .wheelUp, 65: .wheelDown]
        return kinds[numbers[0]].map { .mouse(MouseEvent(kind: $0, row: numbers[2] - 1, column: numbers[1] - 1)) }
    }

    static func plain(_ value: UInt32) -> Key? {
        switch value {
        case 0: nil
        case 9: .tab
        case 10, 13: .enter
        case 8, 127: .backspace
        case 1...26: Unicode.Scalar(value + 96).map { .control(Character($0)) }
        case 28...31: nil
        default:
            Unicode.Scalar(value).flatMap { CharacterWidth.of($0) > 0 ? .character(Character($0)) : nil }
        }
    }

    static func function(_ code: Int32) -> Key? {
        switch code {
        case KEY_UP: .up
        case KEY_DOWN: .down
        case KEY_LEFT: .left
        case KEY_RIGHT: .right
        case KEY_HOME: .home
        case KEY_END: .end
        case KEY_PPAGE: .pageUp
        case KEY_NPAGE: .pageDown
        case KEY_ENTER: .enter
        case KEY_BTAB: .backTab
        case KEY_BACKSPACE: .backspace
        case KEY_DC: .delete
        case KEY_IC: .insert
        case (KEY_F0 + 1)...(KEY_F0 + 12): .function(Int(code - KEY_F0))
        default: nil
        }
    }
}
