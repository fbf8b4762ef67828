// A pane by its name.

/// As commands and flags write it. Each is declared beside its pane.
package struct PaneName: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    init(_ name: String) { rawValue = name }

    package var description: String { rawValue }
}
