// The line at the bottom: the keys that apply now, or the line that takes text.

internal import Actions

enum Footer {
    struct Hint {
        var id: ActionID
        var key: String
        var title: String
        var columns: Range<Int>
        var enabled: Bool
    }

    static func hints(_ model: Model) -> [Hint] {
        var wanted: [(id: ActionID, title: String, enabled: Bool)] = []
        if model.window == nil, !model.options.wall {
            let (selection, context) = (model.selection, model.verbContext)
            for verb in VerbTable.all where verb.isFrequent && verb.disabledReason(selection, context) == nil {
                wanted.append((verb.action, verb.title, true))
            }
        }
        var general: [(id: ActionID, title: String)] = [
            (.help, "help"), (.menu, "actions"), (.filter, "filter"), (.command, "command"), (.nextPane, "pane"),
            (.zoom, model.zoomed ? "" : "zoom"), (.unzoom, model.zoomed ? "all panes" : ""),
            (.namespaces, "namespace"), (.sort, "sort"), (.findings, "what is wrong"),
            (.pause, model.paused ? "go on" : "pause"), (.quit, "quit"),
        ]
        general.insert(contentsOf: model.registry[model.focus].hints, at: 1)
        if model.options.wall { general = [(.quit, "quit"), (.findings, "what is wrong")] }
        let others = general.filter { !$0.title.isEmpty }.map { (id: $0.id, title: $0.title, enabled: true) }
        // Where there is little room, the ways to everything else come first.
        let rest = others.filter { $0.id != .quit }
        wanted =
            model.size.columns < 110
            ? [(.quit, "quit", true)] + rest.prefix(4) + wanted + rest.dropFirst(4) : wanted + others
        var hints: [Hint] = []
        var column = 1
        for item in wanted {
            let key = model.key(for: item.id)
            let end = column + CharacterWidth.of(key) + 1 + CharacterWidth.of(item.title)
            guard end < model.size.columns else { break }
            hints.append(Hint(id: item.id, key: key, title: item.title, columns: column..<end, enabled: item.enabled))
            column = end + 2
        }
        return hints
    }

    static func draw(_ frame: inout Frame, row: Int, _ model: Model) {
        if let window = model.window {
            frame.put(" " + window.hint(model), row: row, column: 0, style: Style(.hint))
            return
        }
        for hint in hints(model) {
            let end = frame.put(hint.key, row: row, column: hint.columns.lowerBound, style: Style(.key))
            frame.put(hint.title, row: row, column: end + 1, style: Style(.hint))
        }
    }

    static func drawInput(_ frame: inout Frame, row: Int, _ model: Model) {
        guard let input = model.input, row >= 0 else { return }
        let width = frame.size.columns
        frame.put(String(repeating: " ", count: width), row: row, column: 0, style: Style(.input))
        let sign = input.kind == .filter ? "/" : ":"
        let room = max(1, width - 3)
        let before = String(input.field.characters.prefix(input.field.cursor))
        var start = 0
        while CharacterWidth.of(String(before.dropFirst(start))) > room { start += 1 }
        let shown = String(input.field.text.dropFirst(start))
        let end = frame.put(sign + shown, row: row, column: 0, style: Style(.input), limit: width)
        if input.kind == .command, let completed = model.completion(of: input.field.text),
            completed.hasPrefix(input.field.text)
        {
            frame.put(
                String(completed.dropFirst(input.field.text.count)), row: row, column: end, style: Style(.input, .dim))
        }
        frame.cursor = Frame.Position(
            row: row, column: min(width - 1, 1 + CharacterWidth.of(String(before.dropFirst(start)))))
    }
}

/// Short notices above the footer.
enum Toasts {
    static func draw(_ frame: inout Frame, _ layout: ScreenLayout, _ model: Model) {
        guard frame.size.rows >= 3 else { return }
        var row = (layout.footer ?? frame.size.rows) - 1
        for toast in model.toasts.reversed() where row > 0 {
            let text = (toast.isError ? " ✖ " : " ● ") + toast.text + " "
            let style = toast.isError ? Style(.alert) : Style(.notice)
            frame.put(
                text.fitted(frame.size.columns), row: row, column: max(0, frame.size.columns - CharacterWidth.of(text)),
                style: style)
            row -= 1
        }
    }
}
