// Placeholder until the libyaml reader lands: the signatures other layers build against.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    package var reason: String
    package var line: Int
    package var column: Int
    package init(reason: String, line: Int, column: Int) {
        self.reason = reason
        self.line = line
        self.column = column
    }
    package var description: String { "line \(line), column \(column): \(reason)" }
}
