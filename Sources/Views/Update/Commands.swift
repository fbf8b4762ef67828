// The `:` command line and the `/` filter, with completion.

internal import Actions
internal import Base
internal import Istio
internal import MeshModel

/// What can follow `:`.
enum Command {
    struct Entry: Sendable {
        var name: String
        var aliases: [String]
        var argument: String
        var help: String
    }

    static let entries: [Entry] =
        [
            Entry(name: "ns", aliases: ["namespace"], argument: "NAME|all", help: "look at one namespace, or all"),
            Entry(name: "ctx", aliases: ["context"], argument: "NAME", help: "go to another kubeconfig context"),
            Entry(name: "window", aliases: [], argument: "30s|1m|5m", help: "rates over this time"),
            Entry(name: "sort", aliases: [], argument: "COLUMN", help: "order of this pane"),
            Entry(name: "theme", aliases: [], argument: "NAME", help: "other colours"),
            Entry(
                name: "apply", aliases: [], argument: "FILE|DIR [-R]",
                help: "apply a YAML file or a folder, after a preview"),
            Entry(
                name: "edit", aliases: ["e"], argument: "[KIND/NAME] [NAMESPACE]",
                help: "an object in your editor, then a preview"),
            Entry(name: "undo", aliases: [], argument: "[ID]", help: "take back a change"),
            Entry(
                name: "can", aliases: [], argument: "A -> B [METHOD] [PATH]",
                help: "may A call B, and which policy decides"),
            Entry(
                name: "rollouts", aliases: ["guard"], argument: "",
                help: "all rollouts: evidence, hold, promote, roll back"),
            Entry(name: "pause", aliases: [], argument: "", help: "hold the screen, or let it go on"),
            Entry(name: "refresh", aliases: [], argument: "", help: "ask the metrics now"),
            Entry(name: "log", aliases: ["commands"], argument: "", help: "changes and calls, as kubectl commands"),
            Entry(name: "help", aliases: ["h"], argument: "", help: "keys and commands"),
            Entry(name: "quit", aliases: ["q", "q!", "exit"], argument: "", help: "leave"),
        ]
        + PaneName.allCases.map {
            Entry(name: $0.rawValue, aliases: [$0.shortName], argument: "", help: "go to the \($0.title) pane")
        }

    static func named(_ word: String) -> Entry? {
        entries.first { $0.name == word || $0.aliases.contains(word) }
    }
}

extension PaneName {
    var shortName: String {
        switch self {
        case .services: "svc"
        case .topology: "topo"
        case .traffic: "routes"
        case .latency: "lat"
        case .breakers: "cb"
        case .workloads: "wl"
        case .findings: "find"
        case .policies: "pol"
        }
    }
}

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
            let names = Command.entries.map(\.name)
            guard let found = names.first(where: { $0.hasPrefix(text) && $0 != text }) else {
                return Command.named(text).flatMap { $0.argument.isEmpty ? nil : "\(text) " }
            }
            let takes = Command.named(found).map { !$0.argument.isEmpty } ?? false
            return found + (takes ? " " : "")
        }
        guard words.count == 2, let entry = Command.named(words[0]) else { return nil }
        let choices: [String] =
            switch entry.name {
            case "ns": ["all"] + (snapshot?.namespaces.map(\.name) ?? [])
            case "ctx": contexts
            case "window": Model.windows.map(Numbers.window)
            case "sort": SortColumn.columns(of: focus)
            case "theme": Theme.builtIn.map(\.name)
            default: []
            }
        return choices.first { $0.hasPrefix(words[1]) && $0 != words[1] }.map { "\(words[0]) \($0)" }
    }

    private mutating func run(_ text: String) -> [Effect] {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let word = parts.first else { return [] }
        let argument = parts.count > 1 ? parts[1].trimmingSpace() : ""
        guard let entry = Command.named(word) else {
            toast("no command \(word); ? lists them", isError: true)
            return []
        }
        if let pane = PaneName(rawValue: entry.name) {
            setFocus(pane)
            return []
        }
        switch entry.name {
        case "ns":
            if argument.isEmpty { return perform("namespaces") }
            if argument == "all" { return setScope(.all) }
            let names = argument.split { $0 == "," || $0 == " " }.map(String.init)
            let known = Set(snapshot?.namespaces.map(\.name) ?? [])
            if !known.isEmpty, let unknown = names.first(where: { !known.contains($0) }) {
                toast("no namespace \(unknown)", isError: true)
                return []
            }
            return setScope(.some(names))
        case "ctx": return argument.isEmpty ? perform("context") : switchContext(argument)
        case "window":
            guard let seconds = Model.seconds(argument), (15...86400).contains(seconds) else {
                toast("window takes 15s to 24h, e.g. 1m", isError: true)
                return []
            }
            return setWindow(seconds)
        case "sort":
            guard SortColumn.columns(of: focus).contains(argument) else {
                toast("columns: \(SortColumn.columns(of: focus).joined(separator: ", "))", isError: true)
                return []
            }
            self[focus].sort = argument
            isStale = true
        case "theme":
            guard !argument.isEmpty else {
                toast("themes: \(Theme.builtIn.map(\.name).joined(separator: ", "))")
                return []
            }
            if let found = Theme.builtIn.first(where: { $0.name == argument }) {
                theme = found
                return []
            }
            return [.setTheme(argument)]
        case "apply":
            if argument.isEmpty { return perform("apply") }
            if let reason = VerbTable.apply.disabledReason(selection, verbContext) {
                toast("Apply file: \(reason)", isError: true)
                return []
            }
            wait("reading \(argument); the server tries it first")
            return [.applyFile(path: argument)]
        case "edit": return argument.isEmpty ? perform("edit") : edit(argument)
        case "undo":
            if argument.isEmpty { return perform("undo") }
            if let reason = VerbTable.undo.disabledReason(selection, verbContext) {
                toast("Undo: \(reason)", isError: true)
                return []
            }
            return plan(.undo(argument, overDrift: true), "undo of \(argument)")
        case "can":
            do {
                let request = try AccessRequest(argument.split(separator: " ").map(String.init))
                wait("asking the policies")
                return [.askAccess(request)]
            } catch {
                toast("\(error.what): \(error.why); write :can \(AccessRequest.usage)", isError: true)
            }
        case "rollouts": return perform("rollouts")
        case "pause": return perform("pause")
        case "refresh": return perform("refresh")
        case "log": return perform("command-log")
        case "help": return perform("help")
        case "quit": return [.quit]
        default: break
        }
        return []
    }

    /// The theme that was asked for by name and found in a file.
    package mutating func use(_ found: Theme) { theme = found }

    /// `90`, `90s`, `5m`, `1h` in seconds.
    static func seconds(_ text: String) -> Int? {
        guard let unit = text.last else { return nil }
        if let plain = Int(text) { return plain }
        guard let number = Int(text.dropLast()), (0...100_000).contains(number) else { return nil }
        switch unit {
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        default: return nil
        }
    }
}
