// An editable line of text.

internal import Base

/// An editable line of text.
struct TextField: Sendable, Equatable {
    private(set) var characters: [Character] = []
    private(set) var cursor = 0
    /// What stands there was put there by us: the first text that is typed takes its place.
    private(set) var isSelected = false

    init(_ text: String = "", isSelected: Bool = false) {
        characters = Array(text)
        cursor = characters.count
        self.isSelected = isSelected && !text.isEmpty
    }

    var text: String { String(characters) }

    mutating func insert(_ text: String) {
        if isSelected {
            characters = []
            cursor = 0
            isSelected = false
        }
        for character in SafeText.line(text, limit: 1024) where characters.count < 1024 {
            characters.insert(character, at: cursor)
            cursor += 1
        }
    }

    /// Puts the next choice there, or the one before; the first or the last where none stands there.
    mutating func turn(_ step: Int, through choices: [String]) {
        let now = choices.firstIndex(of: text) ?? (step < 0 ? 0 : -1)
        self = TextField(choices[(now + step + choices.count) % choices.count])
    }

    /// True when the key was one of the field's.
    mutating func handle(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .backspace where isSelected, .delete where isSelected: self = TextField()
        case .backspace:
            if cursor > 0 {
                cursor -= 1
                characters.remove(at: cursor)
            }
        case .delete: if cursor < characters.count { characters.remove(at: cursor) }
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .control("u"):
            characters.removeFirst(cursor)
            cursor = 0
        case .control("k"): characters.removeLast(characters.count - cursor)
        case .control("w"):
            while cursor > 0, characters[cursor - 1] == " " { _ = handle(.backspace) }
            while cursor > 0, characters[cursor - 1] != " " { _ = handle(.backspace) }
        default: return false
        }
        isSelected = false
        return true
    }
}
