import Actions
import MeshModel
import Testing

@testable import Views

/// A screen that something else wrote over is mended by ctrl-l wherever one is.
@Suite struct RepaintTests {
    static let windows: [any Window] = {
        let service = ServiceID(namespace: "shop", name: "reviews")
        let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        var all: [any Window] = [
            Menu(title: "m", items: []), PolicyForm(service: service), FileForm(field: TextField("a")),
            ReplicasEditor(target: object, current: 1, ready: 1, field: TextField("1"), autoscaler: nil),
            Confirm(title: "c", lines: [], effect: .quit), PreviewWindow(preview: .shift()),
            Document(title: "d", lines: ["x"]),
        ]
        if let editor = WeightsEditor(.split("reviews", [("v1", 90, 0.9), ("v2", 10, 0.1)])) {
            all += [editor, GuardForm(editor)]
        }
        return all
    }()

    @Test(arguments: windows.indices, [false, true]) func underEveryWindow(_ index: Int, _ isSmall: Bool) {
        var screen = Screen()
        if isSmall { screen.model.size = Size(rows: 5, columns: 20) }
        screen.model.windows = [Self.windows[index]]
        screen.press(.control("l"))
        #expect(screen.effects == [.repaint])
        #expect(screen.model.window != nil)
        screen.press(.control("c"))
        #expect(screen.effects == [.repaint, .quit])
    }

    /// Those that only their own keys open.
    @Test(arguments: ["w", "?", "@", ".", "n", "E", "S", "q", "6GH"]) func asTheKeysOpenThem(_ keys: String) {
        var screen = Screen()
        screen.type(keys)
        let before = screen.model.window != nil
        #expect(before)
        screen.press(.control("l"))
        #expect(screen.effects.last == .repaint)
        #expect((screen.model.window != nil) == before)
    }

    @Test(arguments: ["/", ":"]) func inAnInputLine(_ key: String) {
        var screen = Screen()
        screen.type(key + "ab")
        screen.press(.control("l"))
        #expect(screen.effects.last == .repaint)
        #expect(screen.model.input?.field.text == "ab")
    }
}
