// Which rows of a list are seen, and how the cursor looks.

enum PaneRows {
    /// The visible part of a pane's rows with the lines they are on.
    static func visible(_ state: PaneState, _ inside: Area, rows: Int) -> [(row: Row, place: Int, line: Int)] {
        let end = min(state.rows.count, state.top + max(0, rows))
        guard state.top < end else { return [] }
        return (state.top..<end).map { (state.rows[$0], $0, inside.row + 1 + $0 - state.top) }
    }

    /// The selection itself stands out where the focus is; what belongs to it is marked.
    static func cursor(_ place: Int, _ state: PaneState, _ isFocused: Bool, _ model: Model) -> Table.Cursor {
        guard place == state.cursor else { return .none }
        switch state.mark {
        case .chosen: return isFocused ? .focused : .linked
        case .linked: return isFocused ? .related : .linked
        case .none: return .none
        }
    }
}
