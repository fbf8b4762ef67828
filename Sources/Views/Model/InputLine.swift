// What the screen says for a while, and the line at the bottom that takes text.

internal import Base

struct Toast: Sendable {
    var text: String
    var isError: Bool
    var until: Timestamp?
}

/// The line at the bottom that takes text: a filter or a command.
struct InputLine: Sendable {
    enum Kind: Sendable { case filter, command }
    var kind: Kind
    var field: TextField
    var error: String?
    var before = ""
}
