// Keys outside overlays: moving, panes, scope, and the doors to everything else.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

extension Model {
    /// Enough of a screen to read what a change would do.
    var hasRoom: Bool { size.rows >= 10 && size.columns >= 40 }

    mutating func press(_ key: Key) -> [Effect] {
        if key == .control("c") { return [.quit] }
        // A screen that something else wrote over is mended wherever one is.
        if key == .control("l"), overlay != nil || input != nil { return [.repaint] }
        if input != nil { return pressInput(key) }
        if overlay != nil { return pressOverlay(key) }
        guard let id = keys[key.name] else { return [] }
        return perform(id)
    }

    /// Carries out an action of the key map or a verb, by its id.
    mutating func perform(_ id: String) -> [Effect] {
        if let verb = VerbTable.all.first(where: { $0.id == id }) { return begin(verb) }
        switch id {
        case "down": move(1)
        case "up": move(-1)
        case "left": moveSideways(-1)
        case "right": moveSideways(1)
        case "top": moveToEnd(last: false)
        case "bottom": moveToEnd(last: true)
        case "half-down": move(max(1, page / 2))
        case "half-up": move(-max(1, page / 2))
        case "page-down": move(page)
        case "page-up": move(-page)
        case "next-pane": cyclePane(1)
        case "previous-pane": cyclePane(-1)
        case "zoom":
            zoomed.toggle()
            isStale = true
        case "unzoom":
            zoomed = false
            isStale = true
        case "drill": drill()
        case "rollouts": openRollouts()
        case "graph-focus":
            graph.focused.toggle()
            setFocus(.topology)
        case "graph-form":
            graph.wanted = graph.wanted == .boxes ? .tree : .boxes
            setFocus(.topology)
        case "graph-level":
            let all = GraphLevel.allCases
            graph.level = all[((all.firstIndex(of: graph.level) ?? 0) + 1) % all.count]
            whole = nil
            setFocus(.topology)
        case "back": back()
        case "filter":
            input = InputLine(kind: .filter, field: TextField(self[focus].filter), before: self[focus].filter)
        case "command": input = InputLine(kind: .command, field: TextField())
        case "help": overlay = .document(Document(title: "Help", lines: HelpText.lines(self)))
        case "menu": overlay = .menu(actionMenu())
        case "command-log":
            wait("reading the journal")
            return [.showCommandLog]
        case "all-namespaces": return setScope(.all)
        case "namespaces": overlay = .menu(namespaceMenu())
        case "context": overlay = .menu(contextMenu())
        case "pause": togglePause()
        case "window": overlay = .menu(windowMenu())
        case "sort": overlay = .menu(sortMenu())
        case "invert":
            self[focus].inverted.toggle()
            isStale = true
        case "yaml": return showYAML()
        case "findings": overlay = .document(Document(title: "What is wrong", lines: findingLines(), wraps: true))
        case "copy": return copy()
        case "mouse":
            mouse.toggle()
            toast("mouse \(mouse ? "on" : "off")")
            return [.setMouse(mouse)]
        case "repaint": return [.repaint]
        case "refresh":
            toast("asking again")
            return [.refresh]
        case "suspend": return [.suspend]
        case "quit":
            if options.wall { return [.quit] }
            let driven = rollouts.filter { $0.driver == .here && $0.isRunning }.map {
                "\($0.title) is driven here: it stands at \($0.weight ?? 0) % until a MeshTop goes on with it."
            }
            overlay = .confirm(Confirm(title: "Quit MeshTop?", lines: driven + ["y quits, esc stays."], effect: .quit))
        case "quit-now": return [.quit]
        default:
            if id.hasPrefix("pane-"), let pane = PaneName(rawValue: String(id.dropFirst(5))) { setFocus(pane) }
        }
        return []
    }

    // MARK: Moving

    private var page: Int {
        guard let place = ScreenLayout(self).places.first(where: { $0.pane == focus }) else { return 1 }
        return max(1, PaneRenderer.visibleRows(place, self) - 1)
    }

    private mutating func move(_ rows: Int) {
        if focus == .topology {
            graph.move(rows: rows, layers: 0)
            followGraph()
            return
        }
        // Where no row is marked, the first movement takes the one that the cursor was left on.
        place(cursor: self[focus].cursor + (self[focus].mark == .none ? 0 : rows))
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

    private mutating func moveSideways(_ by: Int) {
        if focus == .topology, graph.drawn == .boxes {
            graph.move(rows: 0, layers: by)
            followGraph()
        } else {
            cyclePane(by)
        }
    }

    private mutating func moveToEnd(last: Bool) {
        if focus == .topology {
            graph.end(last: last)
            followGraph()
        } else {
            place(cursor: last ? self[focus].rows.count - 1 : 0)
        }
    }

    func nodeService(_ id: NodeID?) -> ServiceID? { graph.graph.nodes.first { $0.id == id }?.service }

    mutating func followGraph() {
        chosen = chosen(graph.selected) ?? chosen
        hasMoved = true
    }

    // MARK: Panes

    mutating func setFocus(_ pane: PaneName) {
        focus = pane
        if PaneName.cornered.contains(pane) { corner = pane }
        hasMoved = true
    }

    private mutating func cyclePane(_ by: Int) {
        let all = PaneName.allCases
        setFocus(all[(focus.number - 1 + by + all.count) % all.count])
    }

    /// Enter goes to the pane that tells more about the row; it never changes a cluster.
    private mutating func drill() {
        switch focus {
        case .services: setFocus(.topology)
        case .topology, .workloads, .breakers, .policies: setFocus(.traffic)
        case .findings:
            if let finding = self[.findings].selected.flatMap({ row in
                snapshot.flatMap { $0.findings.indices.contains(row.index) ? $0.findings[row.index] : nil }
            }) {
                overlay = .document(
                    Document(
                        title: "\(finding.code) \(finding.resource)", lines: FindingsPane.text(finding), wraps: true))
            }
        case .traffic, .latency: setFocus(focus == .traffic ? .latency : .breakers)
        }
    }

    private mutating func back() {
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

    private mutating func togglePause() {
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

    private func selectedObject() -> ObjectReference? {
        switch selection {
        case .service(let id): ObjectReference(kind: "Service", namespace: id.namespace, name: id.name)
        case .workload(let namespace, let kind, let name): ObjectReference(kind: kind, namespace: namespace, name: name)
        case .route(let route): ObjectReference(kind: route.kind.rawValue, namespace: route.namespace, name: route.name)
        case .breaker(let breaker):
            ObjectReference(kind: "DestinationRule", namespace: breaker.namespace, name: breaker.destinationRule)
        case .edge(let edge):
            ObjectReference(kind: "Service", namespace: edge.service.namespace, name: edge.service.name)
        case .finding(let finding):
            ObjectReference(
                kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
        case .none: nil
        }
    }

    private mutating func showYAML() -> [Effect] {
        guard let object = selectedObject() else {
            toast("nothing selected")
            return []
        }
        wait("reading \(object.kind) \(object.namespace)/\(object.name)")
        return [.showYAML(object)]
    }

    private mutating func copy() -> [Effect] {
        guard let object = selectedObject() else {
            toast("nothing selected")
            return []
        }
        toast("copied \(object.name)")
        return [.copy(object.name)]
    }

    private func findingLines() -> [String] {
        var lines: [String] = []
        if alerts.isEmpty { lines.append("Nothing is known to be wrong.") }
        for alert in alerts {
            let sign = alert.severity == .error ? "✖" : alert.severity == .warning ? "▲" : "·"
            lines.append("\(sign) \(alert.text)")
        }
        guard let snapshot else { return ["Nothing has been read yet."] }
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
        return lines
    }

    // MARK: Mouse

    mutating func click(_ mouse: MouseEvent) -> [Effect] {
        guard overlay == nil, input == nil else {
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
        if place.pane == .topology {
            if let node = TopologyPane.node(at: mouse, ScreenLayout.inside(place.area), self) {
                graph.selected = node
                followGraph()
            }
        } else if let row = PaneRenderer.row(at: mouse.row, place, self) {
            self.place(cursor: row)
            if mouse.kind == .double { drill() }
        }
        return []
    }
}
