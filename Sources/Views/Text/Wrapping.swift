// Long texts in several lines.

enum Wrapping {
    /// Broken at spaces; a word that is too long is broken where it must be. Widths are in columns.
    static func lines(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            if !line.isEmpty, CharacterWidth.of(line) + 1 + CharacterWidth.of(word) > width {
                lines.append(line)
                line = "  " + word
            } else {
                line += line.isEmpty ? word : " " + word
            }
            while line.count > width, width > 2 {
                lines.append(String(line.prefix(width)))
                line = "  " + line.dropFirst(width)
            }
        }
        return lines + [line]
    }
}
