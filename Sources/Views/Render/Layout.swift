// Which panes share a screen, as a tree of splits.

/// What a part of the screen is for.
indirect enum Split: Sendable, Hashable {
    case pane(PaneName)
    /// The pane that was looked at last, of those that are nowhere else on this screen; `or` until one was.
    case lookedAt(or: PaneName)
    /// Side by side, with equal widths.
    case columns([Split])
    /// One above the other, with equal heights.
    case rows([Split])

    /// The panes that always have a place in it.
    var fixed: Set<PaneName> {
        switch self {
        case .pane(let name): [name]
        case .lookedAt: []
        case .columns(let parts), .rows(let parts): parts.reduce(into: []) { $0.formUnion($1.fixed) }
        }
    }
}

/// A way to divide a screen that is large enough for it.
struct Layout: Sendable, Hashable {
    var smallest: Size
    var split: Split

    /// The first one that fits is taken; where none does, one pane has the whole screen.
    static let all = [
        Layout(
            smallest: Size(rows: 40, columns: 190),
            split: .columns([
                .rows([.pane(.services), .pane(.traffic)]), .rows([.pane(.topology), .pane(.breakers)]),
                .rows([.pane(.latency), .lookedAt(or: .workloads)]),
            ])),
        Layout(
            smallest: Size(rows: 28, columns: 120),
            split: .columns([
                .rows([.pane(.services), .pane(.traffic)]), .rows([.pane(.topology), .lookedAt(or: .latency)]),
            ])),
    ]

    static func fitting(_ size: Size) -> Layout? {
        all.first { $0.smallest.rows <= size.rows && $0.smallest.columns <= size.columns }
    }

    /// Every pane that is shown, with its part of the area.
    func places(in area: Area, lookedAt: PaneName) -> [(pane: PaneName, area: Area)] {
        let fixed = split.fixed
        func divide(_ split: Split, _ area: Area) -> [(pane: PaneName, area: Area)] {
            switch split {
            case .pane(let name): return [(name, area)]
            case .lookedAt(let other): return [(fixed.contains(lookedAt) ? other : lookedAt, area)]
            case .columns(let parts):
                var rest = area
                return parts.enumerated().flatMap { place, part in
                    var one = rest
                    one.columns = rest.columns / (parts.count - place)
                    rest.column += one.columns
                    rest.columns -= one.columns
                    return divide(part, one)
                }
            case .rows(let parts):
                var rest = area
                return parts.enumerated().flatMap { place, part in
                    var one = rest
                    // What cannot be divided goes to the upper ones.
                    one.rows = (rest.rows + parts.count - place - 1) / (parts.count - place)
                    rest.row += one.rows
                    rest.rows -= one.rows
                    return divide(part, one)
                }
            }
        }
        return divide(split, area)
    }
}
