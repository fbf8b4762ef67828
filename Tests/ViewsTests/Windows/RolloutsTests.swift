import Base
import Insights
import MeshModel
import Testing

@testable import Actions
@testable import Views

/// What the window shows of rollouts, and what its keys ask for.
@Suite struct RolloutsTests {
    private static let route = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")

    private static func record(hold: Set<Int> = []) -> GuardRecord {
        var settings = GuardSettings()
        settings.plan.steps = [5, 25, 100]
        settings.plan.holdAt = hold
        var record = GuardRecord(
            id: "g-1",
            target: GuardTarget(
                route: route, section: .http, index: 0, canary: 1, canaryName: "v2", original: [90, 10]),
            settings: settings, weight: 25, startedAt: Timestamp.noon + -300, startedBy: "ada@bastion")
        record.stepTimes = [Timestamp.noon + -200, Timestamp.noon + -40]
        return record
    }

    private static func status(_ change: (inout GuardStatus) -> Void = { _ in }) -> GuardStatus {
        let record = record()
        var status = GuardStatus(
            id: record.id, target: record.target, plan: record.settings.plan, weight: 25,
            verdict: .needMoreData(seconds: 40), wait: .requests(missing: 20), worse: 4, pass: 2, needed: 20,
            canary: .init(requests: 200, errors: 10, slow: [20]), stable: .init(requests: 800, errors: 4, slow: [16]))
        status.edges = [LatencyEdge(milliseconds: 50, stableShare: 0.02)]
        (status.stepSeconds, status.stepRequests) = (60, 30)
        status.conditions = [GuardStatus.Condition(text: "up <= 3", value: 2, holds: true)]
        change(&status)
        return status
    }

    private static func driven(_ change: (inout GuardStatus) -> Void = { _ in }) -> RolloutView {
        RolloutView(record(), status: status(change), driver: .here, now: .noon)
    }

    private func screen(
        _ views: RolloutView..., rows: Int = 45, columns: Int = 160, wall: Bool = false, readOnly: String? = nil
    ) -> Screen {
        var screen = Screen(rows: rows, columns: columns) { ($0.wall, $0.readOnly) = (wall, readOnly) }
        screen.send(.rollouts(views, notes: []))
        return screen
    }

    @Test(arguments: [("P", RolloutAction.promote), ("A", .rollBack), ("H", .hold)])
    func keysAskForTheirOrders(_ key: String, _ action: RolloutAction) {
        var screen = screen(Self.driven())
        screen.type("w" + key)
        #expect(screen.effects == [.plan(.rollout(RolloutOrder(object: Self.route, action: action)))])
        // The preview comes between the key and the change, and the window back after it.
        screen.answer { .preview(.success(.shift()), of: $0) }
        screen.press(.escape)
        #expect(screen.effects.last == .discardPlan(planID: "plan-1"))
        #expect(screen.text.contains("Rollouts 1"))
    }

    @Test func whatCannotBeAskedSaysWhy() {
        var screen = screen(Self.driven())
        screen.type("wCGN")
        #expect(screen.effects.isEmpty)
        #expect(screen.text.contains("it does not hold at this step"))
        #expect(screen.text.contains("this MeshTop drives it already"))
        #expect(screen.text.contains("MeshTop has no such thing"))
        var reader = self.screen(Self.driven(), readOnly: "started with --read-only")
        reader.type("wA")
        #expect(reader.effects.isEmpty && reader.text.contains("read-only"))
    }

    @Test func aHeldOneIsLetGoOn() {
        let view = RolloutView(
            Self.record(hold: [25]), status: Self.status { $0.wait = .person }, driver: .here, now: .noon)
        var screen = screen(view)
        screen.type("w")
        #expect(screen.text.contains("HELD") && screen.text.contains("a person: C lets it go on"))
        screen.type("C")
        #expect(screen.effects == [.plan(.rollout(RolloutOrder(object: Self.route, action: .release)))])
    }

    @Test func whoeverQuitsIsToldWhatWouldBeLeft() {
        var screen = screen(Self.driven())
        screen.type("q")
        #expect(screen.text.contains("reviews v2 is driven here: it stands at 25 %"), "\(screen.text)")
        screen.type("y")
        #expect(screen.effects == [.quit])
    }

    @Test func oneThatIsOverIsNotShownOnTop() {
        var screen = screen(
            RolloutView(
                Self.record(), status: Self.status(), driver: .nobody, end: .rolledBack("errors"), now: .noon))
        #expect(!screen.lines.prefix(2).joined().contains("canary"))
        screen.type("w")
        #expect(screen.text.contains("ROLLED BACK"))
    }

    /// The mark is all that there is of it, and that is said.
    @Test func whoeverWatchesSeesWhatTheMarkSaysAndNoMore() {
        var record = Self.record()
        record.evidence = GuardEvidence(
            time: .noon, canary: .init(requests: 120, errors: 2), stable: .init(requests: 2000, errors: 8), worse: 1.5,
            pass: 3)
        var screen = screen(RolloutView(record, status: nil, driver: .other("grace@laptop/7"), now: .noon))
        screen.type("w")
        screen.type("G")
        #expect(screen.text.contains("grace@laptop/7 drives it"))
    }

    @Test func anAbandonedOneOffersToGoOn() {
        var screen = screen(RolloutView(Self.record(), status: nil, driver: .nobody, now: .noon))
        screen.type("w")
        #expect(screen.text.contains("NOBODY DRIVES IT"))
        screen.type("G")
        #expect(screen.effects == [.plan(.guarded(Self.record()))])
        var preview = ChangePreview.shift()
        (preview.diff, preview.rollout) = ([], Self.route)
        screen.answer { .preview(.success(preview), of: $0) }
        screen.type("y")
        #expect(screen.effects.last == .apply(planID: "plan-1") && screen.text.contains("Rollouts 1"))
    }

    // MARK: The form

    @Test func theFormSaysWhatIsWrongAndSendsWhatIsRight() {
        var screen = screen()
        screen.type("3jW")
        screen.press(.down)
        screen.type("G")
        screen.type("50,10")
        screen.press(.enter)
        #expect(screen.effects.isEmpty && screen.text.contains("each step must be above the one before"))
        screen.press(.control("u"))
        screen.type("10,50,100")
        screen.press(.down)
        screen.type("50")
        for text in ["30", "200", "0.02", "300", "up <= 3"] {
            screen.press(.tab)
            screen.type(text)
        }
        screen.press(.enter)
        guard case .plan(let wanted)? = screen.effects.last, let start = wanted.change as? GuardStartRequest else {
            Issue.record("no plan: \(screen.text)")
            return
        }
        #expect(start.target.canaryName == "v2" && start.target.original == [90, 10])
        #expect(start.settings.plan.steps == [10, 50, 100] && start.settings.plan.holdAt == [50])
        #expect(start.settings.plan.minimumSeconds == 30 && start.settings.plan.minimumRequests == 200)
        #expect(start.settings.errorObjective == 0.02 && start.settings.p99Milliseconds == 300)
        #expect(start.settings.conditions.map(\.query) == ["up"])
        // Confirmed, it is followed in its window.
        var preview = ChangePreview.shift()
        preview.rollout = Self.route
        screen.answer { .preview(.success(preview), of: $0) }
        screen.type("y")
        #expect(screen.effects.last == .apply(planID: "plan-1"))
        screen.send(.rollouts([Self.driven()], notes: []))
        #expect(screen.text.contains("Rollouts 1") && screen.text.contains("NEED MORE DATA"))
    }

    // MARK: Owners

    @Test func aRouteOfFlaggersSaysSoAndLeadsToItsCanary() {
        var view = RolloutView(
            owner: .flagger, object: ObjectReference(kind: "Canary", namespace: "shop", name: "reviews"),
            route: Self.route, canary: "", weight: 20, verdict: "PROGRESSING", tone: .waiting,
            driver: .controller("Flagger"))
        view.options = [.init(action: .hold)]
        var screen = screen(view)
        screen.type("3jW")
        #expect(screen.text.contains("Flagger's Canary reviews writes these weights and will overwrite yours"))
        screen.type("D")
        #expect(screen.text.contains("Rollouts 1") && screen.text.contains("by Flagger"))
        screen.type("H")
        #expect(screen.effects == [.plan(.rollout(RolloutOrder(object: view.object, action: .hold)))])
    }
}
