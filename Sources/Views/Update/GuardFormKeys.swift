// What the keys of a guarded shift's form do.

internal import Actions
internal import Base

extension Model {
    mutating func press(_ key: Key, _ form: GuardForm) -> [Effect] {
        var form = form
        switch key {
        case .escape:
            overlay = .weights(form.editor)
            return []
        case .up, .backTab: form.row = (form.row + form.fields.count - 1) % form.fields.count
        case .down, .tab: form.row = (form.row + 1) % form.fields.count
        case .enter:
            do throws(MeshTopError) {
                let settings = try form.settings
                overlay = .guardForm(form)
                return plan(
                    .startGuarded(form.editor.guardTarget, settings), "guarded shift of \(form.editor.route.name)")
            } catch {
                form.error = error.description
            }
        default:
            _ = form.fields[form.row].handle(key)
            form.error = nil
        }
        overlay = .guardForm(form)
        return []
    }
}
