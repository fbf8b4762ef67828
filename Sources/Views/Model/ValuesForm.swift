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
