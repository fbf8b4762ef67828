// What the screen is made of: what one adds to it is one value in one of these lists.

struct Registry: Sendable {
    /// In the order in which the help lists them.
    let actions: [ViewAction]
    let commands: [Command]
    private let byID: [ActionID: ViewAction]

    init(actions: [ViewAction], commands: [Command]) {
        self.actions = actions
        self.commands = commands
        byID = Dictionary(actions.map { ($0.id, $0) }) { first, _ in first }
    }

    subscript(id: ActionID) -> ViewAction? { byID[id] }

    func command(_ word: String) -> Command? { commands.first { $0.isCalled(word) } }

    /// Key name → action, with the overrides in place of the defaults of the actions they name.
    func keys(_ overrides: [ActionID: String]) -> [String: ActionID] {
        var table: [String: ActionID] = [:]
        for action in actions where overrides[action.id] == nil {
            for key in action.keys { table[key] = action.id }
        }
        for (id, key) in overrides { table[key] = id }
        return table
    }
}

extension Model {
    /// The key that asks for an action now.
    func key(for id: ActionID) -> String {
        options.keyOverrides[id] ?? registry[id]?.keys.first ?? ""
    }

    mutating func perform(_ id: ActionID) -> [Effect] { registry[id]?.perform(&self) ?? [] }
}
