// Going to panes, and what a pane is looked at for.

extension ActionID {
    static let nextPane = ActionID("next-pane")
    static let zoom = ActionID("zoom")
    static let unzoom = ActionID("unzoom")
}

extension ViewAction {
    static func panes(_ panes: [any Pane]) -> [ViewAction] {
        [
            .local(.nextPane, ["tab"], "next pane", .panes) { $0.cyclePane(1) },
            .local(ActionID("previous-pane"), ["shift-tab"], "previous pane", .panes) { $0.cyclePane(-1) },
        ]
            + panes.enumerated().map { place, pane in
                // The first nine have a digit.
                .local(
                    ActionID("pane-\(pane.name)"), place < 9 ? ["\(place + 1)"] : [], pane.name.rawValue, .panes
                ) { $0.setFocus(pane.name) }
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
            ]
    }

    /// Esc outside windows.
    static let back = local(ActionID("back"), ["esc"], "cancel, clear the filter", .panes) { $0.back() }
}
