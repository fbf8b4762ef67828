// What comes back of a change: its preview, and how far it has come.

internal import Actions
internal import Base

extension Model {
    mutating func received(_ result: Result<ChangePreview, MeshTopError>, of request: RequestID) -> [Effect] {
        switch result {
        case .success(let preview):
            // An operator who went on meanwhile is not interrupted by a question, nor asked another one.
            guard awaited == request else { return [.discardPlan(planID: preview.planID)] }
            close()
            while let window, !window.staysUnderPreview { close() }
            open(PreviewWindow(preview: preview, edit: edit))
            edit = nil
        case .failure(let error):
            guard awaited == request else { return [] }
            close()
            if let edit {
                self.edit = nil
                return ask(edit, error)
            }
            // The form is seen again with what was typed, so that the next key does not land on the panes.
            toast(error.description, isError: true)
        }
        return []
    }

    mutating func received(_ progress: ChangeProgress, of planID: String) -> [Effect] {
        if var preview = window as? PreviewWindow, preview.sent, preview.preview.planID == planID {
            preview.progress.append(progress)
            windows[windows.count - 1] = preview
            return settleEdit(progress, of: planID)
        }
        // The window was closed while the change was on its way.
        switch progress {
        case .verified(let text): toast("verified: \(text)")
        case .unverified(let text): toast("not verified: \(text)", isError: true)
        case .rolledBack(let why): toast("rolled back: \(why)", isError: true)
        case .left(let text): toast(text)
        case .failed(let error): toast(error.description, isError: true)
        case .stopped(let change):
            for line in change.lines { toast(line, isError: true) }
        case .sending, .applied, .verifying: break
        }
        return settleEdit(progress, of: planID)
    }
}
