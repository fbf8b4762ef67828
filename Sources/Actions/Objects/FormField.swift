// What a form asks for before a change is planned.

/// A value the form asks for: its key, what it is called, what it means where nobody says it, and what is accepted.
/// Nothing is written for a field that nobody named; what MeshTop suggests for it is a `Proposal`.
package struct FormField: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case text
        /// A whole number within bounds.
        case number(ClosedRange<Int>)
        case choice([String])
        /// `FormField.on` or `FormField.off`.
        case toggle
    }

    /// How the command line asks for the same value: the option is `--KEY`, a toggle is a flag.
    package struct Option: Sendable, Hashable {
        package var help: String
        /// What stands for its value in the help; the key where nil.
        package var valueName: String?
        package var isRequired: Bool

        init(_ help: String, valueName: String? = nil, isRequired: Bool = false) {
            (self.help, self.valueName, self.isRequired) = (help, valueName, isRequired)
        }
    }

    package static let on = "on"
    package static let off = "off"

    package var key: String
    package var title: String
    package var standard: String
    package var kind: Kind
    /// Nil where the command line does not ask for it.
    package var option: Option?

    init(_ key: String, _ title: String, _ standard: String = "", kind: Kind = .text, option: Option? = nil) {
        (self.key, self.title, self.standard, self.kind, self.option) = (key, title, standard, kind, option)
    }

    init(_ key: String, _ title: String, _ standard: String = "", choices: [String]) {
        self.init(key, title, standard, kind: .choice(choices))
    }

    /// What can be chosen; empty where the value is typed.
    package var choices: [String] {
        switch kind {
        case .choice(let choices): choices
        case .toggle: [Self.off, Self.on]
        case .text, .number: []
        }
    }

    /// The bounds of a number; nil for what is none.
    package var bounds: ClosedRange<Int>? {
        if case .number(let bounds) = kind { bounds } else { nil }
    }
}
