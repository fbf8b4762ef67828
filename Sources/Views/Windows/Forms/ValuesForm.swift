// The form of a verb that asks for a few values of a workload.

internal import Actions
internal import MeshModel

struct ValuesForm: Window {
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

    private mutating func move(_ step: Int) {
        if !fields.isEmpty { row = (row + step + fields.count) % fields.count }
    }

    // MARK: The window

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String { "tab next field   enter preview   esc cancel" }

    mutating func paste(_ text: String) -> Bool {
        if fields.indices.contains(row) { fields[row].insert(text) }
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape: return .close
        case .up, .backTab: move(-1)
        case .down, .tab: move(1)
        case .enter:
            let request = PlanRequest.workload(template, target, values: values)
            let words = "\(template.title) of \(target.name)"
            return .stay { $0.plan(request, words) }
        default: if fields.indices.contains(row) { _ = fields[row].handle(key) }
        }
        return .stay
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let titles = template.fields.map(\.title)
        let label = (titles.map { CharacterWidth.of($0) }.max() ?? 10) + 2
        let inside = WindowBox.draw(
            &frame, title: "\(template.title): \(target.kind) \(target.namespace)/\(target.name)",
            lines: titles.count + 1, width: max(66, label + 24))
        for (index, title) in titles.enumerated() where fields.indices.contains(index) {
            if index == row {
                WindowBox.draw(&frame, fields[index], inside, index, label: title.padded(label))
            } else {
                WindowBox.put(&frame, inside, index, title.padded(label) + fields[index].text, .text)
            }
        }
        WindowBox.put(&frame, inside, titles.count, "enter shows what would change", Style(.muted))
    }
}
