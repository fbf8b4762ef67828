// The rows of all panes, and what follows from a selection.

internal import Actions
internal import MeshModel

extension Model {
    /// Makes every pane's rows from the snapshot and keeps cursors on what they stood for.
    mutating func refreshRows() {
        isStale = false
        guard let snapshot else { return }
        alerts = Alert.all(snapshot, findingsPane: registry.number(of: .findings))
        if rowsFrom?.findings != snapshot.findings { badges = Badges(snapshot.findings) }
        for (place, pane) in registry.panes.enumerated() {
            var state = panes[place]
            state.take(snapshot, before: rowsFrom, of: pane)
            if let key = state.key, let place = state.rows.firstIndex(where: { $0.key == key }) {
                state.cursor = place
            } else {
                // The cursor keeps its place; what is selected stays selected, though no row shows it now.
                state.cursor = min(state.cursor, max(0, state.rows.count - 1))
                if state.key != chosen?.key { state.key = state.selected?.key }
            }
            panes[place] = state
        }
        rowsFrom = snapshot
        refreshSelection()
    }

    /// What follows from a selection, for a row that is kept: the other panes' marks, the graph, what is scrolled to.
    mutating func refreshSelection() {
        hasMoved = false
        guard let snapshot else { return }
        // Somebody must be first: the first row that there is, once.
        if chosen == nil, let pane = [focus, registry.panes[0].name].first(where: { self[$0].selected != nil }) {
            chosen = self[pane].selected.map { Chosen(key: $0.key, service: $0.service) }
        }
        link()
        let layout = ScreenLayout(self)
        for place in layout.places {
            registry[place.pane].refresh(&self, snapshot, ScreenLayout.inside(place.area))
        }
        for place in layout.places { keepVisible(place.pane, rows: PaneRenderer.visibleRows(place, self)) }
    }

    /// Moves every pane's cursor to the selection, or to the row that the verbs would act on for it, or to what belongs
    /// to the same service. A wall shows its pages instead.
    mutating func link() {
        guard let chosen, !options.wall else { return }
        let (selection, context) = (selection, verbContext)
        for pane in registry.panes.map(\.name) {
            let state = self[pane]
            if let place = state.rows.firstIndex(where: { $0.key == chosen.key }) {
                mark(pane, place, .chosen)
            } else if let place = registry[pane].row(for: selection, context, state) {
                mark(pane, place, .linked)
            } else if let service = chosen.service, state.selected?.service == service {
                mark(pane, state.cursor, .linked)
            } else if let service = chosen.service,
                let place = state.rows.firstIndex(where: { $0.service == service })
            {
                mark(pane, place, .linked)
            } else {
                self[pane].mark = .none
            }
        }
    }

    private mutating func mark(_ pane: PaneName, _ place: Int, _ mark: PaneState.Mark) {
        self[pane].cursor = place
        self[pane].key = self[pane].rows[place].key
        self[pane].mark = mark
    }

    private mutating func keepVisible(_ pane: PaneName, rows: Int) {
        var state = self[pane]
        let room = max(1, rows)
        if state.cursor < state.top { state.top = state.cursor }
        if state.cursor >= state.top + room { state.top = state.cursor - room + 1 }
        state.top = max(0, min(state.top, max(0, state.rows.count - room)))
        self[pane] = state
    }

    var verbContext: VerbContext {
        VerbContext(readOnly: readOnlyReason, rights: rights, snapshot: snapshot)
    }
}
