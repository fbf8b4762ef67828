// The commands after `:`.

internal import Actions
internal import Base
internal import Istio
internal import MeshModel

extension Command {
    static let standard: [Command] =
        [
            Command(
                name: "ns", aliases: ["namespace"], argument: "NAME|all", help: "look at one namespace, or all",
                choices: { ["all"] + ($0.snapshot?.namespaces.map(\.name) ?? []) }
            ) { $1.isEmpty ? $0.perform(.namespaces) : $0.setScope(words: $1) },
            Command(
                name: "ctx", aliases: ["context"], argument: "NAME", help: "go to another kubeconfig context",
                choices: { $0.contexts }
            ) { $1.isEmpty ? $0.perform(.context) : $0.switchContext($1) },
            Command(
                name: "window", argument: "30s|1m|5m", help: "rates over this time",
                choices: { _ in Model.windows.map(Numbers.window) }
            ) { $0.setWindow(words: $1) },
            Command(
                name: "sort", argument: "COLUMN", help: "order of this pane",
                choices: { $0.registry[$0.focus].sorts }
            ) { $0.sort(by: $1) },
            Command(
                name: "theme", argument: "NAME", help: "other colours", choices: { _ in Theme.builtIn.map(\.name) }
            ) { $0.setTheme($1) },
            Command(name: "apply", argument: "FILE|DIR [-R]", help: "apply a YAML file or a folder, after a preview") {
                $1.isEmpty ? $0.perform(VerbTable.apply.action) : $0.apply(file: $1)
            },
            Command(
                name: "edit", aliases: ["e"], argument: "[KIND/NAME] [NAMESPACE]",
                help: "an object in your editor, then a preview"
            ) { $1.isEmpty ? $0.perform(VerbTable.edit.action) : $0.edit($1) },
            Command(name: "undo", argument: "[ID]", help: "take back a change") {
                $1.isEmpty ? $0.perform(VerbTable.undo.action) : $0.undo($1, words: $1)
            },
            Command(
                name: "can", argument: "A -> B [METHOD] [PATH]", help: "may A call B, and which policy decides"
            ) { $0.askAccess($1) },
            Command(name: "rollouts", aliases: ["guard"], help: "all rollouts: evidence, hold, promote, roll back") {
                model, _ in model.perform(.rollouts)
            },
            Command(name: "pause", help: "hold the screen, or let it go on") { model, _ in model.perform(.pause) },
            Command(name: "refresh", help: "ask the metrics now") { model, _ in model.perform(.refresh) },
            Command(name: "log", aliases: ["commands"], help: "changes and calls, as kubectl commands") { model, _ in
                model.perform(.commandLog)
            },
            Command(name: "help", aliases: ["h"], help: "keys and commands") { model, _ in model.perform(.help) },
            Command(name: "quit", aliases: ["q", "q!", "exit"], help: "leave") { _, _ in [.quit] },
        ]

    static func goingTo(_ pane: any Pane) -> Command {
        Command(
            name: pane.name.rawValue, aliases: [pane.shortName], help: "go to the \(pane.title) pane"
        ) { model, _ in
            model.setFocus(pane.name)
            return []
        }
    }
}

extension Model {
    fileprivate mutating func setScope(words: String) -> [Effect] {
        if words == "all" { return setScope(.all) }
        let names = words.split { $0 == "," || $0 == " " }.map(String.init)
        let known = Set(snapshot?.namespaces.map(\.name) ?? [])
        if !known.isEmpty, let unknown = names.first(where: { !known.contains($0) }) {
            toast("no namespace \(unknown)", isError: true)
            return []
        }
        return setScope(.some(names))
    }

    fileprivate mutating func setWindow(words: String) -> [Effect] {
        guard let seconds = Model.seconds(words), (15...86400).contains(seconds) else {
            toast("window takes 15s to 24h, e.g. 1m", isError: true)
            return []
        }
        return setWindow(seconds)
    }

    fileprivate mutating func sort(by column: String) -> [Effect] {
        let columns = registry[focus].sorts
        guard columns.contains(column) else {
            toast("columns: \(columns.joined(separator: ", "))", isError: true)
            return []
        }
        self[focus].sort = column
        isStale = true
        return []
    }

    fileprivate mutating func setTheme(_ name: String) -> [Effect] {
        guard !name.isEmpty else {
            toast("themes: \(Theme.builtIn.map(\.name).joined(separator: ", "))")
            return []
        }
        guard let found = Theme.builtIn.first(where: { $0.name == name }) else { return [.setTheme(name)] }
        theme = found
        return []
    }

    fileprivate mutating func askAccess(_ words: String) -> [Effect] {
        do {
            let request = try AccessRequest(words.split(separator: " ").map(String.init))
            wait("asking the policies", for: .access(request))
        } catch {
            toast("\(error.what): \(error.why); write :can \(AccessRequest.usage)", isError: true)
        }
        return []
    }
}
