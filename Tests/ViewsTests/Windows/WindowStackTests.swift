import Actions
import Base
import Kube
import MeshModel
import Testing

@testable import Views

/// Windows lie over each other, and each is told only what it wants to know.
@Suite struct WindowStackTests {
    @Test func escapeClosesOneWindow() {
        var screen = Screen()
        screen.type("3jWG")
        #expect(screen.model.windows.count == 2 && screen.text.contains("Guarded shift of VirtualService shop/reviews"))
        screen.press(.escape)
        #expect(screen.text.contains("Weights of VirtualService shop/reviews"))
        screen.press(.escape)
        #expect(screen.model.windows.isEmpty)
    }

    /// A preview takes the place of the forms that it was made from, and none of them comes back after it.
    @Test func aPreviewTakesThePlaceOfItsForms() {
        var screen = Screen()
        screen.type("3jWG")
        screen.press(.enter)
        screen.answer { .preview(.success(.shift()), of: $0) }
        #expect(screen.model.windows.count == 1 && screen.model.window is PreviewWindow)
        screen.press(.escape)
        #expect(screen.model.windows.isEmpty)
    }

    @Test func whatFailedComesBackWithWhatWasTyped() {
        var screen = Screen()
        screen.type("3jW>")
        screen.press(.enter)
        screen.answer { .preview(.failure(MeshTopError(.server, "the plan", why: "no answer")), of: $0) }
        #expect((screen.model.window as? WeightsEditor)?.weights == [100, 0])
    }

    @Test func aNeedIsAskedOnceAndItsAnswerTakenOnce() {
        var screen = Screen()
        screen.type("y")
        screen.send(.tick(.noon + 1), .tick(.noon + 2))
        #expect(screen.needs.map(\.id) == [screen.model.lastRequest])
        let answer = DataAnswer.document(title: "it", lines: ["kind: Service"])
        screen.answer { .data(answer, of: $0) }
        screen.answer { .data(.document(title: "it", lines: ["another"]), of: $0) }
        #expect(screen.text.contains("kind: Service") && !screen.text.contains("another"))
    }

    /// What is followed is asked with every tick while its window is open, also under another one, and no longer.
    @Test func whatIsFollowedIsAskedAgainUntilItsWindowCloses() {
        var screen = Screen()
        screen.type("@")
        screen.answer {
            .data(
                .log(
                    changes: [], calls: [APICall(number: 1, startedAt: .noon, method: "GET", path: "/a")], kubectl: []),
                of: $0)
        }
        screen.needs = []
        screen.send(.tick(.noon + 1))
        screen.press(.enter)
        screen.send(.tick(.noon + 2))
        #expect(screen.needs.map(\.question) == [.calls, .calls])
        screen.press(.escape, .escape)
        screen.send(.tick(.noon + 3))
        #expect(screen.needs.count == 2)
    }

    /// The form waits under a plan that is being made, and is told all the same.
    @Test func aWindowUnderAnotherOneGetsItsAnswer() {
        var screen = Screen()
        screen.type("E")
        let policies = screen.model.lastRequest
        screen.press(.down, .right, .enter)
        #expect(screen.model.awaited != nil)
        let now = PresentPolicy(note: "as the mesh has it")
        screen.send(.data(.policies([.mtls: now]), of: policies))
        screen.press(.escape)
        #expect(screen.text.contains("as the mesh has it"), "\(screen.text)")
    }

    @Test func anotherContextClosesAllOfThem() {
        var screen = Screen()
        screen.type("3jWG")
        screen.send(.contexts(names: ["test", "other"], current: "other", safeguards: Safeguards()))
        #expect(screen.model.windows.isEmpty)
    }
}
