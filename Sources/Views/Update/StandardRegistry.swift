// The program's own panes, actions and commands.

extension Registry {
    static let standard = Registry(
        actions: ViewAction.moving + ViewAction.panes + ViewAction.asking + ViewAction.scope + ViewAction.reading
            + ViewAction.screen + ViewAction.verbs,
        commands: Command.standard)
}

extension Model {
    package init(_ options: ViewOptions) { self.init(options, .standard) }
}
