// Draws a pane's frame and hands its inside to the pane; knows how many rows each pane can show.

internal import Kube
internal import MeshModel

enum PaneRenderer {
    static func draw(_ frame: inout Frame, _ place: ScreenLayout.Place, _ model: Model) {
        let isFocused = place.pane == model.focus
        let state = model[place.pane]
        let pane = model.registry[place.pane]
        var title = "\(model.registry.number(of: place.pane)) \(pane.title)\(pane.titleNote(model))"
        if let unread = model.snapshot?.unread(pane.kinds), let first = unread.first {
            title += " ✖ \(first.kind)\(unread.count > 1 ? " +\(unread.count - 1)" : "") not read"
        }
        if let gap = model.snapshot.flatMap({ pane.gaps($0).first }) { title += " ▲ \(gap)" }
        if isFocused, !model.options.wall, let absence = model.absence(in: place.pane) { title += " · \(absence)" }
        if place.area.rows >= 6, place.area.columns >= 20 {
            Box.draw(
                &frame, place.area, title: title, note: note(pane, model, isFocused),
                style: Style(isFocused ? .focusedBorder : .border),
                titleStyle: Style(isFocused ? .focusedBorder : .title))
        } else {
            frame.put(
                title.fitted(place.area.columns), row: place.area.row, column: place.area.column,
                style: Style(isFocused ? .focusedBorder : .title))
        }
        let inside = ScreenLayout.inside(place.area)
        guard inside.rows > 0, inside.columns > 0 else { return }
        guard let snapshot = model.snapshot else {
            frame.put(
                "nothing has been read yet", row: inside.row, column: inside.column + 1, style: Style(.muted),
                limit: max(0, inside.columns - 1))
            return
        }
        if state.rows.isEmpty, !pane.drawsWithoutRows {
            drawEmpty(&frame, inside, pane, snapshot, state)
        } else {
            pane.draw(&frame, inside, model, snapshot, isFocused)
        }
    }

    /// The age of what the pane shows, whenever it is not fresh.
    private static func note(_ pane: any Pane, _ model: Model, _ isFocused: Bool) -> String {
        guard let snapshot = model.snapshot else { return "" }
        for name in pane.sources {
            guard let source = snapshot.source(name), source.state != .ok, source.state != .starting else { continue }
            if name == .envoy, source.state == .absent { continue }
            let age = Header.age(source, model).map { ", \($0) old" } ?? ""
            return "\(Names.source(name)) \(source.state.rawValue)\(age)"
        }
        // The verbs act on something that is no row of this pane: what it is.
        if isFocused, !model.options.wall, let chosen = model.chosen {
            if !pane.isOnSelection(model), model.absence(in: pane.name) == nil { return "selected: \(chosen.title)" }
        }
        return ""
    }

    private static func isReading(_ pane: any Pane, _ snapshot: MeshSnapshot) -> Bool {
        if !pane.needsEveryKind { return false }
        let wanted = pane.kinds
        return snapshot.kinds.isEmpty || snapshot.kinds.contains { wanted.contains($0.kind) && $0.state == .starting }
    }

    private static func drawEmpty(
        _ frame: inout Frame, _ inside: Area, _ pane: any Pane, _ snapshot: MeshSnapshot, _ state: PaneState
    ) {
        var lines: [String] = []
        if !state.filter.isEmpty {
            lines = ["nothing matches /\(state.filter); esc clears it"]
        } else {
            let kinds = pane.kinds
            let what = pane.rowWords
            let place = Names.scope(snapshot.scope) == "all" ? "any namespace" : Names.scope(snapshot.scope)
            lines =
                isReading(pane, snapshot)
                ? ["reading…"]
                : [snapshot.unread(kinds).isEmpty ? "no \(what) in \(place)" : "no \(what) known in \(place)"]
            for kind in snapshot.kinds where kinds.contains(kind.kind) && kind.state != .ok {
                // A kind that is not there has no findings, as it should.
                if !pane.needsEveryKind, kind.state == .absent { continue }
                lines.append("\(kind.kind): \(kind.state.rawValue)  \(kind.detail)")
            }
            lines += pane.gaps(snapshot)
        }
        for (offset, line) in lines.prefix(inside.rows).enumerated() {
            frame.put(
                line.fitted(inside.columns - 1), row: inside.row + offset, column: inside.column + 1,
                style: Style(.muted))
        }
    }

    /// Rows of the list that fit; the heading and what a pane shows below its list are taken off.
    static func visibleRows(_ place: ScreenLayout.Place, _ model: Model) -> Int {
        model.registry[place.pane].listRows(ScreenLayout.inside(place.area))
    }

    /// The row of the list under a line of the screen.
    static func row(at line: Int, _ place: ScreenLayout.Place, _ model: Model) -> Int? {
        let inside = ScreenLayout.inside(place.area)
        let offset = line - inside.row - 1
        guard offset >= 0, offset < visibleRows(place, model) else { return nil }
        let row = model[place.pane].top + offset
        return model[place.pane].rows.indices.contains(row) ? row : nil
    }
}
