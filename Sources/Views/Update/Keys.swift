// Keys outside windows: moving, panes, scope, and the doors to everything else.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

extension Model {
    mutating func press(_ key: Key) -> [Effect] {
        if key == .control("c") { return [.quit] }
        // A screen that something else wrote over is mended wherever one is.
        if key == .control("l"), window != nil || input != nil { return [.repaint] }
        if input != nil { return pressInput(key) }
        if window != nil { return pressWindow(key) }
        guard let id = keys[key.name] else { return [] }
        return perform(id)
    }

    mutating func askToQuit() -> [Effect] {
        if options.wall { return [.quit] }
        let driven = rollouts.filter { $0.driver == .here && $0.isRunning }.map {
            "\($0.title) is driven here: it stands at \($0.weight ?? 0) % until a MeshTop goes on with it."
        }
        open(Confirm(title: "Quit MeshTop?", lines: driven + ["y quits, esc stays."], effect: .quit))
        return []
    }

    // MARK: Moving

    var page: Int {
        guard let place = ScreenLayout(self).places.first(where: { $0.pane == focus }) else { return 1 }
        return max(1, PaneRenderer.visibleRows(place, self) - 1)
    }

    mutating func move(_ rows: Int) {
        registry[focus].move(&self, rows: rows)
    }

    mutating func place(cursor: Int) {
        var state = self[focus]
        guard !state.rows.isEmpty else { return }
        state.cursor = max(0, min(cursor, state.rows.count - 1))
        state.key = state.selected?.key
        self[focus] = state
        chosen = state.selected.map { Chosen(key: $0.key, service: $0.service) }
        hasMoved = true
    }

    mutating func moveSideways(_ by: Int) {
        if !registry[focus].moveSideways(&self, by) { cyclePane(by) }
    }

    mutating func moveToEnd(last: Bool) {
        registry[focus].moveToEnd(&self, last: last)
    }

    func nodeService(_ id: NodeID?) -> ServiceID? { graph.graph.nodes.first { $0.id == id }?.service }

    mutating func followGraph() {
        chosen = chosen(graph.selected) ?? chosen
        hasMoved = true
    }

    // MARK: Panes

    mutating func setFocus(_ pane: PaneName) {
        focus = pane
        if registry[pane].takesTurns { lookedAt = pane }
        hasMoved = true
    }

    mutating func cyclePane(_ by: Int) {
        let panes = registry.panes
        setFocus(panes[(registry.place(of: focus) + by + panes.count) % panes.count].name)
    }

    mutating func drill() { registry[focus].drill(&self) }

    mutating func back() {
        if !self[focus].filter.isEmpty {
            setFilter("")
        } else if zoomed {
            zoomed = false
            isStale = true
        } else if !toasts.isEmpty {
            toasts = []
        }
    }

    mutating func setFilter(_ text: String) {
        self[focus].filter = text
        isStale = true
    }

    mutating func togglePause() {
        paused.toggle()
        if !paused, let fresh = waiting {
            waiting = nil
            show(fresh)
        }
    }

    mutating func setScope(_ scope: NamespaceScope) -> [Effect] {
        toast("namespaces: \(Names.scope(scope))")
        return [.setScope(scope)]
    }

    // MARK: Reading

    mutating func showYAML() -> [Effect] {
        guard let object = selectedObject else {
            toast("nothing selected")
            return []
        }
        wait("reading \(object.kind) \(object.namespace)/\(object.name)", for: .yaml(object))
        return []
    }

    mutating func copy() -> [Effect] {
        guard let object = selectedObject else {
            toast("nothing selected")
            return []
        }
        toast("copied \(object.name)")
        return [.copy(object.name)]
    }

    func findingLines() -> [String] {
        var lines: [String] = []
        if alerts.isEmpty { lines.append("Nothing is known to be wrong.") }
        for alert in alerts {
            let sign = alert.severity == .error ? "✖" : alert.severity == .warning ? "▲" : "·"
            lines.append("\(sign) \(alert.text)")
        }
        guard let snapshot else { return ["Nothing has been read yet."] }
        lines += snapshot.notJudged.lines
        lines.append("")
        lines.append("Sources")
        for source in snapshot.sources {
            let age = source.asOf.map { " as of \($0.clock)" } ?? ""
            lines.append("  \(source.name.rawValue.padded(11)) \(source.state.rawValue)\(age)  \(source.detail)")
        }
        lines.append("")
        lines.append("Kinds that are watched")
        for kind in snapshot.kinds {
            let count = kind.state == .ok ? "\(kind.count)" : kind.state.rawValue
            lines.append("  \(kind.kind.padded(24)) \(count.padded(10)) \(kind.detail)")
        }
        if !snapshot.silentGroups.isEmpty { lines += ["", "Other groups of the API"] }
        lines += snapshot.silentGroups.map { "  \($0)" }
        return lines
    }

    // MARK: Mouse

    mutating func click(_ mouse: MouseEvent) -> [Effect] {
        guard window == nil, input == nil else {
            if mouse.kind == .wheelUp { return press(.up) }
            if mouse.kind == .wheelDown { return press(.down) }
            return []
        }
        let layout = ScreenLayout(self)
        if mouse.kind == .wheelUp || mouse.kind == .wheelDown {
            if let place = layout.places.first(where: { $0.area.contains(row: mouse.row, column: mouse.column) }) {
                setFocus(place.pane)
                move(mouse.kind == .wheelUp ? -3 : 3)
            }
            return []
        }
        if layout.footer == mouse.row {
            if let hint = Footer.hints(self).first(where: { $0.columns.contains(mouse.column) }) {
                return perform(hint.id)
            }
            return []
        }
        if layout.tabs == mouse.row, let pane = Tabs.pane(at: mouse.column, self) {
            setFocus(pane)
            return []
        }
        guard let place = layout.places.first(where: { $0.area.contains(row: mouse.row, column: mouse.column) }) else {
            return []
        }
        setFocus(place.pane)
        if let row = PaneRenderer.row(at: mouse.row, place, self) {
            self.place(cursor: row)
            if mouse.kind == .double { drill() }
        } else {
            registry[place.pane].click(&self, mouse, ScreenLayout.inside(place.area))
        }
        return []
    }
}
