// The one function that changes the model: an event in, a new model and effects out. No clock, no I/O.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

/// Folds one event into the model and says what is to be done about it.
package func update(_ model: inout Model, _ event: Event) -> [Effect] {
    let effects = model.handle(event)
    guard model.isStale || model.hasMoved else { return effects + model.askForData() }
    if model.isStale { model.refreshRows() } else { model.refreshSelection() }
    return effects + model.askForData() + model.askForRights()
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
        case .wallClock(let ahead):
            wallClockAhead = ahead
            return []
        case .notice(let text, let isError):
            toast(text, isError: isError)
            return []
        case .contexts(let names, let current, let safeguards):
            if current != currentContext { forgetCluster() }
            contexts = names
            currentContext = current
            (options.readOnly, options.isProduction) = (safeguards.readOnly, safeguards.isProduction)
            return []
        case .rollouts(let fresh, let notes):
            (rollouts, rolloutNotes) = (fresh, notes)
            return []
        case .rights(let fresh):
            rights[fresh.namespace] = fresh
            return []
        case .data(let answer, let request): return take(answer, of: request)
        case .preview(let result, let request): return received(result, of: request)
        case .edited(let result, let request): return received(result, of: request)
        case .moment(let now):
            pace.passed(now)
            return onTop { window, _ in window.passed(now) }
        case .presented(let now):
            let hasRoom = hasRoom
            return onTop { window, _ in
                window.presented(now, hasRoom: hasRoom)
                return .stay
            }
        case .progress(let planID, let progress): return received(progress, of: planID)
        case .paste(let text): return paste(text)
        case .key(let key):
            pace.key()
            return onTop { window, _ in window.keyCame() } + press(key)
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
        chosen = nil
        (rollouts, rolloutNotes) = ([], [])
        (windows, input) = ([], nil)
        rights = [:]
        rightsAsked = []
        rowsFrom = nil
        graph = GraphState()
        for index in panes.indices {
            panes[index].rows = []
            panes[index].key = nil
            panes[index].mark = .none
            panes[index].cursor = 0
            panes[index].top = 0
        }
        isStale = true
    }

    private mutating func tick(_ time: Timestamp) -> [Effect] {
        now = time
        ageSources()
        toasts.removeAll { $0.until.map { $0 < time } ?? false }
        for index in toasts.indices where toasts[index].until == nil {
            toasts[index].until = time + (toasts[index].isError ? 12 : 5)
        }
        if options.wall {
            if let next = cycleAt, next <= time {
                turnPages()
                let order = registry.panes.filter(\.takesTurns).map(\.name)
                lookedAt = order[((order.firstIndex(of: lookedAt) ?? 0) + 1) % order.count]
                if Layout.fitting(size) == nil {
                    let panes = registry.panes
                    focus = panes[(registry.place(of: focus) + 1) % panes.count].name
                }
                cycleAt = time + 15
                isStale = true
            } else if cycleAt == nil {
                cycleAt = time + 15
            }
        }
        return followed
    }

    /// A source without news is stale, whatever the engine believed when it last said something: it may hang itself.
    private mutating func ageSources() {
        guard !paused, let sources = snapshot?.sources else { return }
        for (place, source) in sources.enumerated() where source.state == .ok || source.state == .slow {
            guard let asOf = source.asOf, let clock, clock - asOf > options.silenceSeconds else { continue }
            snapshot?.sources[place].state = .stale
            snapshot?.sources[place].detail = "no news since \(asOf.clock)"
            isStale = true
        }
    }

    /// Nobody scrolls a wall screen: every pane shows its next rows, and begins again after the last.
    private mutating func turnPages() {
        for place in ScreenLayout(self).places {
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

    private mutating func paste(_ text: String) -> [Effect] {
        let line = SafeText.line(text, limit: 1000)
        if var input {
            input.field.insert(line)
            self.input = input
            if input.kind == .filter { setFilter(input.field.text) }
            return []
        }
        var isTaken = false
        _ = onTop { window, _ in
            isTaken = window.paste(line)
            return .stay
        }
        // Pasted text never works as keys.
        if !isTaken { toast("pasted text is ignored here; open : or / first") }
        return []
    }
}
