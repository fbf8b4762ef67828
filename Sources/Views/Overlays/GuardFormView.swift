// Draws the form of a guarded shift.

internal import Actions

enum GuardFormView {
    static func draw(_ frame: inout Frame, _ form: GuardForm) {
        let label = (GuardForm.titles.map { CharacterWidth.of($0) }.max() ?? 10) + 2
        let route = form.editor.route
        let inside = OverlayRenderer.box(
            &frame,
            title: "Guarded shift of \(route.kind) \(route.namespace)/\(route.name) to \(form.editor.canaryName)",
            lines: GuardForm.titles.count + 2, width: 96)
        for (index, title) in GuardForm.titles.enumerated() {
            if index == form.row {
                OverlayRenderer.draw(&frame, form.fields[index], inside, index, label: title.padded(label))
            } else {
                let text = form.fields[index].text
                OverlayRenderer.put(
                    &frame, inside, index, title.padded(label) + (text.isEmpty ? "–" : text),
                    text.isEmpty ? Style(.muted) : .text)
            }
        }
        let last = GuardForm.titles.count
        OverlayRenderer.put(&frame, inside, last, GuardForm.hints[form.row], Style(.muted))
        OverlayRenderer.put(
            &frame, inside, last + 1, form.error ?? "enter shows what would be done; nothing starts before you say yes",
            Style(form.error == nil ? .muted : .error))
    }
}
