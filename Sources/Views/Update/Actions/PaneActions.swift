// Going to panes, and what a pane is looked at for.

internal import MeshModel

extension ActionID {
    static let nextPane = ActionID("next-pane")
    static let zoom = ActionID("zoom")
    static let unzoom = ActionID("unzoom")
    static let graphFocus = ActionID("graph-focus")
    static let graphForm = ActionID("graph-form")
    static let rollouts = ActionID("rollouts")
}

extension ViewAction {
    static let panes: [ViewAction] =
        [
            .local(.nextPane, ["tab"], "next pane", .panes) { $0.cyclePane(1) },
            .local(ActionID("previous-pane"), ["shift-tab"], "previous pane", .panes) { $0.cyclePane(-1) },
        ]
        + PaneName.allCases.map { pane in
            .local(ActionID("pane-\(pane.rawValue)"), ["\(pane.number)"], pane.rawValue, .panes) { $0.setFocus(pane) }
        } + [
            .local(.zoom, ["+"], "zoom the pane, and back", .panes) {
                $0.zoomed.toggle()
                $0.isStale = true
            },
            .local(.unzoom, ["_"], "back to all panes", .panes) {
                $0.zoomed = false
                $0.isStale = true
            },
            .local(ActionID("drill"), ["enter"], "show what belongs to it", .panes) { $0.drill() },
            .local(.rollouts, ["w"], "rollouts: evidence, hold, promote, roll back", .panes) {
                $0.openRollouts()
            },
            .local(.graphFocus, ["f"], "topology: neighbours or all", .panes) {
                $0.graph.focused.toggle()
                $0.setFocus(.topology)
            },
            .local(.graphForm, ["v"], "topology: boxes or tree", .panes) {
                $0.graph.wanted = $0.graph.wanted == .boxes ? .tree : .boxes
                $0.setFocus(.topology)
            },
            .local(ActionID("graph-level"), ["V"], "topology: workloads, apps, versions or services", .panes) {
                let all = GraphLevel.allCases
                $0.graph.level = all[((all.firstIndex(of: $0.graph.level) ?? 0) + 1) % all.count]
                $0.whole = nil
                $0.setFocus(.topology)
            },
            .local(ActionID("back"), ["esc"], "cancel, clear the filter", .panes) { $0.back() },
        ]
}
