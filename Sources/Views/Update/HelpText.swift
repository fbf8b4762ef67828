// `?` help, made from the key map, the verb table and the command table.

internal import Actions

enum HelpText {
    static func lines(_ model: Model) -> [String] {
        var lines = [ViewAction.Group.change.rawValue]
        let (selection, context) = (model.selection, model.verbContext)
        for verb in VerbTable.all {
            let reason = verb.disabledReason(selection, context).map { "   [not now: \($0)]" } ?? ""
            lines.append(
                "  \(model.key(for: verb.action).padded(12)) \(verb.title.padded(16)) \(verb.help)\(reason)")
        }
        for group in ViewAction.Group.allCases where group != .change {
            lines.append("")
            lines.append(group.rawValue)
            for action in model.registry.actions where action.group == group {
                let keys = model.options.keyOverrides[action.id].map { [$0] } ?? action.keys
                lines.append("  \(keys.joined(separator: " ").padded(20)) \(action.title)")
            }
        }
        lines.append("")
        lines.append("Commands after :")
        for command in model.registry.commands {
            let names = ([command.name] + command.aliases).joined(separator: ", ")
            lines.append("  \("\(names) \(command.argument)".padded(28)) \(command.help)")
        }
        lines.append("")
        lines.append(
            "In the weights editor: digits, + - by 1, > < by 10, = even, P all to this one, A all to the first, G guarded."
        )
        let keys = RolloutsWindow.keys.map { "\($0.key) \($0.action.title)" }.joined(separator: ", ")
        lines.append("In the rollouts' window: \(keys).")
        lines.append("Signs: ● healthy  ▲ degraded  ✖ failing  ○ idle  ? unknown   – not known")
        return lines
    }
}
