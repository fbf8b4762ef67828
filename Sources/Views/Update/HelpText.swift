// `?` help, made from the key map, the verb table and the command table.

internal import Actions

enum HelpText {
    static func lines(_ model: Model) -> [String] {
        var lines = ["Changing the cluster (each asks first, and z takes it back)"]
        let (selection, context) = (model.selection, model.verbContext)
        for verb in VerbTable.all {
            let key = KeyMap.key(for: verb.id, model.options.keyOverrides)
            let reason = verb.disabledReason(selection, context).map { "   [not now: \($0)]" } ?? ""
            lines.append("  \(key.padded(12)) \(verb.title.padded(16)) \(verb.help)\(reason)")
        }
        let groups = [
            ("panes", "Panes"), ("move", "Moving"), ("scope", "What is shown"), ("command", "Finding and asking"),
            ("read", "Reading"), ("screen", "Screen"),
        ]
        for (group, title) in groups {
            lines.append("")
            lines.append(title)
            for action in KeyMap.actions where action.group == group {
                let keys = model.options.keyOverrides[action.id].map { [$0] } ?? action.keys
                lines.append("  \(keys.joined(separator: " ").padded(20)) \(action.title)")
            }
        }
        lines.append("")
        lines.append("Commands after :")
        for entry in Command.entries {
            let names = ([entry.name] + entry.aliases).joined(separator: ", ")
            lines.append("  \("\(names) \(entry.argument)".padded(28)) \(entry.help)")
        }
        lines.append("")
        lines.append(
            "In the weights editor: digits, + - by 1, > < by 10, = even, P all to this one, A all to the first, G guarded."
        )
        let keys = RolloutsScreen.keys.map { "\($0.key) \($0.action.title)" }.joined(separator: ", ")
        lines.append("In the rollouts' window: \(keys).")
        lines.append("Signs: ● healthy  ▲ degraded  ✖ failing  ○ idle  ? unknown   – not known")
        return lines
    }
}
