// The program's own panes, actions and commands.

extension Registry {
    static let standard = Registry(
        panes: Panes.all,
        actions: ViewAction.moving + ViewAction.panes(Panes.all) + ViewAction.asking
            + Windows.all.flatMap { $0.actions } + Panes.all.flatMap(\.actions) + [ViewAction.back] + ViewAction.scope
            + ViewAction.reading + ViewAction.screen + ViewAction.verbs,
        commands: Command.standard + Windows.all.flatMap { $0.commands } + Panes.all.map(Command.goingTo))
}

extension Model {
    package init(_ options: ViewOptions) { self.init(options, .standard) }
}
