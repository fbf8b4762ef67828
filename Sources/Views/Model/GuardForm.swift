// The form that starts a guarded shift: what the command line's flags set, in fields.

internal import Actions
internal import Base

struct GuardForm: Sendable {
    var editor: WeightsEditor
    var fields: [TextField]
    var row = 0
    var error: String?

    static let titles = [
        "Steps, %", "Hold at, %", "Time at each step, s", "Requests at each step", "Error ratio below, share",
        "p99 below, ms", "Condition", "Another condition",
    ]
    static let hints = [
        "its weights, one after the other; the last is where it ends", "waits there for you, e.g. 25; empty: nowhere",
        "at least", "of the canary, at least", "e.g. 0.01; empty: only compared with stable",
        "e.g. 300; empty: only compared with stable", "PROMQL <= 0.5, must hold; empty: none", "",
    ]

    init(_ editor: WeightsEditor) {
        self.editor = editor
        let input = GuardInput.standard(above: editor.canaryWeight)
        fields = [input.steps, input.hold, input.stepSeconds, input.stepRequests, "", "", "", ""].map {
            TextField($0, isSelected: true)
        }
    }

    var settings: GuardSettings {
        get throws(MeshTopError) {
            var input = GuardInput()
            (input.steps, input.hold) = (fields[0].text, fields[1].text)
            (input.stepSeconds, input.stepRequests) = (fields[2].text, fields[3].text)
            (input.maxErrors, input.maxP99Milliseconds) = (fields[4].text, fields[5].text)
            input.conditions = [fields[6].text, fields[7].text].map { $0.trimmingSpace() }
            return try input.settings()
        }
    }

    mutating func insert(_ text: String) {
        if fields.indices.contains(row) { fields[row].insert(text) }
        error = nil
    }
}

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

enum GuardFormView {
    static func draw(_ frame: inout Frame, _ form: GuardForm) {
        let label = (GuardForm.titles.map { CharacterWidth.of($0) }.max() ?? 10) + 2
        let route = form.editor.route
        let inside = OverlayRenderer.box(
            &frame,
            title: "Guarded shift of \(route.kind) \(route.namespace)/\(route.name) to \(form.editor.canaryName)",
            lines: GuardForm.titles.count + 2, width: 96)
        for (index, title) in GuardForm.titles.enumerated() {
            if index == form.row {
                OverlayRenderer.draw(&frame, form.fields[index], inside, index, label: title.padded(label))
            } else {
                let text = form.fields[index].text
                OverlayRenderer.put(
                    &frame, inside, index, title.padded(label) + (text.isEmpty ? "–" : text),
                    text.isEmpty ? Style(.muted) : .text)
            }
        }
        let last = GuardForm.titles.count
        OverlayRenderer.put(&frame, inside, last, GuardForm.hints[form.row], Style(.muted))
        OverlayRenderer.put(
            &frame, inside, last + 1, form.error ?? "enter shows what would be done; nothing starts before you say yes",
            Style(form.error == nil ? .muted : .error))
    }
}
