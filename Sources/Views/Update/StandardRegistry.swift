// The program's own panes, actions and commands.

extension Registry {
    static let standard = Registry(
        panes: Panes.all,
        actions: ViewAction.moving + ViewAction.panes(Panes.all) + ViewAction.asking + ViewAction.scope
            + ViewAction.reading
            + ViewAction.screen + ViewAction.verbs,
        commands: Command.standard + Panes.all.map(Command.goingTo))
}

extension Model {
    package init(_ options: ViewOptions) { self.init(options, .standard) }
}
