// The `:` command line and the `/` filter, with completion.

internal import Actions
internal import Base
internal import Istio
internal import MeshModel

extension Model {
    mutating func pressInput(_ key: Key) -> [Effect] {
        guard var line = input else { return [] }
        switch key {
        case .escape:
            input = nil
            if line.kind == .filter { setFilter(line.before) }
            return []
        case .enter:
            input = nil
            if line.kind == .filter {
                setFilter(line.field.text)
                return []
            }
            return run(line.field.text)
        case .tab:
            if line.kind == .command, let completed = completion(of: line.field.text) {
                line.field = TextField(completed)
            }
        case .backspace where line.field.text.isEmpty:
            input = nil
            return []
        default:
            if line.field.handle(key) { line.error = nil }
        }
        input = line
        if line.kind == .filter { setFilter(line.field.text) }
        return []
    }

    /// The whole line with its last word completed; nil when nothing fits.
    func completion(of text: String) -> String? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        if words.count <= 1 {
            let names = registry.commands.map(\.name)
            guard let found = names.first(where: { $0.hasPrefix(text) && $0 != text }) else {
                return registry.command(text).flatMap { $0.argument.isEmpty ? nil : "\(text) " }
            }
            let takes = registry.command(found).map { !$0.argument.isEmpty } ?? false
            return found + (takes ? " " : "")
        }
        guard words.count == 2, let command = registry.command(words[0]) else { return nil }
        let choices = command.choices(self)
        return choices.first { $0.hasPrefix(words[1]) && $0 != words[1] }.map { "\(words[0]) \($0)" }
    }

    private mutating func run(_ text: String) -> [Effect] {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let word = parts.first else { return [] }
        let argument = parts.count > 1 ? parts[1].trimmingSpace() : ""
        guard let command = registry.command(word) else {
            toast("no command \(word); ? lists them", isError: true)
            return []
        }
        return command.run(&self, argument)
    }

    /// The theme that was asked for by name and found in a file.
    package mutating func use(_ found: Theme) { theme = found }

    /// `90`, `90s`, `5m`, `1h` in seconds.
    static func seconds(_ text: String) -> Int? {
        Int(text) ?? Durations.seconds(text).flatMap { Int(exactly: $0) }
    }
}
