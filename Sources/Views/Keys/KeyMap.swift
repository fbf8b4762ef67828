// Which key asks for what: one table of actions with default keys, and the overrides of keys.yaml checked.

internal import Actions
package import Base

/// Something a key does outside text inputs and overlays.
struct ViewAction: Sendable {
    var id: String
    var keys: [String]
    var title: String
    var group: String
}

package enum KeyMap {
    static let actions: [ViewAction] = [
        ViewAction(id: "down", keys: ["j", "down"], title: "down", group: "move"),
        ViewAction(id: "up", keys: ["k", "up"], title: "up", group: "move"),
        ViewAction(id: "left", keys: ["h", "left"], title: "left", group: "move"),
        ViewAction(id: "right", keys: ["l", "right"], title: "right", group: "move"),
        ViewAction(id: "top", keys: ["g", "home"], title: "first", group: "move"),
        ViewAction(id: "bottom", keys: ["G", "end"], title: "last", group: "move"),
        ViewAction(id: "half-down", keys: ["ctrl-d"], title: "half a page down", group: "move"),
        ViewAction(id: "half-up", keys: ["ctrl-u"], title: "half a page up", group: "move"),
        ViewAction(id: "page-down", keys: ["pgdn", "ctrl-f", "space"], title: "a page down", group: "move"),
        ViewAction(id: "page-up", keys: ["pgup", "ctrl-b"], title: "a page up", group: "move"),
        ViewAction(id: "next-pane", keys: ["tab"], title: "next pane", group: "panes"),
        ViewAction(id: "previous-pane", keys: ["shift-tab"], title: "previous pane", group: "panes"),
        ViewAction(id: "pane-services", keys: ["1"], title: "services", group: "panes"),
        ViewAction(id: "pane-topology", keys: ["2"], title: "topology", group: "panes"),
        ViewAction(id: "pane-traffic", keys: ["3"], title: "traffic", group: "panes"),
        ViewAction(id: "pane-latency", keys: ["4"], title: "latency", group: "panes"),
        ViewAction(id: "pane-breakers", keys: ["5"], title: "breakers", group: "panes"),
        ViewAction(id: "pane-workloads", keys: ["6"], title: "workloads", group: "panes"),
        ViewAction(id: "pane-findings", keys: ["7"], title: "findings", group: "panes"),
        ViewAction(id: "pane-policies", keys: ["8"], title: "policies", group: "panes"),
        ViewAction(id: "zoom", keys: ["+"], title: "zoom the pane, and back", group: "panes"),
        ViewAction(id: "unzoom", keys: ["_"], title: "back to all panes", group: "panes"),
        ViewAction(id: "drill", keys: ["enter"], title: "show what belongs to it", group: "panes"),
        ViewAction(id: "rollouts", keys: ["w"], title: "rollouts: evidence, hold, promote, roll back", group: "panes"),
        ViewAction(id: "graph-focus", keys: ["f"], title: "topology: neighbours or all", group: "panes"),
        ViewAction(id: "graph-form", keys: ["v"], title: "topology: boxes or tree", group: "panes"),
        ViewAction(
            id: "graph-level", keys: ["V"], title: "topology: workloads, apps, versions or services", group: "panes"),
        ViewAction(id: "back", keys: ["esc"], title: "cancel, clear the filter", group: "panes"),
        ViewAction(id: "filter", keys: ["/"], title: "filter (! inverts)", group: "command"),
        ViewAction(id: "command", keys: [":"], title: "command", group: "command"),
        ViewAction(id: "help", keys: ["?"], title: "help", group: "command"),
        ViewAction(id: "menu", keys: ["."], title: "actions", group: "command"),
        ViewAction(id: "command-log", keys: ["@"], title: "log of changes and calls", group: "command"),
        ViewAction(id: "all-namespaces", keys: ["0"], title: "all namespaces", group: "scope"),
        ViewAction(id: "namespaces", keys: ["n"], title: "pick a namespace", group: "scope"),
        ViewAction(id: "context", keys: ["x"], title: "pick a context", group: "scope"),
        ViewAction(id: "pause", keys: ["Z"], title: "pause the screen", group: "scope"),
        ViewAction(id: "window", keys: ["T"], title: "time window", group: "scope"),
        ViewAction(id: "sort", keys: ["s"], title: "sort by", group: "scope"),
        ViewAction(id: "invert", keys: ["I"], title: "invert the order", group: "scope"),
        ViewAction(id: "yaml", keys: ["y"], title: "YAML", group: "read"),
        ViewAction(id: "findings", keys: ["!"], title: "findings and insights", group: "read"),
        ViewAction(id: "copy", keys: ["c"], title: "copy the name", group: "read"),
        ViewAction(id: "mouse", keys: ["m"], title: "mouse on or off", group: "screen"),
        ViewAction(id: "repaint", keys: ["ctrl-l"], title: "repaint", group: "screen"),
        ViewAction(id: "refresh", keys: ["ctrl-r"], title: "refresh now", group: "screen"),
        ViewAction(id: "suspend", keys: ["ctrl-z"], title: "suspend", group: "screen"),
        ViewAction(id: "quit", keys: ["q"], title: "quit (asks)", group: "screen"),
        ViewAction(id: "quit-now", keys: ["ctrl-c"], title: "quit", group: "screen"),
    ]

    static var ids: [String] { actions.map(\.id) + VerbTable.all.map(\.id) }

    /// Key name → action id, with the overrides in place of the defaults of the actions they name.
    static func table(_ overrides: [String: String]) -> [String: String] {
        var table: [String: String] = [:]
        for action in actions where overrides[action.id] == nil {
            for key in action.keys { table[key] = action.id }
        }
        for verb in VerbTable.all where overrides[verb.id] == nil { table[verb.key] = verb.id }
        for (id, key) in overrides { table[key] = id }
        return table
    }

    /// The key that asks for an action now.
    static func key(for id: String, _ overrides: [String: String]) -> String {
        if let key = overrides[id] { return key }
        if let verb = VerbTable.all.first(where: { $0.id == id }) { return verb.key }
        return actions.first { $0.id == id }?.keys.first ?? ""
    }

    private static let namedKeys: Set<String> = [
        "up", "down", "left", "right", "home", "end", "pgup", "pgdn", "enter", "esc", "tab", "shift-tab", "space",
        "backspace", "delete", "insert",
    ]

    /// `{action-id: key}`; unknown actions, unknown keys and two actions on one key are refused in one line.
    package static func overrides(document: JSONValue) throws(MeshTopError) -> [String: String] {
        if case .null = document { return [:] }
        guard case .object(let members) = document else {
            throw MeshTopError(.usage, "keys.yaml", why: "it is not a mapping of actions to keys")
        }
        var found: [String: String] = [:]
        for (id, value) in members.members {
            guard ids.contains(id) else {
                throw MeshTopError(
                    .usage, "keys.yaml", why: "unknown action \(id); known are \(ids.joined(separator: ", "))")
            }
            guard let key = value.string ?? value.int.map(String.init), isKey(key) else {
                throw MeshTopError(
                    .usage, "keys.yaml",
                    why:
                        "\(id) needs one character, ctrl-LETTER, f1…f12 or one of \(namedKeys.sorted().joined(separator: ", "))"
                )
            }
            if key == "ctrl-c", id != "quit-now" {
                throw MeshTopError(.usage, "keys.yaml", why: "ctrl-c always quits and cannot mean \(id)")
            }
            if (key == "enter" || key == "space"), VerbTable.all.contains(where: { $0.id == id }) {
                throw MeshTopError(.usage, "keys.yaml", why: "\(key) never changes a cluster and cannot mean \(id)")
            }
            found[id] = key
        }
        var owner: [String: String] = [:]
        for id in ids {
            let keys: [String]
            if let key = found[id] {
                keys = [key]
            } else {
                keys = actions.first { $0.id == id }?.keys ?? VerbTable.all.filter { $0.id == id }.map(\.key)
            }
            for key in keys {
                if let other = owner[key] {
                    throw MeshTopError(.usage, "keys.yaml", why: "key \(key) would mean both \(other) and \(id)")
                }
                owner[key] = id
            }
        }
        return found
    }

    private static func isKey(_ key: String) -> Bool {
        if namedKeys.contains(key) { return true }
        if key.hasPrefix("ctrl-"), key.utf8.count == 6, let last = key.utf8.last { return (97...122).contains(last) }
        if key.hasPrefix("f"), let number = Int(key.dropFirst()) { return (1...12).contains(number) }
        guard key.unicodeScalars.count == 1, let scalar = key.unicodeScalars.first else { return false }
        return CharacterWidth.of(scalar) > 0
    }
}
