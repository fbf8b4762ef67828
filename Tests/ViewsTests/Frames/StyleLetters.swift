// One letter for each style of a screen; and what styles look like on terminals with many colours, few and none.

import ClusterData

@testable import Views

struct StyleLetters {
    private let letters: [Style: Character]

    /// Roles have the same letter on every screen; with attributes on top they share what is left.
    init(_ styles: Set<Style>) {
        var letters = Self.roles
        var left = "0123456789QVXYZ%&@$*=~^?<>/|".filter { letter in !letters.values.contains(letter) }[...]
        for style in styles.filter({ letters[$0] == nil }).sorted(by: { $0.name < $1.name }) {
            letters[style] = left.popFirst() ?? "!"
        }
        self.letters = letters
    }

    func letter(of style: Style) -> Character { letters[style] ?? "!" }

    /// What is plain text is blank.
    private static let roles: [Style: Character] = {
        var letters: [Style: Character] = [Style(.text): " "]
        var free = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPRSTUW"
        for role in Role.allCases where role != .text {
            // Its own first letter where nobody has it.
            let wanted = role.rawValue.first.flatMap { first in free.first { $0 == first } } ?? free.first ?? "!"
            letters[Style(role)] = wanted
            free.removeAll { $0 == wanted }
        }
        return letters
    }()

    /// "# styles: a border-focused, h heading", in lines of a readable length.
    func legend(_ used: Set<Style>) -> [String] {
        let names = used.filter { $0 != Style(.text) }.map(\.name).sorted()
        let entries = names.compactMap { name in
            used.first { $0.name == name }.map { "\(letter(of: $0)) \(name)" }
        }
        return Wrapping.lines("# styles: \(entries.joined(separator: ", "))", 110).map { line in
            line.hasPrefix("#") ? line : "# \(line)"
        }
    }
}

/// What styles look like in a theme, with many colours, with few and with none.
struct GoldenLooks {
    private static let depths: [(name: String, colors: Int)] = [
        ("24-bit", 1 << 24), ("16 colours", 16), ("no colours", 0),
    ]

    let text: String

    init(_ styles: Set<Style>, _ theme: Theme) {
        let heading = ["style"] + Self.depths.map(\.name)
        let rows = styles.sorted { $0.name < $1.name }.map { style in
            [style.name] + Self.depths.map { Self.words(theme.look(of: style, colors: $0.colors), $0.colors) }
        }
        let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
        text =
            (["# How styles look in the theme \(theme.name)"] + ([heading] + rows).map { $0.line(widths) })
            .joined(separator: "\n") + "\n"
    }

    /// In the words of a theme's file: "white on #005f87 bold".
    private static func words(_ look: Theme.Colors, _ count: Int) -> String {
        var words: [String] = []
        if look.foreground >= 0 { words.append(color(look.foreground, count)) }
        if look.background >= 0 { words += ["on", color(look.background, count)] }
        words += look.attributes.words
        return words.isEmpty ? "plain" : words.joined(separator: " ")
    }

    private static func color(_ value: Int, _ count: Int) -> String {
        // What 24-bit terminals do not know by a number.
        guard count > 256, value >= 8 else { return Theme.names[value + 1] }
        let digits = String(value, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }
}

extension Frame {
    /// Neighbours mostly look alike: that is cheaper to see than to look up.
    var styles: Set<Style> {
        var styles: Set<Style> = []
        var last: Style?
        for cell in cells where cell.style != last {
            styles.insert(cell.style)
            last = cell.style
        }
        return styles
    }
}

extension Style {
    var name: String { ([role.rawValue] + attributes.words).joined(separator: " ") }
}

extension Attributes {
    fileprivate var words: [String] {
        [(Attributes.bold, "bold"), (.dim, "dim"), (.reverse, "reverse"), (.underline, "underline")]
            .filter { contains($0.0) }.map(\.1)
    }
}

extension [String] {
    fileprivate func line(_ widths: [Int]) -> String {
        let cells = zip(self, widths).map { $0 + String(repeating: " ", count: Swift.max(0, $1 - $0.count)) }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
