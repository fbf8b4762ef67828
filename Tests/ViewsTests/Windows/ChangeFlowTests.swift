import Actions
import Base
import Kube
import MeshModel
import Testing

@testable import Views

@Suite struct ChangeFlowTests {
    private func shiftRequested() -> Screen {
        var screen = Screen()
        screen.type("3jW")
        screen.press(.down)
        screen.type(">")
        screen.press(.enter)
        return screen
    }

    @Test func theWeightsEditorAsksForAPlanWithTheNewWeights() {
        let screen = shiftRequested()
        let route = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")
        #expect(screen.effects == [.plan(.shift(route: route, section: .http, index: 0, weights: [80, 20]))])
    }

    @Test func nothingIsAppliedBeforeYesToThePreview() {
        var screen = shiftRequested()
        screen.answer { .preview(.success(.shift()), of: $0) }
        #expect(screen.text.contains("- weight: 90") && screen.text.contains("+ weight: 80"))
        #expect(screen.text.contains("v2 gets 12 of 60 requests per second"))
        screen.press(.enter)
        #expect(screen.effects.count == 1)
        screen.type("y")
        #expect(screen.effects.last == .apply(planID: "plan-1"))
        screen.send(
            .progress(planID: "plan-1", .applied(journalID: "j-1")),
            .progress(planID: "another", .unverified("of another change")),
            .progress(planID: "plan-1", .verified("observed as configured")))
        // What became of another change is told apart, below.
        #expect(!screen.text.contains("▲ not verified: of another change"))
        #expect(screen.text.contains("verified: observed as configured"))
    }

    @Test func escapeDiscardsThePlan() {
        var screen = shiftRequested()
        screen.answer { .preview(.success(.shift()), of: $0) }
        screen.press(.escape)
        #expect(screen.effects.last == .discardPlan(planID: "plan-1"))
    }

    @Test func productionAsksForTheName() {
        var screen = shiftRequested()
        screen.answer { .preview(.success(.shift(typed: "reviews")), of: $0) }
        screen.type("y")
        screen.press(.enter)
        #expect(screen.text.contains("that is not the name"))
        screen.press(.backspace)
        screen.type("reviews")
        screen.press(.enter)
        #expect(screen.effects.last == .apply(planID: "plan-1"))
    }

    @Test func aRefusedDryRunCannotBeApplied() {
        var screen = shiftRequested()
        screen.answer { .preview(.success(.shift(refusal: "admission webhook denied the request")), of: $0) }
        screen.type("y")
        screen.press(.enter)
        #expect(screen.text.contains("admission webhook denied"))
        #expect(screen.effects.count == 1)
    }

    @Test func aPreviewThatComesTooLateDoesNotInterrupt() {
        var screen = shiftRequested()
        screen.press(.escape)
        screen.answer { .preview(.success(.shift()), of: $0) }
        // Esc closes one window: the form is there with what was typed.
        #expect((screen.model.window as? WeightsEditor)?.weights == [80, 20])
        #expect(screen.effects.last == .discardPlan(planID: "plan-1"))
    }

    @Test func readOnlyRemovesTheVerbsAndSaysSo() {
        var screen = Screen { $0.readOnly = "started with --read-only" }
        #expect(!(screen.lines.last ?? "").contains("Scale"))
        #expect(screen.lines[0].contains("READ-ONLY"))
        screen.type("S")
        #expect(screen.text.contains("read-only"))
        screen.type(".")
        #expect(screen.text.contains("✗ read-only: started with --read-only"))
    }

    @Test func whatTheServerDidNotSayIsNotRefused() {
        var screen = Screen()
        screen.send(.rights(NamespaceRights(namespace: "shop", rules: [], gap: "timed out")))
        screen.type(".")
        #expect(!screen.text.contains("✗ RBAC"))
    }

    @Test func rightsAreAskedOnceForTheNamespaceOfTheSelection() {
        var screen = Screen()
        #expect(screen.rightsAsked == ["shop"])
        screen.type("jjkk")
        #expect(screen.rightsAsked == ["shop"])
    }

    @Test func theFooterIsMadeFromTheVerbTable() {
        let footer = Screen().lines.last { !$0.isEmpty } ?? ""
        // Of a service no weights are shifted and no finding is fixed.
        for verb in VerbTable.all where verb.isFrequent && !["shift", "fix", "stats"].contains(verb.id) {
            #expect(footer.contains("\(verb.key) \(verb.title)"))
        }
    }

    @Test func scalingRefusesWhatIsNoCount() {
        var screen = Screen()
        screen.type("6GS")
        screen.press(.control("u"))
        screen.type("four")
        screen.press(.enter)
        #expect(screen.effects.isEmpty)
        #expect(screen.text.contains("replicas are a whole number"))
        screen.press(.control("u"))
        screen.type("5")
        screen.press(.enter)
        let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        #expect(screen.effects == [.plan(.scale(target, replicas: 5))])
    }

    /// Offered only where a bound is in the way, and sent only when it was taken.
    @Test func aCountOutsideTheAutoscalersBoundsOffersToMoveThem() {
        var screen = Screen()
        screen.type("6GS")
        guard var editor = screen.model.window as? ReplicasEditor else {
            Issue.record("no replicas asked for")
            return
        }
        editor.autoscaler = WorkloadSummary.Autoscaler(name: "reviews", minimum: 2, maximum: 4)
        screen.model.windows = [editor]
        screen.press(.control("u"))
        screen.type("3m")
        #expect(screen.text.contains("no bound of an autoscaler is in the way"))
        screen.press(.control("u"))
        screen.type("9")
        #expect(screen.text.contains("[ ] m: also move HPA max to 9"), "\(screen.text)")
        screen.type("m")
        #expect(screen.text.contains("[x] HPA max to 9 in the same change"), "\(screen.text)")
        screen.press(.enter)
        let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        #expect(screen.effects == [.plan(.scale(target, replicas: 9, movesBounds: true))])
    }

    /// What holds now stands in the fields; only what is typed over is sent as a value.
    @Test func thePolicyFormShowsWhatHoldsAndSendsWhatChanged() {
        var screen = Screen()
        screen.type("E")
        #expect(screen.needs.map(\.question) == [.policies(ServiceID(namespace: "shop", name: "ratings"))])
        #expect(screen.text.contains("reading what holds now"))
        let now = PresentPolicy(
            values: ["timeout": "7s", "attempts": "4"], note: "of the first of 2 rules",
            proposals: ["retryOn": .init("5xx", "a reason")])
        screen.answer { .data(.policies([.timeoutAndRetries: now]), of: $0) }
        screen.press(.right, .right)
        #expect(screen.text.contains("7s") && screen.text.contains("of the first of 2 rules"), "\(screen.text)")
        screen.press(.down, .down)
        screen.type("5")
        screen.press(.enter)
        #expect(
            screen.effects == [
                .plan(
                    .policy(
                        .timeoutAndRetries, namespace: "shop", target: "ratings",
                        values: ["timeout": "keep", "attempts": "5"]))
            ])
    }

    /// A proposal is shown with its reason and is sent only when it was switched on.
    @Test func aProposalIsOffUntilItIsSwitchedOn() {
        var screen = Screen()
        screen.type("E")
        let now = PresentPolicy(proposals: [
            "maxConnections": .init("42", "twice what is under way"), "interval": .init("10s", "the default"),
        ])
        screen.answer { .data(.policies([.circuitBreaker: now]), of: $0) }
        screen.press(.right, .down)
        #expect(screen.text.contains("? Max connections") && screen.text.contains("42"), "\(screen.text)")
        #expect(screen.text.contains("proposed: twice what is under way"), "\(screen.text)")
        #expect(screen.text.contains("space switches it on and off"), "\(screen.text)")
        screen.press(.enter)
        #expect(screen.text.contains("nothing is typed, chosen or switched on"), "\(screen.text)")
        #expect(screen.effects.isEmpty)
        screen.type(" ")
        #expect(screen.text.contains("* Max connections"), "\(screen.text)")
        screen.type("  ")
        screen.press(.enter)
        let wanted = PlanRequest.policy(
            .circuitBreaker, namespace: "shop", target: "ratings", values: ["maxConnections": "42"])
        #expect(screen.effects == [.plan(wanted)])
    }

    @Test func thePolicyFormSendsItsValues() {
        var screen = Screen()
        screen.type("E")
        screen.press(.down, .right, .right, .enter)
        #expect(
            screen.effects == [
                .plan(
                    .policy(
                        .mtls, namespace: "shop", target: "ratings", values: ["mode": "PERMISSIVE"]))
            ])
    }

    @Test func anAutoscalerIsAskedForWithItsBounds() {
        var screen = Screen()
        screen.type("6GH")
        #expect(screen.text.contains("Autoscaler: Deployment shop/reviews-v1"), "\(screen.text)")
        screen.press(.down)
        screen.type("7")
        screen.press(.enter)
        let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        #expect(screen.effects == [.plan(.autoscaler(target, max: 7))])
    }

    @Test func aRolloutIsHeldWithoutAQuestion() {
        var screen = Screen()
        screen.type("6GO")
        let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        #expect(screen.effects == [.plan(.pauseRollout(target))])
    }

    /// In every namespace, not only in production.
    @Test func aDeletionAsksForTheName() {
        var screen = Screen()
        screen.type("6GD")
        let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v1")
        #expect(screen.effects == [.plan(.delete(target))])
        var preview = ChangePreview.shift(typed: "reviews-v1")
        preview.isDeletion = true
        screen.answer { .preview(.success(preview), of: $0) }
        #expect(screen.text.contains("to delete it, type reviews-v1"), "\(screen.text)")
        screen.type("y")
        screen.press(.enter)
        #expect(screen.effects.count == 1)
    }

    /// Two answers, of two kinds: that it is overwritten, and the object's name.
    @Test func anUndoOverSomebodyElsesChangeAsksTwice() {
        var screen = Screen()
        screen.type("z")
        #expect(screen.effects == [.plan(.undo(nil, overDrift: true))])
        var preview = ChangePreview.shift(typed: "reviews")
        preview.drift = [
            DriftItem(kind: .kept, path: "VirtualService reviews spec.x", before: "1", made: "1", now: "5"),
            DriftItem(
                kind: .conflict, path: "VirtualService reviews spec.weight", before: "90", made: "50", now: "61"),
        ]
        screen.answer { .preview(.success(preview), of: $0) }
        #expect(
            screen.text.contains(
                "✖ changed by both: VirtualService reviews spec.weight  before 90, changed to 50, now 61"))
        #expect(screen.text.contains("○ somebody else's, stays"))
        screen.type("reviews")
        screen.press(.enter)
        #expect(screen.effects.count == 1 && !screen.text.contains("type reviews"))
        screen.type("y")
        #expect(screen.text.contains("to overwrite it, type reviews"))
        screen.type("y")
        screen.press(.enter)
        #expect(screen.effects.count == 1)
        screen.press(.backspace)
        screen.type("reviews")
        screen.press(.enter)
        #expect(screen.effects.last == .apply(planID: "plan-1"))
    }

    /// What the server would drop is said, and asked about by itself; `m` plans the mended text.
    @Test func whatTheServerDropsIsAcknowledgedFirst() {
        var screen = shiftRequested()
        var preview = ChangePreview.shift()
        preview.losses = ["DestinationRule x: spec.gone is dropped: nothing of it takes effect"]
        let mended = PlanRequest.apply(yaml: "mended", defaultNamespace: "shop")
        preview.mend = ChangePreview.Mend(title: "write it elsewhere", request: mended)
        screen.answer { .preview(.success(preview), of: $0) }
        #expect(screen.text.contains("✖ DestinationRule x: spec.gone is dropped"), "\(screen.text)")
        #expect(screen.text.contains("m mends it: write it elsewhere"))
        #expect(screen.text.contains("send it anyway?"))
        screen.type("y")
        #expect(screen.text.contains("apply?") && screen.effects.last != .apply(planID: "plan-1"))
        screen.type("y")
        #expect(screen.effects.last == .apply(planID: "plan-1"))
        screen = shiftRequested()
        screen.answer { .preview(.success(preview), of: $0) }
        screen.type("m")
        #expect(screen.effects.last == .plan(mended))
    }

    @Test func aStoppedChangeOffersToTakeBackWhatWasApplied() {
        var screen = shiftRequested()
        screen.answer { .preview(.success(.shift()), of: $0) }
        screen.type("y")
        let stopped = StoppedChange(
            journalID: "plan-1", applied: ["Service shop/a"], refused: "Service shop/b", notSent: ["Service shop/c"])
        screen.send(
            .progress(planID: "plan-1", .stopped(stopped)),
            .progress(planID: "plan-1", .failed(MeshTopError(.conflict, "it", why: "changed"))))
        for words in [
            "applied: Service shop/a", "refused: Service shop/b", "not sent: Service shop/c", "take back the 1",
        ] {
            #expect(screen.text.contains(words), "\(screen.text)")
        }
        screen.type("y")
        #expect(screen.effects.last == .plan(.undo("plan-1", overDrift: true)))
    }
}

@Suite struct WeightsEditorTests {
    @Test(arguments: 0..<20) func theSumStaysAHundred(seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        let parts = (0..<Int.random(in: 2...6, using: &dice)).map {
            (subset: "v\($0)", weight: Int.random(in: 0...300, using: &dice), observed: Double?.none)
        }
        var editor = try #require(WeightsEditor(.split("reviews", parts)))
        for _ in 0..<300 {
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: editor.change([1, -1, 10, -10].randomElement(using: &dice) ?? 1)
            case 1: editor.move(Bool.random(using: &dice) ? 1 : -1)
            case 2: editor.digit(.random(in: 0...9, using: &dice))
            case 3: editor.makeEven()
            case 4: editor.promote()
            default: editor.abort()
            }
            #expect(editor.weights.reduce(0, +) == 100)
            #expect(editor.weights.allSatisfy { $0 >= 0 })
        }
    }

    @Test func oneRouteIsNoChoice() {
        #expect(WeightsEditor(.split("reviews", [("v1", 100, nil)])) == nil)
    }
}
