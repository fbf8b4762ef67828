// Members of an object as what one expects them to be.

extension JSONValue {
    /// Elements of a list member; empty when absent.
    package func list(_ key: String) -> [JSONValue] { self[key]?.array ?? [] }
    /// A text member, safe for a terminal.
    package func text(_ key: String) -> String? { self[key]?.string.map { SafeText.line($0) } }
    package func texts(_ key: String) -> [String] { list(key).compactMap { $0.string.map { SafeText.line($0) } } }
}
