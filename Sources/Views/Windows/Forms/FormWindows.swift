// The windows of forms that are more than a few fields, by the name that a verb's form gives.

internal import Actions
internal import MeshModel

enum FormWindows {
    typealias Opening = @Sendable (inout Model, Verb, Selection) -> [Effect]

    static let all: [VerbForm.Window: Opening] = [
        .weights: { model, verb, selection in
            guard let route = VerbTable.route(for: selection, model.verbContext), var editor = WeightsEditor(route)
            else {
                model.toast("\(verb.title): no route with several destinations is selected", isError: true)
                return []
            }
            editor.owner = model.owner(of: editor.route)
            model.open(editor)
            return []
        },
        .replicas: { model, verb, selection in
            guard let target = verb.target(selection, model.verbContext) else { return [] }
            let workload = model.snapshot?.workload(target)
            model.open(
                ReplicasEditor(
                    target: target, current: workload?.desired, ready: workload?.ready,
                    field: TextField(workload?.desired.map(String.init) ?? "", isSelected: true),
                    autoscaler: workload?.autoscaler))
            return []
        },
        .policy: { model, _, selection in
            guard let id = VerbTable.service(for: selection, model.verbContext) else { return [] }
            model.open(PolicyForm(service: id, request: model.ask()))
            return []
        },
        .file: { model, _, _ in
            model.open(FileForm())
            return []
        },
        .editor: { model, verb, selection in
            verb.target(selection, model.verbContext).map { model.read($0) } ?? []
        },
    ]
}
