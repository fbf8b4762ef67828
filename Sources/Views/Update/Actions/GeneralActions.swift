// What holds for the whole screen: asking, what is shown, reading, the terminal.

internal import Actions
internal import MeshModel

extension ActionID {
    static let filter = ActionID("filter")
    static let command = ActionID("command")
    static let help = ActionID("help")
    static let menu = ActionID("menu")
    static let namespaces = ActionID("namespaces")
    static let context = ActionID("context")
    static let refresh = ActionID("refresh")
    static let pause = ActionID("pause")
    static let sort = ActionID("sort")
    static let yaml = ActionID("yaml")
    static let findings = ActionID("findings")
    static let copy = ActionID("copy")
    static let quit = ActionID("quit")
    static let quitNow = ActionID("quit-now")
}

extension ViewAction {
    static let asking: [ViewAction] = [
        .local(.filter, ["/"], "filter (! inverts)", .command) {
            let filter = $0[$0.focus].filter
            $0.input = InputLine(kind: .filter, field: TextField(filter), before: filter)
        },
        .local(.command, [":"], "command", .command) { $0.input = InputLine(kind: .command, field: TextField()) },
        .local(.help, ["?"], "help", .command) {
            $0.open(Document(title: "Help", lines: HelpText.lines($0)))
        },
        .local(.menu, ["."], "actions", .command) { $0.open($0.actionMenu()) },
    ]

    static let scope: [ViewAction] = [
        ViewAction(ActionID("all-namespaces"), ["0"], "all namespaces", .scope) { $0.setScope(.all) },
        .local(.namespaces, ["n"], "pick a namespace", .scope) { $0.open($0.namespaceMenu()) },
        .local(.context, ["x"], "pick a context", .scope) { $0.open($0.contextMenu()) },
        .local(.pause, ["Z"], "pause the screen", .scope) { $0.togglePause() },
        .local(ActionID("window"), ["T"], "time window", .scope) { $0.open($0.windowMenu()) },
        .local(.sort, ["s"], "sort by", .scope) { $0.open($0.sortMenu()) },
        .local(ActionID("invert"), ["I"], "invert the order", .scope) {
            $0[$0.focus].inverted.toggle()
            $0.isStale = true
        },
    ]

    static let reading: [ViewAction] = [
        ViewAction(.yaml, ["y"], "YAML", .read) { $0.showYAML() },
        .local(.findings, ["!"], "findings and insights", .read) {
            $0.open(Document(title: "What is wrong", lines: $0.findingLines(), wraps: true))
        },
        ViewAction(.copy, ["c"], "copy the name", .read) { $0.copy() },
    ]

    static let screen: [ViewAction] = [
        ViewAction(ActionID("mouse"), ["m"], "mouse on or off", .screen) {
            $0.mouse.toggle()
            $0.toast("mouse \($0.mouse ? "on" : "off")")
            return [.setMouse($0.mouse)]
        },
        ViewAction(ActionID("repaint"), ["ctrl-l"], "repaint", .screen) { _ in [.repaint] },
        ViewAction(.refresh, ["ctrl-r"], "refresh now", .screen) {
            $0.toast("asking again")
            return [.refresh]
        },
        ViewAction(ActionID("suspend"), ["ctrl-z"], "suspend", .screen) { _ in [.suspend] },
        ViewAction(.quit, ["q"], "quit (asks)", .screen) { $0.askToQuit() },
        ViewAction(.quitNow, ["ctrl-c"], "quit", .screen) { _ in [.quit] },
    ]

    /// What changes the cluster, from the table of verbs.
    static let verbs: [ViewAction] = VerbTable.all.map { verb in
        ViewAction(verb.action, [verb.key], verb.title, .change) { $0.begin(verb) }
    }
}
