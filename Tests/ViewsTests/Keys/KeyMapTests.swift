import ClusterData
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

    @Test func enterAndSpaceNeverStartAChange() {
        for key in ["enter", "space"] {
            let id = KeyMap.table([:])[key] ?? ""
            #expect(!["shift", "scale", "restart", "policy", "apply", "undo"].contains(id))
        }
    }
}

@Suite struct KeyDecoderTests {
    private func decode(_ text: String) -> [Event] {
        var decoder = KeyDecoder()
        return decoder.decode(text.unicodeScalars.map { .scalar($0.value) })
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

    @Test func aPasteMayArriveInPieces() {
        var decoder = KeyDecoder()
        let first = decoder.decode("\u{1B}[200~ab".unicodeScalars.map { .scalar($0.value) })
        let second = decoder.decode("cd\u{1B}[201~".unicodeScalars.map { .scalar($0.value) })
        #expect(names(first) == [])
        #expect(names(second) == ["paste(abcd)"])
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
        for action in KeyMap.actions { #expect(lines.contains(action.title)) }
        for entry in Command.entries { #expect(lines.contains(entry.help)) }
    }
}
