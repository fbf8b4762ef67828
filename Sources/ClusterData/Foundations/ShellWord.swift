// Words that a shell takes as they are meant.

package enum ShellWord {
    /// In single quotes where anything in it is special.
    package static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_./:=,@".utf8.contains(byte)
        }
        if plain, !text.isEmpty { return text }
        var quoted = "'"
        for character in text { quoted += character == "'" ? "'\\''" : String(character) }
        return quoted + "'"
    }
}
