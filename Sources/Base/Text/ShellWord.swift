// Words that a shell takes as they are meant.

package enum ShellWord {
    /// In single quotes where anything in it is special.
    /// The longest argument that Linux hands to a program, its closing zero left out: MAX_ARG_STRLEN, 32 pages.
    package static let longest = 131_071

    package static func fits(_ text: String) -> Bool { text.utf8.count <= longest }

    /// What to put before a command that takes its body from a FILE because no argument can hold it.
    package static func tooLong(_ text: String) -> String {
        "# \(text.utf8.count) bytes are longer than a shell takes (\(longest) at most): save the body to FILE, then: "
    }

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
