import Base
import Testing

@testable import Actions
@testable import Views

/// An edit from the key to the cluster: every way out keeps the operator's text.
@Suite struct EditFlowTests {
    private static let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
    private static let refused = MeshTopError(.conflict, "it", why: "changed meanwhile")

    private static var edit: ObjectEdit {
        var edit = ObjectEdit(
            object, path: "/x",
            before: ["kind": "Deployment", "metadata": ["name": "reviews-v1"], "spec": ["replicas": 1]], context: "test"
        )
        edit.text = edit.text.replacing("replicas: 1", with: "replicas: 2")
        return edit
    }

    private func inEditor() -> Screen {
        var screen = Screen()
        screen.type("6Ge")
        screen.answer { .data(.edit(.success(Self.edit)), of: $0) }
        return screen
    }

    private func previewed(_ refusal: String? = nil) -> Screen {
        var screen = inEditor()
        screen.answer { .edited(.changed(Self.edit), of: $0) }
        screen.answer { .preview(.success(.shift(refusal: refusal)), of: $0) }
        return screen
    }

    @Test func theKeyReadsTheObjectAndOpensTheEditor() {
        let screen = inEditor()
        #expect(screen.needs.map(\.question) == [.edit(Self.object)] && screen.effects == [.openEditor(Self.edit)])
    }

    @Test func whoPressedEscapeMeanwhileGetsNoEditor() {
        var screen = Screen()
        screen.type("6Ge")
        screen.press(.escape)
        screen.answer { .data(.edit(.success(Self.edit)), of: $0) }
        #expect(screen.needs.map(\.question) == [.edit(Self.object)] && screen.effects.isEmpty)
    }

    @Test func aChangedTextIsPlannedAndSentAfterYes() {
        var screen = previewed()
        #expect(screen.effects.last == .plan(.edit(Self.edit)))
        screen.type("y")
        #expect(screen.effects.last == .apply(planID: "plan-1"))
        screen.send(
            .progress(planID: "plan-1", .applied(journalID: "j")), .progress(planID: "plan-1", .verified("it is there"))
        )
        screen.press(.enter)
        #expect(!screen.effects.contains(.keepEdit(Self.edit)))
    }

    @Test func nothingChangedIsSaid() {
        var screen = inEditor()
        screen.answer { .edited(.unchanged, of: $0) }
        #expect(screen.text.contains("nothing changed") && screen.model.window == nil)
    }

    @Test func aMistakeIsAskedAboutAndEscapeKeepsTheText() {
        var screen = inEditor()
        let error = MeshTopError(.usage, "the edit", why: "line 3, column 1: a tab", advice: "mend that line")
        screen.answer { .edited(.unreadable(Self.edit, error), of: $0) }
        #expect(screen.text.contains("line 3, column 1: a tab"))
        var other = screen
        screen.type("y")
        #expect(screen.effects.last == .openEditor(Self.edit))
        other.press(.escape)
        #expect(other.effects.last == .keepEdit(Self.edit))
    }

    @Test func aRefusedEditIsTriedAgainOnTheObjectAsItIsNow() {
        var screen = previewed("it was changed by someone else meanwhile")
        #expect(screen.text.contains("e edit again"))
        var other = screen
        screen.type("e")
        #expect(screen.effects.last == .discardPlan(planID: "plan-1"))
        #expect(screen.needs.last?.question == .renewedEdit(Self.edit))
        // Nor is the text lost when that fails.
        screen.answer { .data(.edit(.failure(Self.refused)), of: $0) }
        #expect(screen.effects.last == .keepEdit(Self.edit))
        other.press(.escape)
        #expect(other.effects.suffix(2) == [.discardPlan(planID: "plan-1"), .keepEdit(Self.edit)])
    }

    @Test(arguments: [false, true]) func aConflictWhenItIsSentKeepsTheText(_ closed: Bool) {
        var screen = previewed()
        screen.type("y")
        if closed { screen.press(.escape) }
        screen.send(.progress(planID: "plan-1", .failed(Self.refused)))
        #expect(screen.effects.filter { $0 == .keepEdit(Self.edit) }.count == 1)
    }

    @Test func aPlanThatFailsIsAskedAbout() {
        var screen = inEditor()
        screen.answer { .edited(.changed(Self.edit), of: $0) }
        screen.answer { .preview(.failure(Self.refused), of: $0) }
        #expect(screen.text.contains("Edit again?"))
        screen.press(.escape)
        #expect(screen.effects.last == .keepEdit(Self.edit))
    }

    @Test func aCommandNamesAnyObject() {
        var screen = Screen()
        screen.type(":edit virtualservices/reviews web")
        screen.press(.enter)
        screen.press(.escape)
        screen.type(":edit Certificate/tls")
        screen.press(.enter)
        #expect(
            screen.needs.map(\.question) == [
                .edit(ObjectReference(kind: "virtualservices", namespace: "web", name: "reviews")),
                .edit(ObjectReference(kind: "Certificate", namespace: "shop", name: "tls")),
            ])
        screen.press(.escape)
        screen.type(":edit reviews")
        screen.press(.enter)
        #expect(screen.text.contains("edit takes KIND/NAME"))
    }

    @Test(arguments: ["e", ":edit deployment/reviews-v1\n"]) func readOnlyRefuses(_ keys: String) {
        for isWall in [false, true] {
            var screen = Screen {
                $0.readOnly = isWall ? nil : "started with --read-only"
                $0.wall = isWall
            }
            for key in keys { key == "\n" ? screen.press(.enter) : screen.type(String(key)) }
            #expect(screen.effects.isEmpty && screen.needs.isEmpty)
        }
    }
}
