// The one function that changes the model: an event in, a new model and effects out. No clock, no I/O.

internal import Actions
internal import ClusterData

/// Folds one event into the model and says what is to be done about it.
package func update(_ model: inout Model, _ event: Event) -> [Effect] {
    let effects = model.handle(event)
    guard model.isStale || model.hasMoved else { return effects }
    if model.isStale { model.refreshRows() } else { model.refreshSelection() }
    return effects + model.askForRights()
}

extension Model {
    mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .resize(let fresh):
            size = Size(rows: max(0, min(fresh.rows, 2000)), columns: max(0, min(fresh.columns, 4000)))
            isStale = true
            return []
        case .snapshot(let fresh):
            if paused { waiting = fresh } else { show(fresh) }
            return []
        case .tick(let time): return tick(time)
        case .notice(let text, let isError):
            toast(text, isError: isError)
            return []
        case .contexts(let names, let current):
            if current != currentContext { forgetCluster() }
            contexts = names
            currentContext = current
            return []
        case .rollouts(let fresh, let notes):
            (rollouts, rolloutNotes) = (fresh, notes)
            return []
        case .policies(let service, let found):
            show(found, of: service)
            return []
        case .rights(let fresh):
            rights[fresh.namespace] = fresh
            return []
        case .document(let title, let lines, let wraps):
            if overlay == nil || overlay?.isWaiting == true {
                overlay = .document(Document(title: title, lines: lines, wraps: wraps))
            }
            return []
        case .preview(let result): return received(result)
        case .log(let changes, let calls, let kubectl): return received(changes, calls, kubectl)
        case .readForEdit(let result): return received(result)
        case .edited(let result): return received(result)
        case .progress(let planID, let progress): return received(progress, of: planID)
        case .paste(let text): return paste(text)
        case .key(let key): return press(key)
        case .mouse(let mouse): return click(mouse)
        }
    }

    /// What the user may do where the selection is, asked once.
    mutating func askForRights() -> [Effect] {
        guard !readOnly else { return [] }
        let missing = VerbTable.namespaces(for: selection, verbContext).subtracting(rightsAsked)
        rightsAsked.formUnion(missing)
        return missing.sorted().map { .askRights(namespace: $0) }
    }

    mutating func show(_ fresh: MeshSnapshot) {
        snapshot = fresh
        whole = nil
        isStale = true
    }

    /// A new context starts with nothing on the screen rather than with the old cluster's numbers.
    private mutating func forgetCluster() {
        snapshot = nil
        waiting = nil
        service = nil
        (rollouts, rolloutNotes) = ([], [])
        behind = nil
        rights = [:]
        rightsAsked = []
        rowsFrom = nil
        graph = GraphState()
        for index in panes.indices {
            panes[index].rows = []
            panes[index].key = nil
            panes[index].cursor = 0
            panes[index].top = 0
        }
        isStale = true
    }

    private mutating func tick(_ time: Timestamp) -> [Effect] {
        now = time
        toasts.removeAll { $0.until.map { $0 < time } ?? false }
        for index in toasts.indices where toasts[index].until == nil {
            toasts[index].until = time + (toasts[index].isError ? 12 : 5)
        }
        if options.wall {
            if let next = cycleAt, next <= time {
                turnPages()
                let order = PaneName.cornered
                corner = order[((order.firstIndex(of: corner) ?? 0) + 1) % order.count]
                if size.columns < ScreenLayout.overview.columns || size.rows < ScreenLayout.overview.rows {
                    let panes = PaneName.allCases
                    focus = panes[((panes.firstIndex(of: focus) ?? 0) + 1) % panes.count]
                }
                cycleAt = time + 15
                isStale = true
            } else if cycleAt == nil {
                cycleAt = time + 15
            }
        }
        if case .log = overlay { return [.readCalls] }
        return []
    }

    /// Nobody scrolls a wall screen: every pane shows its next rows, and begins again after the last.
    private mutating func turnPages() {
        for place in ScreenLayout(self).places where place.pane != .topology {
            let rows = PaneRenderer.visibleRows(place, self)
            let count = self[place.pane].rows.count
            guard rows > 0, count > rows else { continue }
            let next = self[place.pane].top + rows
            self[place.pane].top = next >= count ? 0 : next
            self[place.pane].cursor = self[place.pane].top
            self[place.pane].key = self[place.pane].selected?.key
        }
    }

    mutating func toast(_ text: String, isError: Bool = false) {
        let safe = SafeText.line(text, limit: 500)
        toasts.removeAll { $0.text == safe }
        toasts.append(Toast(text: safe, isError: isError, until: now.map { $0 + (isError ? 12 : 5) }))
        if toasts.count > 4 { toasts.removeFirst(toasts.count - 4) }
    }

    // MARK: Changes

    private mutating func received(_ result: Result<ChangePreview, MeshTopError>) -> [Effect] {
        switch result {
        case .success(let preview):
            // An operator who went on meanwhile is not interrupted by a question.
            guard case .planning = overlay else { return [.discardPlan(planID: preview.planID)] }
            form = nil
            overlay = .preview(PreviewState(preview: preview, edit: edit))
            edit = nil
        case .failure(let error):
            if let edit {
                self.edit = nil
                return ask(edit, error)
            }
            // The form comes back with what was typed, so that the next key does not land on the panes.
            if case .planning = overlay { overlay = form }
            form = nil
            if case .rollouts = overlay { behind = nil }
            toast(error.description, isError: true)
        }
        return []
    }

    private mutating func received(_ progress: ChangeProgress, of planID: String) -> [Effect] {
        if case .preview(var state) = overlay, state.sent, state.preview.planID == planID {
            state.progress.append(progress)
            overlay = .preview(state)
            return settleEdit(progress, of: planID)
        }
        // The window was closed while the change was on its way.
        switch progress {
        case .verified(let text): toast("verified: \(text)")
        case .unverified(let text): toast("not verified: \(text)", isError: true)
        case .rolledBack(let why): toast("rolled back: \(why)", isError: true)
        case .left(let text): toast(text)
        case .failed(let error): toast(error.description, isError: true)
        case .stopped(let change):
            for line in change.lines { toast(line, isError: true) }
        case .sending, .applied, .verifying: break
        }
        return settleEdit(progress, of: planID)
    }

    private mutating func paste(_ text: String) -> [Effect] {
        let line = SafeText.line(text, limit: 1000)
        if var input {
            input.field.insert(line)
            self.input = input
            if input.kind == .filter { setFilter(input.field.text) }
            return []
        }
        switch overlay {
        case .file(var field):
            field.insert(line)
            overlay = .file(field)
        case .replicas(var editor):
            editor.field.insert(line)
            overlay = .replicas(editor)
        case .guardForm(var form):
            form.insert(line)
            overlay = .guardForm(form)
        case .policy(var form):
            form.insert(line)
            overlay = .policy(form)
        case .values(var form):
            form.insert(line)
            overlay = .values(form)
        default:
            // Pasted text never works as keys.
            toast("pasted text is ignored here; open : or / first")
        }
        return []
    }

    // MARK: Rows

    /// Makes every pane's rows from the snapshot and keeps cursors on what they stood for.
    mutating func refreshRows() {
        isStale = false
        guard let snapshot else { return }
        alerts = Alert.all(snapshot)
        if rowsFrom?.findings != snapshot.findings { badges = Badges(snapshot.findings) }
        for pane in PaneName.allCases where pane != .topology {
            var state = self[pane]
            state.take(snapshot, before: rowsFrom)
            if let key = state.key, let place = state.rows.firstIndex(where: { $0.key == key }) {
                state.cursor = place
            } else {
                state.cursor = min(state.cursor, max(0, state.rows.count - 1))
                // What was selected is gone (a filter, a deletion): the row in its place is selected everywhere.
                if pane == focus, let chosen = state.selected?.service { service = chosen }
                if pane == focus || state.key == nil { state.key = state.selected?.key }
            }
            self[pane] = state
        }
        rowsFrom = snapshot
        refreshSelection()
    }

    /// What follows from a selection, for a row that is kept: the other panes' marks, the graph, what is scrolled to.
    mutating func refreshSelection() {
        hasMoved = false
        guard let snapshot else { return }
        if service == nil, focus != .topology {
            service = self[focus].selected?.service ?? self[.services].selected?.service
        }
        link(except: focus)
        let layout = ScreenLayout(self)
        if let area = layout.area(of: .topology) {
            let inside = ScreenLayout.inside(area)
            let all = whole ?? MeshGraph(snapshot, level: graph.level)
            whole = all
            graph.refresh(
                all, service: service, filter: self[.topology].filter,
                size: Size(rows: inside.rows, columns: inside.columns))
        }
        for place in layout.places { keepVisible(place.pane, rows: PaneRenderer.visibleRows(place, self)) }
    }

    /// Moves the other panes' cursors to the first row of the selected service.
    mutating func link(except own: PaneName) {
        guard let service else { return }
        for pane in PaneName.allCases where pane != own && pane != .topology {
            var state = self[pane]
            if state.selected?.service == service { continue }
            if let place = state.rows.firstIndex(where: { $0.service == service }) {
                state.cursor = place
                state.key = state.rows[place].key
                self[pane] = state
            }
        }
    }

    private mutating func keepVisible(_ pane: PaneName, rows: Int) {
        var state = self[pane]
        let room = max(1, rows)
        if state.cursor < state.top { state.top = state.cursor }
        if state.cursor >= state.top + room { state.top = state.cursor - room + 1 }
        state.top = max(0, min(state.top, max(0, state.rows.count - room)))
        self[pane] = state
    }

    // MARK: Selection

    /// What is selected, for the verbs.
    var selection: Selection {
        guard let snapshot else { return .none }
        if focus == .topology { return service.map { .service($0) } ?? .none }
        guard let row = self[focus].selected else { return .none }
        switch row.key {
        case .service(let id): return .service(id)
        case .workload(let namespace, let kind, let name):
            return .workload(namespace: namespace, kind: kind, name: name)
        case .route: return snapshot.routes.indices.contains(row.index) ? .route(snapshot.routes[row.index]) : .none
        case .breaker:
            return snapshot.breakers.indices.contains(row.index) ? .breaker(snapshot.breakers[row.index]) : .none
        case .finding:
            return snapshot.findings.indices.contains(row.index) ? .finding(snapshot.findings[row.index]) : .none
        case .edge: return snapshot.edges.indices.contains(row.index) ? .edge(snapshot.edges[row.index]) : .none
        case .node: return .none
        }
    }

    var verbContext: VerbContext {
        VerbContext(readOnly: readOnly, rights: rights, snapshot: snapshot)
    }
}
