// Which key asks for what: the overrides of keys.yaml, checked.

package import Base

package enum KeyMap {
    private static let namedKeys: Set<String> = [
        "up", "down", "left", "right", "home", "end", "pgup", "pgdn", "enter", "esc", "tab", "shift-tab", "space",
        "backspace", "delete", "insert",
    ]

    /// `{action-id: key}`; unknown actions, unknown keys and two actions on one key are refused in one line.
    package static func overrides(document: JSONValue) throws(MeshTopError) -> [ActionID: String] {
        if case .null = document { return [:] }
        guard case .object(let members) = document else {
            throw refusal("it is not a mapping of actions to keys")
        }
        let registry = Registry.standard
        var found: [ActionID: String] = [:]
        for (name, value) in members.members {
            guard let action = registry[ActionID(name)] else {
                let known = registry.actions.map(\.id.name).joined(separator: ", ")
                throw refusal("unknown action \(name); known are \(known)")
            }
            guard let key = value.string ?? value.int.map(String.init), isKey(key) else {
                throw refusal(
                    "\(name) needs one character, ctrl-LETTER, f1…f12 or one of \(namedKeys.sorted().joined(separator: ", "))"
                )
            }
            if key == "ctrl-c", action.id != .quitNow { throw refusal("ctrl-c always quits and cannot mean \(name)") }
            if key == "enter" || key == "space", action.group == .change {
                throw refusal("\(key) never changes a cluster and cannot mean \(name)")
            }
            found[action.id] = key
        }
        var owner: [String: ActionID] = [:]
        for action in registry.actions {
            for key in found[action.id].map({ [$0] }) ?? action.keys {
                if let other = owner[key] { throw refusal("key \(key) would mean both \(other) and \(action.id)") }
                owner[key] = action.id
            }
        }
        return found
    }

    private static func refusal(_ why: String) -> MeshTopError { MeshTopError(.usage, "keys.yaml", why: why) }

    private static func isKey(_ key: String) -> Bool {
        if namedKeys.contains(key) { return true }
        if key.hasPrefix("ctrl-"), key.utf8.count == 6, let last = key.utf8.last { return (97...122).contains(last) }
        if key.hasPrefix("f"), let number = Int(key.dropFirst()) { return (1...12).contains(number) }
        guard key.unicodeScalars.count == 1, let scalar = key.unicodeScalars.first else { return false }
        return CharacterWidth.of(scalar) > 0
    }
}
