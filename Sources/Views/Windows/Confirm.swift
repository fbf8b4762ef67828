// A question that is answered with yes or no.

struct Confirm: Window {
    var title: String
    var lines: [String]
    var effect: Effect
    /// What a no leads to.
    var otherwise: Effect?
    /// Shown while the answer to a yes is awaited.
    var waiting: String?

    func hint(_ model: Model) -> String { "y yes   esc no" }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .character("y"):
            let (effect, waiting) = (effect, waiting)
            return .close { model in
                if let waiting { model.wait(waiting) }
                return [effect]
            }
        case .escape, .character("n"), .character("q"):
            return .close(with: otherwise.map { [$0] } ?? [])
        default: return .stay
        }
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let lines = lines.flatMap { Wrapping.lines($0, max(20, min(100, frame.size.columns - 8))) }
        let inside = WindowBox.draw(
            &frame, title: title, lines: lines.count,
            width: max(40, lines.map { CharacterWidth.of($0) }.max() ?? 0))
        for (row, line) in lines.enumerated() { WindowBox.put(&frame, inside, row, line, .text) }
    }
}
