// The form that asks for a file or a folder to apply.

struct FileForm: Window {
    var field = TextField()

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String { "path of a YAML file or a folder   enter preview   esc cancel" }

    mutating func paste(_ text: String) -> Bool {
        field.insert(text)
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape: return .close
        case .enter:
            let path = field.text
            guard !path.isEmpty else { return .stay }
            return .stay { $0.apply(file: path) }
        default: _ = field.handle(key)
        }
        return .stay
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let inside = WindowBox.draw(&frame, title: "Apply files", lines: 2, width: 74)
        WindowBox.put(
            &frame, inside, 0, "YAML file or folder (-R behind it: and its folders); the server tries all first.",
            Style(.muted))
        WindowBox.draw(&frame, field, inside, 1, label: "file  ")
    }
}
