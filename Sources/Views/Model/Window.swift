// What a window is: what it shows, what its keys do and what it wants to know.

internal import Base

/// Something that lies over the panes. It is a value of a type of its own; the model has a stack of them, and the one on
/// top is drawn and gets the keys.
protocol Window: Sendable {
    /// The keys and commands that open it; they count for the types in `Windows.all`.
    static var actions: [ViewAction] { get }
    static var commands: [Command] { get }

    /// It leads to a change, so nothing is taken from the keyboard while it cannot be read.
    var needsRoom: Bool { get }
    /// It hides the whole screen, and what a key has to say with it.
    var hidesNotices: Bool { get }
    /// The preview of what it asked for lies over it; the others make way for theirs.
    var staysUnderPreview: Bool { get }
    /// What it wants to know now.
    var needs: [DataNeed] { get }

    /// Its keys, for the last line of the screen.
    func hint(_ model: Model) -> String
    func draw(_ frame: inout Frame, _ model: Model)
    mutating func press(_ key: Key, _ model: Model) -> WindowStep
    /// Takes pasted text; false where it has no field for it.
    mutating func paste(_ text: String) -> Bool
    /// The answer to one of its needs.
    mutating func take(_ answer: DataAnswer, of request: RequestID, _ model: Model) -> WindowStep

    // MARK: Time

    /// When it wants to be told of the time, though nothing happens.
    var wakeAt: Moment? { get }
    mutating func passed(_ moment: Moment) -> WindowStep
    /// It was drawn, in a screen with room for it or without.
    mutating func presented(_ moment: Moment, hasRoom: Bool)
    /// Some key was pressed, be it one of its own or not.
    mutating func keyCame() -> WindowStep
}

/// What becomes of a window after a key, an answer or a moment.
enum WindowStep {
    typealias Next = (inout Model) -> [Effect]

    case stay(then: Next)
    case close(then: Next)
    case replace(with: any Window)
    /// Another window over it.
    case open(any Window)

    static var stay: WindowStep { .stay { _ in [] } }
    static var close: WindowStep { .close { _ in [] } }

    static func close(with effects: [Effect]) -> WindowStep { .close { _ in effects } }

    /// Stays, and says something.
    static func toast(_ text: String, isError: Bool = false) -> WindowStep {
        .stay { model in
            model.toast(text, isError: isError)
            return []
        }
    }
}

extension Window {
    static var actions: [ViewAction] { [] }
    static var commands: [Command] { [] }
    var needsRoom: Bool { false }
    var hidesNotices: Bool { false }
    var staysUnderPreview: Bool { false }
    var needs: [DataNeed] { [] }
    var wakeAt: Moment? { nil }

    mutating func paste(_ text: String) -> Bool { false }
    mutating func take(_ answer: DataAnswer, of request: RequestID, _ model: Model) -> WindowStep { .stay }
    mutating func passed(_ moment: Moment) -> WindowStep { .stay }
    mutating func presented(_ moment: Moment, hasRoom: Bool) {}
    mutating func keyCame() -> WindowStep { .stay }
}
