// What a key can ask for, by its name.

/// The name of an action as `keys.yaml` writes it. Each is declared beside its action.
package struct ActionID: Sendable, Hashable, CustomStringConvertible {
    let name: String

    init(_ name: String) { self.name = name }

    package var description: String { name }
}
