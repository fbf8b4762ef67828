// What the keys of the form that asks for values do.

internal import Actions
internal import MeshModel

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
