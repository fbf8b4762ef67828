// The form of a verb that asks for a few values of a workload.

internal import Actions
internal import MeshModel

struct ValuesForm: Sendable {
    var template: WorkloadTemplate
    var target: ObjectReference
    var fields: [TextField]
    var row = 0

    /// What is known of the autoscaler now stands in its fields, to be typed over.
    init(_ template: WorkloadTemplate, _ target: ObjectReference, autoscaler: WorkloadSummary.Autoscaler? = nil) {
        self.template = template
        self.target = target
        let present = ["min": autoscaler?.minimum, "max": autoscaler?.maximum]
        fields = template.fields.map { field in
            TextField((present[field.key] ?? nil).map(String.init) ?? field.standard, isSelected: true)
        }
    }

    /// What was typed; an empty field leaves the value to the planner.
    var values: [String: String] {
        var values: [String: String] = [:]
        for (field, text) in zip(template.fields, fields) where !text.text.isEmpty { values[field.key] = text.text }
        return values
    }

    mutating func insert(_ text: String) {
        if fields.indices.contains(row) { fields[row].insert(text) }
    }

    mutating func move(_ step: Int) {
        if !fields.isEmpty { row = (row + step + fields.count) % fields.count }
    }
}

extension Model {
    /// The values of a workload's verb: asked for, or planned at once where nothing needs to be asked.
    mutating func begin(_ template: WorkloadTemplate, _ target: ObjectReference) -> [Effect] {
        guard template.asks else {
            return plan(.workload(template, target), "\(template.title) of \(target.name)")
        }
        let workload = snapshot?.workloads.first {
            $0.namespace == target.namespace && $0.kind == target.kind && $0.name == target.name
        }
        overlay = .values(ValuesForm(template, target, autoscaler: workload?.autoscaler))
        return []
    }

    mutating func press(_ key: Key, _ form: ValuesForm) -> [Effect] {
        var form = form
        switch key {
        case .escape:
            overlay = nil
            return []
        case .up, .backTab: form.move(-1)
        case .down, .tab: form.move(1)
        case .enter:
            return plan(
                .workload(form.template, form.target, values: form.values),
                "\(form.template.title) of \(form.target.name)")
        default: if form.fields.indices.contains(form.row) { _ = form.fields[form.row].handle(key) }
        }
        overlay = .values(form)
        return []
    }
}

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
