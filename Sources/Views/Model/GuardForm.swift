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
