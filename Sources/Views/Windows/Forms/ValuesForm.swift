// The form of a verb that asks for a few values of an object: it draws any fields.

internal import Actions
internal import Base

struct ValuesForm: Window {
    var verb: Verb
    var target: ObjectReference
    var fields: [TextField]
    var row = 0
    var error: String?

    /// What the object has now stands in the fields, to be typed over.
    init(_ verb: Verb, _ target: ObjectReference, present: [String: String] = [:]) {
        self.verb = verb
        self.target = target
        fields = verb.form.fields.map { TextField(present[$0.key] ?? $0.standard, isSelected: true) }
    }

    /// What was typed or chosen; an empty field leaves the value to the planner.
    var values: [String: String] {
        var values: [String: String] = [:]
        for (field, text) in zip(verb.form.fields, fields) where !text.text.isEmpty { values[field.key] = text.text }
        return values
    }

    private var choices: [String] { verb.form.fields.indices.contains(row) ? verb.form.fields[row].choices : [] }

    private mutating func move(_ step: Int) {
        if !fields.isEmpty { row = (row + step + fields.count) % fields.count }
    }

    // MARK: The window

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String { "tab next field   enter preview   esc cancel" }

    mutating func paste(_ text: String) -> Bool {
        if fields.indices.contains(row), choices.isEmpty { fields[row].insert(text) }
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape: return .close
        case .up, .backTab: move(-1)
        case .down, .tab: move(1)
        case .left where !choices.isEmpty: fields[row].turn(-1, through: choices)
        case .right where !choices.isEmpty, .character(" ") where !choices.isEmpty:
            fields[row].turn(1, through: choices)
        case .enter: return plan()
        default: if choices.isEmpty, fields.indices.contains(row) { _ = fields[row].handle(key) }
        }
        error = nil
        return .stay
    }

    private mutating func plan() -> WindowStep {
        do throws(MeshTopError) {
            guard let request = try verb.form.plan(target, values) else { return .stay }
            let words = verb.form.title(target)
            return .stay { $0.plan(request, words) }
        } catch {
            self.error = error.description
            return .stay
        }
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let asked = verb.form.fields
        let label = (asked.map { CharacterWidth.of($0.title) }.max() ?? 10) + 2
        let inside = WindowBox.draw(
            &frame, title: "\(verb.title): \(target.kind) \(target.namespace)/\(target.name)",
            lines: asked.count + 1, width: max(66, label + 24))
        for (index, (field, text)) in zip(asked, fields).enumerated() {
            WindowBox.draw(
                &frame, text, inside, index, label: field.title.padded(label), isChoice: !field.choices.isEmpty,
                hasCursor: index == row)
        }
        WindowBox.put(
            &frame, inside, asked.count, error ?? "enter shows what would change",
            Style(error == nil ? .muted : .error))
    }
}
