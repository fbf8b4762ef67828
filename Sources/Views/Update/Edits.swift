// An object in the operator's editor: opened, judged, planned, and its text never lost.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

extension Model {
    mutating func read(_ object: ObjectReference) -> [Effect] {
        wait("reading \(object.kind) \(object.namespace)/\(object.name) for your editor", for: .edit(object))
        return []
    }

    /// `:edit KIND/NAME [NAMESPACE]`
    mutating func edit(_ argument: String) -> [Effect] {
        if let readOnlyReason {
            toast("Edit: read-only: \(readOnlyReason)", isError: true)
            return []
        }
        let words = argument.split(separator: " ").map(String.init)
        guard words.count <= 2, let word = words.first.flatMap(ObjectWord.init) else {
            toast("edit takes KIND/NAME and a namespace, e.g. :edit virtualservice/reviews shop", isError: true)
            return []
        }
        var namespace = words.count > 1 ? words[1] : service?.namespace ?? "default"
        if words.count == 1, let scope = snapshot?.scope, case .some(let names) = scope, names.count == 1 {
            namespace = names[0]
        }
        return read(ObjectReference(kind: word.type, namespace: namespace, name: word.name))
    }

    /// An object was read for the editor.
    mutating func received(_ result: Result<ObjectEdit, MeshTopError>) -> [Effect] {
        let tried = edit
        edit = nil
        switch result {
        case .success(let edit):
            wait("in your editor: \(edit.object.kind) \(edit.object.namespace)/\(edit.object.name)")
            return [.openEditor(edit)]
        case .failure(let error):
            toast(error.description, isError: true)
            return tried.map { [.keepEdit($0)] } ?? []
        }
    }

    mutating func received(_ result: EditResult, of request: RequestID) -> [Effect] {
        guard awaited == request else {
            // Another context was entered meanwhile: the text is kept, and no plan is made of it there.
            switch result {
            case .changed(let edit), .unreadable(let edit, _): return [.keepEdit(edit)]
            case .unchanged, .failed: return []
            }
        }
        close()
        switch result {
        case .unchanged: toast("nothing changed, nothing was sent")
        case .changed(let changed):
            edit = changed
            wait("planning the edit of \(changed.object.name); the server tries it first")
            return [.plan(.edit(changed))]
        case .unreadable(let edit, let error): return ask(edit, error)
        case .failed(let error): toast(error.description, isError: true)
        }
        return []
    }

    /// The text cannot become a change as it is: another try, or a file.
    mutating func ask(_ edit: ObjectEdit, _ error: MeshTopError) -> [Effect] {
        open(
            Confirm(
                title: "Edit again?",
                lines: [
                    "✖ \(error.description)", "", "y opens the editor on your text, esc keeps the text in a file.",
                ],
                effect: .openEditor(edit), otherwise: .keepEdit(edit), waiting: "in your editor"))
        return []
    }

    /// Another try after the preview. What was refused is tried on the object as it is now.
    mutating func again(_ edit: ObjectEdit, _ state: PreviewWindow) -> [Effect] {
        guard state.sent || state.preview.refusal != nil else {
            wait("in your editor")
            return [.discardPlan(planID: state.preview.planID), .openEditor(edit)]
        }
        wait("in your editor", for: .renewedEdit(edit))
        if state.sent { return [] }
        // Not in a file yet: it is put there when this try comes to nothing.
        self.edit = edit
        return [.discardPlan(planID: state.preview.planID)]
    }

    /// What was not taken by the cluster is kept in a file.
    mutating func settleEdit(_ progress: ChangeProgress, of planID: String) -> [Effect] {
        guard progress.isFinal, let edit = sentEdits.removeValue(forKey: planID) else { return [] }
        if case .failed = progress { return [.keepEdit(edit)] }
        return []
    }
}
