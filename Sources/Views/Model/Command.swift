// What can follow `:`.

struct Command: Sendable {
    var name: String
    var aliases: [String] = []
    /// How its argument is written; empty where it takes none.
    var argument = ""
    var help: String
    /// What its first word can be completed to.
    var choices: @Sendable (Model) -> [String] = { _ in [] }
    /// Is given the argument without spaces around it; empty where none was typed.
    var run: @Sendable (inout Model, String) -> [Effect]

    func isCalled(_ word: String) -> Bool { name == word || aliases.contains(word) }
}
