// The form that starts a guarded shift: what the command line's flags set, in fields.

internal import Actions
internal import Base

struct GuardForm: Window {
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

    // MARK: The window

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String { "tab next field   enter preview   esc back to the weights" }

    mutating func paste(_ text: String) -> Bool {
        fields[row].insert(text)
        error = nil
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape: return .close
        case .up, .backTab: row = (row + fields.count - 1) % fields.count
        case .down, .tab: row = (row + 1) % fields.count
        case .enter:
            do throws(MeshTopError) {
                let (settings, editor) = (try settings, editor)
                return .stay {
                    $0.plan(.startGuarded(editor.guardTarget, settings), "guarded shift of \(editor.route.name)")
                }
            } catch {
                self.error = error.description
            }
        default:
            _ = fields[row].handle(key)
            error = nil
        }
        return .stay
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let label = (Self.titles.map { CharacterWidth.of($0) }.max() ?? 10) + 2
        let route = editor.route
        let inside = WindowBox.draw(
            &frame,
            title: "Guarded shift of \(route.kind) \(route.namespace)/\(route.name) to \(editor.canaryName)",
            lines: Self.titles.count + 2, width: 96)
        for (index, title) in Self.titles.enumerated() {
            if index == row {
                WindowBox.draw(&frame, fields[index], inside, index, label: title.padded(label))
            } else {
                let text = fields[index].text
                WindowBox.put(
                    &frame, inside, index, title.padded(label) + (text.isEmpty ? "–" : text),
                    text.isEmpty ? Style(.muted) : .text)
            }
        }
        let last = Self.titles.count
        WindowBox.put(&frame, inside, last, Self.hints[row], Style(.muted))
        WindowBox.put(
            &frame, inside, last + 1, error ?? "enter shows what would be done; nothing starts before you say yes",
            Style(error == nil ? .muted : .error))
    }
}
