// Lines to read.

struct Document: Window {
    var title: String
    var lines: [String]
    var scroll = 0
    var sideways = 0
    /// Sentences, whose long lines are broken; YAML and tables are scrolled sideways instead.
    var wraps = false

    func hint(_ model: Model) -> String { "up/down scroll   esc close" }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        let last = max(0, lines.count - 1)
        switch key {
        case .escape, .character("q"), .character("?"): return .close
        case .up, .character("k"): scroll = max(0, scroll - 1)
        case .down, .character("j"), .enter: scroll = min(last, scroll + 1)
        case .pageUp, .control("b"), .control("u"): scroll = max(0, scroll - 20)
        case .pageDown, .control("f"), .control("d"), .character(" "): scroll = min(last, scroll + 20)
        case .home, .character("g"): scroll = 0
        case .end, .character("G"): scroll = last
        case .left, .character("h"): sideways = max(0, sideways - 8)
        case .right, .character("l"): sideways = min(1000, sideways + 8)
        default: break
        }
        return .stay
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let lines = wrapped(max(20, frame.size.columns - 8))
        let width = min(frame.size.columns - 4, max(60, lines.map(CharacterWidth.of).max() ?? 0))
        let inside = WindowBox.draw(
            &frame, title: title, lines: max(1, min(lines.count, frame.size.rows - 4)), width: width)
        let top = max(0, min(scroll, lines.count - inside.rows))
        for row in 0..<inside.rows {
            guard lines.indices.contains(top + row) else { break }
            WindowBox.put(&frame, inside, row, String(lines[top + row].dropFirst(sideways)), .text)
        }
    }

    /// Long lines of sentences are broken to fit the screen.
    private func wrapped(_ width: Int) -> [String] {
        wraps ? lines.flatMap { Wrapping.lines($0, width) } : lines
    }
}
