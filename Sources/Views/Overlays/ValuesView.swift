// Draws the form that asks for values.

internal import Actions

enum ValuesView {
    static func draw(_ frame: inout Frame, _ form: ValuesForm) {
        let titles = form.template.fields.map(\.title)
        let label = (titles.map { CharacterWidth.of($0) }.max() ?? 10) + 2
        let inside = OverlayRenderer.box(
            &frame, title: "\(form.template.title): \(form.target.kind) \(form.target.namespace)/\(form.target.name)",
            lines: titles.count + 1, width: max(66, label + 24))
        for (index, title) in titles.enumerated() where form.fields.indices.contains(index) {
            if index == form.row {
                OverlayRenderer.draw(&frame, form.fields[index], inside, index, label: title.padded(label))
            } else {
                OverlayRenderer.put(&frame, inside, index, title.padded(label) + form.fields[index].text, .text)
            }
        }
        OverlayRenderer.put(&frame, inside, titles.count, "enter shows what would change", Style(.muted))
    }
}
