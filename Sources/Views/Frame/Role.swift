// What a piece of the screen means; themes give each role its colours, so frames do not depend on a theme.

package enum Role: String, Sendable, CaseIterable, Hashable {
    case text, muted, heading, border, focusedBorder = "border-focused", title, header, alert
    case selected, linked, marked
    case healthy, degraded, failing, idle, unknown
    case accent, key, hint, input
    case added, removed, hunk, warning, error, notice
    case edge, chart, chart2 = "chart-2", configured, observed, disabled, production
}

/// Attributes that do not depend on colour.
package struct Attributes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bold = Attributes(rawValue: 1)
    package static let dim = Attributes(rawValue: 2)
    package static let reverse = Attributes(rawValue: 4)
    package static let underline = Attributes(rawValue: 8)
}

/// How a cell looks: its role and what is added to it.
package struct Style: Sendable, Hashable {
    package var role: Role
    package var attributes: Attributes

    package init(_ role: Role = .text, _ attributes: Attributes = []) {
        self.role = role
        self.attributes = attributes
    }

    func adding(_ more: Attributes) -> Style { Style(role, attributes.union(more)) }

    static let text = Style(.text)
}
