import Base
import MeshModel
import Testing

@testable import Views

@Suite struct KeyMapTests {
    @Test func aKeyCanBeGivenToAnotherAction() throws {
        let overrides = try KeyMap.overrides(document: ["scale": "K"])
        var screen = Screen { $0.keyOverrides = overrides }
        screen.type("6GK")
        #expect(screen.text.contains("Scale Deployment shop/reviews-v1"))
    }

    @Test(
        arguments: [
            (["fly": "K"], "unknown action fly"), (["scale": "two"], "scale needs one character"),
            (["scale": "W"], "would mean both"), (["scale": "enter"], "never changes a cluster"),
            (["pause": "ctrl-c"], "always quits"),
        ] as [(JSONValue, String)]) func wrongKeysAreRefusedInOneLine(document: JSONValue, words: String)
    {
        let error = #expect(throws: MeshTopError.self) { try KeyMap.overrides(document: document) }
        #expect(error?.description.contains(words) == true)
    }

    @Test func everyActionHasAKeyOfItsOwn() {
        let actions = Registry.standard.actions
        #expect(Set(actions.map(\.id)).count == actions.count)
        let keys = actions.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
        // Only the panes from the tenth on have none.
        #expect(actions.filter(\.keys.isEmpty).count == max(0, Panes.all.count - 9))
    }

    @Test func enterAndSpaceNeverStartAChange() {
        for key in ["enter", "space"] {
            let action = Registry.standard.keys([:])[key].flatMap { Registry.standard[$0] }
            #expect(action?.group != .change)
        }
    }
}

@Suite struct KeyDecoderTests {
    private func decode(_ text: String) -> [Event] {
        var decoder = KeyDecoder()
        return decoder.decode(text.unicodeScalars.map { .scalar($0.value) }, at: Moment(seconds: 0))
    }

    private func names(_ events: [Event]) -> [String] {
        events.map { event in
            switch event {
            case .key(let key): key.name
            case .paste(let text): "paste(\(text))"
            default: "?"
            }
        }
    }

    @Test(arguments: [
        ("a", ["a"]), ("\r", ["enter"]), ("\t", ["tab"]), ("\u{1B}", ["esc"]), ("\u{4}", ["ctrl-d"]),
        ("\u{7F}", ["backspace"]),
        ("\u{1B}[200~qy\n\u{1B}[201~z", ["paste(qy\n)", "z"]), ("\u{1B}[1;99Xk", ["k"]), ("é", ["é"]), ("\u{0}", []),
    ]) func bytesBecomeKeys(text: String, keys: [String]) { #expect(names(decode(text)) == keys) }

    /// Parts of a text as they arrive, with seconds between them.
    private func arrive(_ parts: [String], gap: Double) -> [[String]] {
        var decoder = KeyDecoder()
        return parts.enumerated().map { index, part in
            let time = Moment(seconds: 100 + Double(index) * gap)
            return names(decoder.decode(part.unicodeScalars.map { .scalar($0.value) }, at: time))
        }
    }

    /// A frame took two seconds: nobody knows when the letters came, so they may be the rest.
    @Test func lettersThatAreReadLateBelongToTheirEscape() {
        var decoder = KeyDecoder()
        let escape = decoder.decode([.scalar(27)], at: Moment(seconds: 100), cameAfter: Moment(seconds: 99))
        let late = decoder.decode(
            "OB".unicodeScalars.map { .scalar($0.value) }, at: Moment(seconds: 102), cameAfter: Moment(seconds: 100.1))
        #expect(names(escape + late) == ["esc", "down"])
        let typed =
            decoder.decode(
                [.scalar(27)], at: Moment(seconds: 110), cameAfter: Moment(seconds: 110))
            + decoder.decode([.scalar(0x4F)], at: Moment(seconds: 112), cameAfter: Moment(seconds: 111.5))
        #expect(names(typed) == ["esc", "O"])
    }

    @Test func aPasteMayArriveInPieces() {
        #expect(arrive(["\u{1B}[200~ab", "cd\u{1B}[201~"], gap: 3) == [[], ["paste(abcd)"]])
        #expect(arrive(["\u{1B}[200~a\u{1B}", "[20", "1~y"], gap: 0.9) == [[], [], ["paste(a)", "y"]])
        #expect(arrive(["\u{1B}", "[200~ay", "\u{1B}[201~"], gap: 0.9) == [["esc"], [], ["paste(ay)"]])
    }

    private static let sequences: [(text: String, key: String)] = [
        ("[A", "up"), ("[B", "down"), ("[C", "right"), ("[D", "left"), ("OA", "up"), ("OB", "down"), ("OC", "right"),
        ("OD", "left"), ("[H", "home"), ("[F", "end"), ("OH", "home"), ("OF", "end"), ("[1~", "home"), ("[4~", "end"),
        ("[7~", "home"), ("[8~", "end"), ("[2~", "insert"), ("[3~", "delete"), ("[5~", "pgup"), ("[6~", "pgdn"),
        ("OP", "f1"), ("OQ", "f2"), ("OR", "f3"), ("OS", "f4"), ("[11~", "f1"), ("[15~", "f5"), ("[17~", "f6"),
        ("[21~", "f10"), ("[23~", "f11"), ("[24~", "f12"), ("[[A", "f1"), ("[[E", "f5"), ("[Z", "shift-tab"),
        ("[1;5B", "down"), ("[3;2~", "delete"),
    ]

    /// The case: ESC, a pause, `OB`, and a deployment was paused by the O.
    @Test(arguments: [0.03, 0.1, 0.5, 0.9]) func aSequenceTornByASlowLineIsNoTypedText(gap: Double) {
        for (text, key) in Self.sequences {
            let whole = arrive(["\u{1B}", text], gap: gap).flatMap { $0 }
            #expect(whole == ["esc", key], "\(text) after \(gap) s")
            // Torn at every place.
            let letters = ["\u{1B}"] + text.map(String.init)
            #expect(arrive(letters, gap: gap).flatMap { $0 } == ["esc", key], "\(text) letter by letter")
        }
    }

    @Test func whatComesLongAfterAnEscapeIsTyped() {
        #expect(arrive(["\u{1B}", "D"], gap: 1.1) == [["esc"], ["D"]])
        #expect(arrive(["\u{1B}", "[", "D"], gap: 1.1) == [["esc"], ["["], ["D"]])
        // No sequence goes on with these.
        #expect(arrive(["\u{1B}", "y", "D"], gap: 0.1) == [["esc"], ["y"], ["D"]])
        #expect(arrive(["\u{1B}", "\u{1B}", "[B"], gap: 0.1) == [["esc"], ["esc"], ["down"]])
    }
}

@Suite struct CommandTests {
    @Test func commandsSwitchPanesScopeAndContext() {
        var screen = Screen()
        for command in [":breakers", ":ns shop", ":ctx other", ":window 5m", ":q"] {
            screen.type(command)
            screen.press(.enter)
        }
        #expect(screen.model.focus == .breakers)
        #expect(
            screen.effects == [.setScope(.some(["shop"])), .switchContext("other"), .setWindow(seconds: 300), .quit])
    }

    @Test func unknownNamesAreSaidAndDoNothing() {
        var screen = Screen()
        for (command, words) in [
            (":fly", "no command fly"), (":ns moon", "no namespace moon"), (":ctx mars", "no context mars"),
        ] {
            screen.type(command)
            screen.press(.enter)
            #expect(screen.text.contains(words))
        }
        #expect(screen.effects.isEmpty)
    }

    @Test func tabCompletes() {
        var screen = Screen()
        screen.type(":br")
        screen.press(.tab, .enter)
        #expect(screen.model.focus == .breakers)
        screen.type(":ns sh")
        screen.press(.tab, .enter)
        #expect(screen.effects == [.setScope(.some(["shop"]))])
    }

    @Test func helpIsMadeFromTheTables() {
        let lines = HelpText.lines(Screen().model).joined(separator: "\n")
        for action in Registry.standard.actions { #expect(lines.contains(action.title)) }
        for command in Registry.standard.commands { #expect(lines.contains(command.help)) }
    }
}
