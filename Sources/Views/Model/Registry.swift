// What the screen is made of: what one adds to it is one value in one of these lists.

struct Registry: Sendable {
    /// In the order of their numbers.
    let panes: [any Pane]
    /// In the order in which the help lists them.
    let actions: [ViewAction]
    let commands: [Command]
    private let places: [PaneName: Int]
    private let byID: [ActionID: ViewAction]

    init(panes: [any Pane], actions: [ViewAction], commands: [Command]) {
        self.panes = panes
        places = Dictionary(uniqueKeysWithValues: panes.enumerated().map { ($1.name, $0) })
        self.actions = actions
        self.commands = commands
        byID = Dictionary(actions.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Where a pane stands among all; names are of panes that there are.
    func place(of name: PaneName) -> Int {
        guard let place = places[name] else { preconditionFailure("no pane is called \(name)") }
        return place
    }

    /// The digit of a pane.
    func number(of name: PaneName) -> Int { place(of: name) + 1 }

    subscript(name: PaneName) -> any Pane { panes[place(of: name)] }

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
