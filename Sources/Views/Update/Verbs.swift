// From a verb to its form, from the form to a plan, and from the preview to the change.

internal import Actions
internal import MeshModel

extension Model {
    /// Opens a verb's form for what is selected, or says why it cannot be used. Where the selection stands for several
    /// things that the verb could be for, the operator says which.
    mutating func begin(_ verb: Verb) -> [Effect] {
        let (selection, context) = (selection, verbContext)
        if verb.needsTarget, let chosen, isSelectionGone {
            toast("\(verb.title): \(chosen.title) is not there any more; move the cursor to select", isError: true)
            return []
        }
        let candidates = verb.candidates(selection, context).filter { verb.target($0, context) != nil }
        guard candidates.count > 1 else { return begin(verb, for: selection) }
        open(
            Menu(
                title: "\(verb.title): which one?",
                items: candidates.map { candidate in
                    .init(label: candidate.title) { $0.begin(verb, for: candidate) }
                }))
        return []
    }

    mutating func begin(_ verb: Verb, for selection: Selection) -> [Effect] {
        if let reason = verb.disabledReason(selection, verbContext) {
            // What is missed may be there and not read.
            let isMissed = verb.needsTarget && verb.target(selection, verbContext) == nil
            let kinds =
                verb.id == VerbTable.shift.id ? MeshSnapshot.routeKinds : MeshSnapshot.workloadKinds + ["Service"]
            toast("\(verb.title): \(reason)\(isMissed ? snapshot?.gap(kinds) ?? "" : "")", isError: true)
            return []
        }
        switch verb.form {
        case .weights:
            guard let route = VerbTable.route(for: selection, verbContext), var editor = WeightsEditor(route) else {
                toast("\(verb.title): no route with several destinations is selected", isError: true)
                return []
            }
            editor.owner = owner(of: editor.route)
            open(editor)
        case .replicas:
            guard let target = verb.target(selection, verbContext) else { return [] }
            let workload = snapshot?.workloads.first {
                $0.namespace == target.namespace && $0.kind == target.kind && $0.name == target.name
            }
            open(
                ReplicasEditor(
                    target: target, current: workload?.desired, ready: workload?.ready,
                    field: TextField(workload?.desired.map(String.init) ?? "", isSelected: true),
                    autoscaler: workload?.autoscaler))
        case .restart:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return plan(.restart(target), "restart of \(target.name)")
        case .policy:
            guard let id = VerbTable.service(for: selection, verbContext) else { return [] }
            open(PolicyForm(service: id, request: ask()))
        case .file: open(FileForm())
        case .fix:
            guard let target = verb.target(selection, verbContext), case .finding(let finding) = selection,
                let fix = finding.mending
            else { return [] }
            return plan(.fix(target, fix), "a fix of \(target.name)")
        case .stats:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return plan(.exposeStats(target), "an annotation of \(target.name)")
        case .undo: return plan(.undo(nil, overDrift: true), "undo of the last change")
        case .workload(let template):
            guard let target = verb.target(selection, verbContext) else { return [] }
            return begin(template, target)
        case .delete:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return plan(.delete(target), "deletion of \(target.name)")
        case .edit:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return read(target)
        }
        return []
    }

    /// The values of a workload's verb: asked for, or planned at once where nothing needs to be asked.
    private mutating func begin(_ template: WorkloadTemplate, _ target: ObjectReference) -> [Effect] {
        guard template.asks else {
            return plan(.workload(template, target), "\(template.title) of \(target.name)")
        }
        let workload = snapshot?.workloads.first {
            $0.namespace == target.namespace && $0.kind == target.kind && $0.name == target.name
        }
        open(ValuesForm(template, target, autoscaler: workload?.autoscaler))
        return []
    }

    mutating func plan(_ request: PlanRequest, _ words: String) -> [Effect] {
        wait("planning \(words); the server tries it first")
        return [.plan(request)]
    }
}
