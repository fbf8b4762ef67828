import Base
import Testing

@testable import Actions
@testable import Views

/// One window draws the fields of any verb.
@Suite struct ValuesFormTests {
    private let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")

    private func screen() -> Screen {
        let fields = [
            FormField("max", "Most", kind: .number(1...9)), FormField("mode", "Mode", choices: ["slow", "fast"]),
            FormField("quiet", "Quiet", FormField.off, kind: .toggle),
        ]
        let form = VerbForm("a trial", fields) { (object, values) throws(MeshTopError) in
            let most = try values.number("max")
            let mode = try values.choice("mode")
            return .evict(object, pod: "\(most ?? 0) \(mode ?? "none") \(values.isOn("quiet"))")
        } present: { _, _ in
            ["max": "4"]
        }
        let verb = Verb(
            id: "trial", key: "?", title: "Trial", help: "", form: form, target: { _, _ in nil }, needsTarget: true)
        var screen = Screen()
        screen.model.windows = [ValuesForm(verb, target, present: form.present(target, nil))]
        return screen
    }

    @Test func numbersAreTypedAndTheRestIsChosen() {
        var screen = screen()
        #expect(screen.text.contains("Trial: Deployment shop/reviews-v1") && screen.text.contains("‹ not set ›"))
        screen.type("7")
        screen.press(.down, .right, .right)
        screen.press(.down)
        screen.type(" ")
        #expect(screen.text.contains("‹ fast ›") && screen.text.contains("‹ on ›"), "\(screen.text)")
        screen.press(.enter)
        #expect(screen.effects == [.plan(.evict(target, pod: "7 fast true"))])
    }

    /// What is out of bounds is said in the form, and nothing is planned.
    @Test func aNumberOutOfItsBoundsIsNotPlanned() {
        var screen = screen()
        screen.type("12")
        screen.press(.enter)
        #expect(screen.effects.isEmpty && screen.model.window is ValuesForm)
        #expect(screen.text.contains("not a number from 1 to 9"), "\(screen.text)")
        screen.press(.backspace)
        #expect(!screen.text.contains("not a number"))
        screen.press(.enter)
        #expect(screen.effects == [.plan(.evict(target, pod: "1 none false"))])
    }

    @Test(arguments: VerbTable.all.map(\.id)) func everyWindowThatAVerbNamesIsThere(_ id: String) throws {
        let verb = try #require(VerbTable.all.first { $0.id == id })
        if let window = verb.form.window { #expect(FormWindows.all[window] != nil) }
    }
}
