// From the codes that ncurses reads to keys; text between the marks of a bracketed paste stays text.

internal import CNcurses

struct KeyDecoder {
    enum Code {
        case scalar(UInt32)
        case function(Int32)
        case mouse(MouseEvent)
    }

    private var pasted: String?
    private static let pasteStart: [UInt32] = Array("[200~".unicodeScalars.map(\.value))
    private static let pasteEnd: [UInt32] = Array("\u{1B}[201~".unicodeScalars.map(\.value))
    private static let longestPaste = 64 * 1024

    mutating func decode(_ codes: [Code]) -> [Event] {
        var events: [Event] = []
        var index = 0
        while index < codes.count {
            if pasted != nil {
                if matches(codes, index, Self.pasteEnd) {
                    index += Self.pasteEnd.count
                    events.append(.paste(pasted ?? ""))
                    pasted = nil
                    continue
                }
                if case .scalar(let value) = codes[index], let scalar = Unicode.Scalar(value),
                    (pasted?.utf8.count ?? 0) < Self.longestPaste
                {
                    pasted?.unicodeScalars.append(scalar)
                }
                index += 1
                continue
            }
            switch codes[index] {
            case .mouse(let event): events.append(.mouse(event))
            case .function(let code): if let key = Self.function(code) { events.append(.key(key)) }
            case .scalar(27):
                if matches(codes, index + 1, Self.pasteStart) {
                    index += Self.pasteStart.count
                    pasted = ""
                } else if let (event, length) = mouse(codes, index + 1) {
                    index += length
                    if let event { events.append(.mouse(event)) }
                } else if let length = sequence(codes, index + 1) {
                    // The rest of a sequence nobody knows is not typed text.
                    index += length
                } else {
                    events.append(.key(.escape))
                }
            case .scalar(let value): if let key = Self.plain(value) { events.append(.key(key)) }
            }
            index += 1
        }
        return events
    }

    private func matches(_ codes: [Code], _ start: Int, _ wanted: [UInt32]) -> Bool {
        guard start + wanted.count <= codes.count else { return false }
        for (offset, value) in wanted.enumerated() {
            guard case .scalar(value) = codes[start + offset] else { return false }
        }
        return true
    }

    /// A mouse report in xterm's SGR form, `[<button;column;row` and `M` or `m`: the one that reaches beyond column 223,
    /// and that ncurses leaves alone where the terminal's description has the older form. Nil when this is none.
    private func mouse(_ codes: [Code], _ start: Int) -> (MouseEvent?, Int)? {
        guard matches(codes, start, [0x5B, 0x3C]) else { return nil }
        var numbers = [0]
        for position in (start + 2)..<min(codes.count, start + 20) {
            guard case .scalar(let value) = codes[position] else { return nil }
            switch value {
            case 0x30...0x39:
                numbers[numbers.count - 1] = min(numbers[numbers.count - 1] * 10 + Int(value - 0x30), 100_000)
            case 0x3B: numbers.append(0)
            case 0x4D, 0x6D:
                guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else { return nil }
                let kinds: [Int: MouseEvent.Kind] = [0: .press, 64: .wheelUp, 65: .wheelDown]
                let kind = value == 0x4D ? kinds[numbers[0]] : nil  // a release says nothing new
                let event = kind.map { MouseEvent(kind: $0, row: numbers[2] - 1, column: numbers[1] - 1) }
                return (event, position - start + 1)
            default: return nil
            }
        }
        return nil
    }

    /// How many codes a control sequence takes after its escape; nil where there is none.
    private func sequence(_ codes: [Code], _ start: Int) -> Int? {
        guard start < codes.count, case .scalar(let first) = codes[start], first == 0x5B || first == 0x4F else {
            return nil
        }
        var length = 1
        while start + length < codes.count, length < 32, case .scalar(let value) = codes[start + length] {
            length += 1
            if (0x40...0x7E).contains(value) { return length }
        }
        return length > 1 ? length : nil
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
