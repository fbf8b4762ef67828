// What lies over the panes: one box in the middle of the screen with lines in it.

internal import Actions
internal import MeshModel

enum OverlayRenderer {
    static func draw(_ frame: inout Frame, _ model: Model) {
        guard let overlay = model.overlay else { return }
        if overlay.needsRoom, !model.hasRoom {
            let text = "too small: 40×10 or esc"
            let area = Area(row: frame.size.rows / 2, column: 0, rows: 1, columns: frame.size.columns)
            frame.fill(area)
            frame.put(text.fitted(area.columns), row: area.row, column: 0, style: Style(.warning))
            return
        }
        switch overlay {
        case .menu(let menu): draw(&frame, menu)
        case .weights(let editor): WeightsView.draw(&frame, editor, ascii: model.options.ascii)
        case .guardForm(let form): GuardFormView.draw(&frame, form)
        case .rollouts(let screen): RolloutsPane.draw(&frame, screen, model)
        case .replicas(let editor): draw(&frame, editor)
        case .policy(let form): draw(&frame, form)
        case .values(let form): ValuesView.draw(&frame, form)
        case .file(let field):
            let inside = box(&frame, title: "Apply files", lines: 2, width: 74)
            put(
                &frame, inside, 0, "YAML file or folder (-R behind it: and its folders); the server tries all first.",
                Style(.muted))
            draw(&frame, field, inside, 1, label: "file  ")
        case .confirm(let question):
            let lines = question.lines.flatMap { PreviewLines.wrapped($0, max(20, min(100, frame.size.columns - 8))) }
            let inside = box(
                &frame, title: question.title, lines: lines.count,
                width: max(40, lines.map { CharacterWidth.of($0) }.max() ?? 0))
            for (row, line) in lines.enumerated() { put(&frame, inside, row, line, .text) }
        case .planning(let waiting):
            let inside = box(&frame, title: "One moment", lines: 1, width: CharacterWidth.of(waiting.text) + 6)
            put(&frame, inside, 0, waiting.text + "…", .text)
        case .preview(let state): PreviewView.draw(&frame, state, model)
        case .document(let document): draw(&frame, document)
        case .log(let log): LogView.draw(&frame, log)
        }
    }

    /// A document of sentences: long lines are broken to fit the screen.
    private static func wrapped(_ document: Document, _ width: Int) -> [String] {
        guard document.wraps else { return document.lines }
        return document.lines.flatMap { PreviewLines.wrapped($0, width) }
    }

    /// A cleared, framed box in the middle; returns what is inside.
    static func box(_ frame: inout Frame, title: String, lines: Int, width: Int, style: Style = Style(.focusedBorder))
        -> Area
    {
        let columns = min(frame.size.columns, max(width + 4, CharacterWidth.of(title) + 8))
        let rows = min(frame.size.rows, lines + 2)
        let area = Area(
            row: max(0, (frame.size.rows - rows) / 2), column: max(0, (frame.size.columns - columns) / 2), rows: rows,
            columns: columns)
        frame.fill(area)
        guard rows >= 3, columns >= 10 else { return area }
        Box.draw(&frame, area, title: title, style: style, titleStyle: style)
        return Area(row: area.row + 1, column: area.column + 2, rows: rows - 2, columns: columns - 4)
    }

    static func put(_ frame: inout Frame, _ inside: Area, _ row: Int, _ text: String, _ style: Style) {
        guard row >= 0, row < inside.rows else { return }
        frame.put(
            text.fitted(inside.columns), row: inside.row + row, column: inside.column, style: style,
            limit: inside.columns)
    }

    static func draw(_ frame: inout Frame, _ field: TextField, _ inside: Area, _ row: Int, label: String) {
        guard row < inside.rows else { return }
        put(&frame, inside, row, label, .text)
        let start = CharacterWidth.of(label)
        let room = max(1, inside.columns - start)
        let shown = String(field.text.suffix(room - 1)).padded(room)
        frame.put(shown, row: inside.row + row, column: inside.column + start, style: Style(.input), limit: room)
        let cursor = min(room - 1, max(0, field.cursor - max(0, field.characters.count - (room - 1))))
        frame.cursor = Frame.Position(row: inside.row + row, column: inside.column + start + cursor)
    }

    private static func draw(_ frame: inout Frame, _ menu: Menu) {
        let labels = menu.items.map { CharacterWidth.of($0.label) }.max() ?? 10
        let details = menu.items.map { CharacterWidth.of($0.disabled.map { "✗ \($0)" } ?? $0.detail) }.max() ?? 0
        let heading = menu.filter == nil ? 0 : 1
        let inside = box(
            &frame, title: menu.title, lines: heading + max(1, menu.items.count), width: labels + 2 + details)
        if let filter = menu.filter { draw(&frame, filter, inside, 0, label: "/") }
        let items = menu.shown
        if items.isEmpty {
            let text = menu.items.isEmpty ? "nothing to choose from" : "nothing matches; esc clears the filter"
            put(&frame, inside, heading, text, Style(.muted))
        }
        let rows = inside.rows - heading
        let top = max(0, min(menu.cursor - rows / 2, items.count - rows))
        for row in 0..<max(0, rows) {
            guard items.indices.contains(top + row) else { break }
            let item = items[top + row]
            let isHere = top + row == menu.cursor
            // Of long names the end tells them apart.
            let label = item.label.fittedBothEnds(max(8, inside.columns - 2 - min(details, 24)))
            let text =
                label.padded(min(labels, inside.columns - 2) + 2) + (item.disabled.map { "✗ \($0)" } ?? item.detail)
            let style = isHere ? Style(.selected) : item.disabled != nil ? Style(.disabled) : .text
            put(&frame, inside, heading + row, text.padded(inside.columns), style)
        }
    }

    private static func draw(_ frame: inout Frame, _ editor: ReplicasEditor) {
        var lines = [CellText("now \(Numbers.count(editor.current)), ready \(Numbers.count(editor.ready))", .muted)]
        if let hpa = editor.autoscaler {
            lines.append(
                CellText(
                    "HPA \(hpa.name) keeps it between \(hpa.minimum) and \(hpa.maximum) and will undo other counts",
                    .warning))
            if let move = editor.move {
                lines.append(
                    CellText(
                        editor.movesBounds
                            ? "[x] HPA \(move.offer) in the same change; m leaves it"
                            : "[ ] m: also move HPA \(move.offer), in the same change"))
            }
        }
        if let error = editor.error { lines.append(CellText(error, .error)) }
        let inside = box(
            &frame, title: "Scale \(editor.target.kind) \(editor.target.namespace)/\(editor.target.name)",
            lines: lines.count + 1,
            width: 66)
        draw(&frame, editor.field, inside, 0, label: "replicas  ")
        for (row, line) in lines.enumerated() { put(&frame, inside, row + 1, line.text, line.style) }
    }

    private static func draw(_ frame: inout Frame, _ form: PolicyForm) {
        let fields = form.chosen.fields
        let inside = box(
            &frame, title: "Policy for \(form.service.namespace)/\(form.service.name)", lines: fields.count + 3,
            width: max(66, CharacterWidth.of(form.origin), CharacterWidth.of(form.reason ?? "")))
        let label = (fields.map { CharacterWidth.of($0.title) }.max() ?? 10) + 2
        put(
            &frame, inside, 0, "  " + "Policy".padded(label) + "‹ \(form.chosen.title) ›",
            form.row == 0 ? Style(.selected) : .text)
        for (index, field) in fields.enumerated() {
            let text = form.values[form.template][index]
            // What is sent has a mark, so that a screen without colours tells it from a proposal.
            let mark = form.isChosen(index) ? "* " : form.isProposal(index) ? "? " : "  "
            let title = mark + field.title.padded(label)
            let style = form.isProposal(index) ? Style(.muted) : .text
            if !field.choices.isEmpty {
                put(
                    &frame, inside, index + 1, title + "‹ \(text.text.isEmpty ? "not set" : text.text) ›",
                    form.row == index + 1 ? Style(.selected) : style)
            } else if form.row == index + 1 {
                draw(&frame, text, inside, index + 1, label: title)
            } else {
                put(&frame, inside, index + 1, title + text.text, style)
            }
        }
        put(&frame, inside, fields.count + 1, form.reason ?? form.origin, Style(.muted))
        put(
            &frame, inside, fields.count + 2,
            form.error ?? (form.spaceToggles ? "space switches it on and off, " : "")
                + "enter shows what would change (* is sent, ? is only proposed)",
            Style(form.error == nil ? .muted : .error))
    }

    private static func draw(_ frame: inout Frame, _ document: Document) {
        let lines = wrapped(document, max(20, frame.size.columns - 8))
        let width = min(frame.size.columns - 4, max(60, lines.map(CharacterWidth.of).max() ?? 0))
        let inside = box(
            &frame, title: document.title, lines: max(1, min(lines.count, frame.size.rows - 4)), width: width)
        let top = max(0, min(document.scroll, lines.count - inside.rows))
        for row in 0..<inside.rows {
            guard lines.indices.contains(top + row) else { break }
            put(&frame, inside, row, String(lines[top + row].dropFirst(document.sideways)), .text)
        }
    }
}
