// The menus: actions with their reasons, namespaces, contexts, windows and orders.

internal import Actions
internal import MeshModel

extension Model {
    static let windows = [30, 60, 300, 900, 3600]

    func actionMenu() -> Menu {
        let (selection, context) = (selection, verbContext)
        var items = VerbTable.all.map { verb in
            let several = verb.candidates(selection, context).filter { verb.target($0, context) != nil }.count
            let target =
                several > 1
                ? " one of \(several)"
                : verb.target(selection, context).map { " \($0.namespace)/\($0.name)" } ?? ""
            return Menu.Item(
                label: "\(key(for: verb.action))  \(verb.title)\(target)", detail: verb.help,
                disabled: verb.disabledReason(selection, context), action: verb.action
            ) { $0.perform(verb.action) }
        }
        for id: ActionID in [.yaml, .copy, .findings, .commandLog] {
            guard let action = registry[id] else { continue }
            items.append(Menu.Item(label: "\(key(for: id))  \(action.title)", action: id) { $0.perform(id) })
        }
        return Menu(title: "Actions", items: items)
    }

    func namespaceMenu() -> Menu {
        var details: [String: String] = [:]
        for name in snapshot?.unlistedNamespaces ?? [] {
            details[name] = snapshot?.isProduction(name) == nil ? "not known whether it is production" : ""
        }
        for namespace in snapshot?.namespaces ?? [] {
            let notes = [namespace.production ? "production" : "", namespace.injection ? "injected" : ""]
            details[namespace.name] = notes.filter { !$0.isEmpty }.joined(separator: ", ")
        }
        let names = details.keys.sorted()
        var items = [Menu.Item(label: "all namespaces") { $0.setScope(.all) }]
        items += names.map { name in
            Menu.Item(label: name, detail: details[name] ?? "") { $0.setScope(.some([name])) }
        }
        var menu = Menu(title: "Namespaces", items: items, filter: TextField())
        if let scope = snapshot?.scope, case .some(let chosen) = scope, let first = chosen.first {
            menu.cursor = (names.firstIndex(of: first) ?? -1) + 1
        }
        return menu
    }

    func contextMenu() -> Menu {
        Menu(
            title: "Contexts",
            items: contexts.map { name in
                Menu.Item(label: name, detail: name == currentContext ? "now" : "") { $0.switchContext(name) }
            }, cursor: contexts.firstIndex(of: currentContext) ?? 0, filter: TextField())
    }

    func windowMenu() -> Menu {
        let now = snapshot?.windowSeconds ?? 60
        return Menu(
            title: "Rates over",
            items: Model.windows.map { seconds in
                Menu.Item(label: Numbers.window(seconds), detail: seconds == now ? "now" : "") {
                    $0.setWindow(seconds)
                }
            }, cursor: Model.windows.firstIndex(of: now) ?? 0)
    }

    func sortMenu() -> Menu {
        let columns = registry[focus].sorts
        return Menu(
            title: "Sort \(registry[focus].title) by",
            items: columns.map { column in
                Menu.Item(label: column) {
                    $0[$0.focus].sort = column
                    $0[$0.focus].inverted = false
                    $0.isStale = true
                    return []
                }
            },
            cursor: columns.firstIndex(of: self[focus].sort) ?? 0)
    }

    mutating func switchContext(_ name: String) -> [Effect] {
        guard contexts.contains(name) else {
            toast("no context \(name); known are \(contexts.joined(separator: ", "))", isError: true)
            return []
        }
        toast("context \(name)")
        return [.switchContext(name)]
    }

    mutating func setWindow(_ seconds: Int) -> [Effect] {
        toast("rates over \(Numbers.window(seconds))")
        return [.setWindow(seconds: seconds)]
    }
}
