// What is on the screen while an answer is awaited.

struct Waiting: Window {
    var text: String
    var request: RequestID
    /// What is asked; nil where an effect was sent whose answer is no data: a plan, an editor.
    var question: DataQuestion?

    var needs: [DataNeed] { question.map { [DataNeed(request, $0)] } ?? [] }

    func hint(_ model: Model) -> String { "esc cancel" }

    /// The answer that is still to come finds nobody.
    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        guard key == .escape else { return .stay }
        return .close { model in
            let tried = model.edit
            model.edit = nil
            return tried.map { [.keepEdit($0)] } ?? []
        }
    }

    mutating func take(_ answer: DataAnswer, of request: RequestID, _ model: Model) -> WindowStep {
        switch answer {
        case .document(let title, let lines, let wraps):
            .replace(with: Document(title: title, lines: lines, wraps: wraps))
        case .log(let changes, let calls, let kubectl):
            .replace(with: LogWindow(request: request, changes: changes, calls: calls, kubectl: kubectl))
        case .edit(let result): .close { $0.received(result) }
        case .calls, .policies: .stay
        }
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let inside = WindowBox.draw(&frame, title: "One moment", lines: 1, width: CharacterWidth.of(text) + 6)
        WindowBox.put(&frame, inside, 0, text + "…", .text)
    }
}

extension Model {
    /// A new question, and the window that waits for its answer.
    mutating func wait(_ text: String, for question: DataQuestion? = nil) {
        open(Waiting(text: text, request: ask(), question: question))
    }

    /// The request that the window on top waits for.
    var awaited: RequestID? { (window as? Waiting)?.request }
}
