// A list of things to choose from.

struct Menu: Window {
    struct Item: Sendable {
        var label: String
        var detail: String = ""
        var disabled: String?
        /// The action whose key takes it too.
        var action: ActionID?
        var take: @Sendable (inout Model) -> [Effect]
    }
    var title: String
    var items: [Item]
    /// A place in `shown`.
    var cursor = 0
    /// What was typed, where letters narrow the menu down; nil where they are keys.
    var filter: TextField?

    /// The items that hold every word of the filter.
    var shown: [Item] {
        guard let filter, !filter.text.isEmpty else { return items }
        let words = RowFilter(filter.text)
        return items.filter { words.matches($0.label) }
    }

    func hint(_ model: Model) -> String {
        filter == nil
            ? "up/down choose   enter take   esc close" : "type to filter   up/down choose   enter take   esc close"
    }

    mutating func paste(_ text: String) -> Bool {
        guard filter != nil else { return false }
        filter?.insert(text)
        cursor = 0
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        let last = max(0, shown.count - 1)
        switch key {
        case .escape where filter?.text.isEmpty == false:
            filter = TextField()
            cursor = 0
        case .escape: return .close
        case .up: cursor = max(0, cursor - 1)
        case .down: cursor = min(last, cursor + 1)
        case .home: cursor = 0
        case .end: cursor = last
        case .pageDown: cursor = min(last, cursor + 10)
        case .pageUp: cursor = max(0, cursor - 10)
        case .enter:
            guard shown.indices.contains(cursor) else { return .stay }
            return choose(shown[cursor])
        case _ where filter != nil:
            if filter?.handle(key) == true { cursor = 0 }
        case .character("q"): return .close
        case .character("k"): cursor = max(0, cursor - 1)
        case .character("j"): cursor = min(last, cursor + 1)
        case .character("g"): cursor = 0
        case .character("G"): cursor = last
        default:
            // The action menu's letters are the verbs' own keys.
            guard let id = model.keys[key.name], let item = items.first(where: { $0.action == id }) else {
                return .stay
            }
            return choose(item)
        }
        return .stay
    }

    private func choose(_ item: Item) -> WindowStep {
        if let reason = item.disabled { return .toast("\(item.label): \(reason)", isError: true) }
        return .close(then: item.take)
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let labels = items.map { CharacterWidth.of($0.label) }.max() ?? 10
        let details = items.map { CharacterWidth.of($0.disabled.map { "✗ \($0)" } ?? $0.detail) }.max() ?? 0
        let heading = filter == nil ? 0 : 1
        let inside = WindowBox.draw(
            &frame, title: title, lines: heading + max(1, items.count), width: labels + 2 + details)
        if let filter { WindowBox.draw(&frame, filter, inside, 0, label: "/") }
        let found = shown
        if found.isEmpty {
            let text = items.isEmpty ? "nothing to choose from" : "nothing matches; esc clears the filter"
            WindowBox.put(&frame, inside, heading, text, Style(.muted))
        }
        let rows = inside.rows - heading
        let top = max(0, min(cursor - rows / 2, found.count - rows))
        for row in 0..<max(0, rows) {
            guard found.indices.contains(top + row) else { break }
            let item = found[top + row]
            let isHere = top + row == cursor
            // Of long names the end tells them apart.
            let label = item.label.fittedBothEnds(max(8, inside.columns - 2 - min(details, 24)))
            let text =
                label.padded(min(labels, inside.columns - 2) + 2) + (item.disabled.map { "✗ \($0)" } ?? item.detail)
            let style = isHere ? Style(.selected) : item.disabled != nil ? Style(.disabled) : .text
            WindowBox.put(&frame, inside, heading + row, text.padded(inside.columns), style)
        }
    }
}
