import Base
import MeshModel
import Testing

@testable import Actions
@testable import Views

/// An answer belongs to one question; a yes belongs to a preview that a person could read.
@Suite struct AnswerTests {
    private func restarting() -> Screen {
        var screen = Screen()
        screen.type("6jR")
        return screen
    }

    /// The race of the issue: a restart was left, a YAML is awaited, and the restart's preview comes.
    @Test func aPreviewThatWasLeftDoesNotAnswerAnotherQuestion() {
        var screen = restarting()
        let restart = screen.model.lastRequest
        screen.press(.escape)
        screen.type("y")
        let document = screen.model.lastRequest
        screen.send(.preview(.success(.shift()), of: restart))
        #expect(screen.effects.last == .discardPlan(planID: "plan-1"))
        #expect(screen.model.awaited == document)
        screen.send(.data(.document(title: "YAML", lines: ["kind: Deployment"]), of: document))
        #expect(screen.text.contains("kind: Deployment"))
        screen.type("y")
        #expect(!screen.effects.contains(.apply(planID: "plan-1")))
    }

    @Test func theSecondOfTwoPlansIsNotAnsweredByTheFirst() {
        var screen = restarting()
        let first = screen.model.lastRequest
        screen.press(.escape)
        screen.type("kR")
        screen.send(.preview(.success(.shift()), of: first))
        #expect(screen.effects.last == .discardPlan(planID: "plan-1"))
        screen.send(.preview(.failure(MeshTopError(.server, "the first", why: "it failed")), of: first))
        #expect(screen.model.awaited != nil && !screen.text.contains("it failed"))
    }

    @Test func documentsEditsPoliciesAndLogsThatWereLeftAreDropped() {
        var screen = Screen()
        screen.type("y")
        let left = screen.model.lastRequest
        screen.press(.escape)
        screen.send(.data(.document(title: "late", lines: ["late"]), of: left))
        #expect(screen.model.window == nil)
        screen.type("@")
        let log = screen.model.lastRequest
        screen.press(.escape)
        screen.send(.data(.log(changes: [], calls: [], kubectl: []), of: log))
        #expect(screen.model.window == nil)
        screen.type("e")
        let read = screen.model.lastRequest
        screen.press(.escape)
        screen.type("y")
        let object = ObjectReference(kind: "Service", namespace: "shop", name: "ratings")
        let edit = ObjectEdit(object, path: "/x", before: .null, context: "test")
        screen.send(.data(.edit(.success(edit)), of: read))
        #expect(!screen.effects.contains(.openEditor(edit)))
        screen.press(.escape)
        screen.type("E")
        let policies = screen.model.lastRequest
        screen.press(.escape)
        screen.type("E")
        screen.send(.data(.policies([.timeoutAndRetries: PresentPolicy(values: ["timeout": "77s"])]), of: policies))
        screen.press(.right, .right)
        #expect(!screen.text.contains("77s"))
    }

    // MARK: When a yes counts

    private func previewed() -> Screen {
        var screen = restarting()
        screen.answer { .preview(.success(.shift()), of: $0) }
        return screen
    }

    private func sends(_ screen: Screen) -> Bool { screen.effects.contains(.apply(planID: "plan-1")) }

    @Test func aYesBeforeThePreviewWasReadDoesNotCount() {
        var screen = restarting()
        screen.secondsBetweenEvents = 0.1
        screen.answer { .preview(.success(.shift()), of: $0) }
        screen.type("y")
        #expect(!sends(screen))
        #expect(screen.text.contains("y came before the preview could be read"), "\(screen.text)")
        // Ignored, not remembered.
        screen.send(.tick(.noon + 1), .tick(.noon + 2), .tick(.noon + 3))
        #expect(!sends(screen))
        screen.type("y")
        screen.send(.tick(.noon + 4))
        #expect(sends(screen))
    }

    /// The mended plan failed just as the operator said yes to it.
    @Test func aYesToAPreviewThatHasJustComeBackDoesNotCount() {
        var screen = restarting()
        var preview = ChangePreview.shift()
        preview.mend = ChangePreview.Mend(title: "another way", request: .apply(yaml: "it", defaultNamespace: "shop"))
        screen.answer { .preview(.success(preview), of: $0) }
        screen.type("m")
        screen.secondsBetweenEvents = 0.1
        screen.answer { .preview(.failure(MeshTopError(.server, "the plan", why: "no answer")), of: $0) }
        screen.type("y")
        screen.send(.tick(.noon + 1), .tick(.noon + 2), .tick(.noon + 3))
        #expect(!sends(screen) && screen.text.contains("before the preview could be read"), "\(screen.text)")
        screen.type("y")
        screen.send(.tick(.noon + 4))
        #expect(sends(screen))
    }

    /// What could not be drawn was not read.
    @Test func aYesToAPreviewOnATooSmallScreenDoesNotCount() {
        var screen = restarting()
        screen.size = Size(rows: 5, columns: 20)
        screen.send(.resize(screen.size))
        screen.answer { .preview(.success(.shift()), of: $0) }
        screen.type("y")
        screen.size = Size(rows: 45, columns: 160)
        screen.secondsBetweenEvents = 0.1
        screen.send(.resize(screen.size))
        screen.type("y")
        #expect(!sends(screen))
    }

    /// An unbracketed paste: the yes is in the middle, at the end, or comes first.
    @Test(arguments: ["say", "yes", "y\n", "kyj"]) func aYesInABurstDoesNotCount(text: String) {
        var screen = previewed()
        screen.send(.tick(.noon + 1))
        screen.secondsBetweenEvents = 0.002
        screen.type(text)
        screen.secondsBetweenEvents = 1
        screen.send(.tick(.noon + 2))
        #expect(!sends(screen))
        #expect(screen.text.contains("in a burst of keys"), "\(screen.text)")
    }

    @Test func aNameThatIsPastedWithItsReturnDoesNotCount() {
        var screen = restarting()
        screen.answer { .preview(.success(.shift(typed: "reviews")), of: $0) }
        screen.secondsBetweenEvents = 0.002
        screen.type("reviews")
        screen.press(.enter)
        screen.secondsBetweenEvents = 1
        screen.send(.tick(.noon + 1))
        #expect(!sends(screen))
        screen.press(.enter)
        #expect(sends(screen))
    }

    @Test func aYesCountsOnceNothingFollowsIt() {
        var screen = previewed()
        screen.secondsBetweenEvents = 0.02
        screen.send(.tick(.noon + 1))
        screen.now = screen.now + 1
        screen.type("y")
        #expect(!sends(screen))
        let due = screen.model.wakeAt
        #expect(due != nil)
        screen.now = screen.now + 0.05
        screen.send(.tick(.noon + 2))
        #expect(sends(screen))
        #expect(screen.model.wakeAt == nil)
    }
}
