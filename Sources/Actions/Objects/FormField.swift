// What a form asks for before a change is planned.

/// A value the form asks for: its key, what it is called, what it means where nobody says it, and what is accepted.
/// Nothing is written for a field that nobody named; what MeshTop suggests for it is a `Proposal`.
package struct FormField: Sendable, Hashable {
    package var key: String
    package var title: String
    package var standard: String
    package var choices: [String]

    init(_ key: String, _ title: String, _ standard: String = "", choices: [String] = []) {
        self.key = key
        self.title = title
        self.standard = standard
        self.choices = choices
    }
}
