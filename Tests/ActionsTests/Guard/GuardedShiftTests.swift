import Base
import ClusterData
import DemoMesh
import Insights
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// Rollouts on the demo mesh, whose canary answers one request in twelve with an error.
@Suite(.serialized) struct GuardedShiftTests {
    static let cluster = Result { try DemoCluster(.canary) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }
    private static let bad = ObjectReference(kind: "VirtualService", namespace: "shop", name: "recommendation")
    private static let good = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")

    private func record(
        _ route: ObjectReference, index: Int, original: [Int], canary: Int, steps: [Int], seconds: Double = 1
    ) -> GuardRecord {
        var settings = GuardSettings()
        settings.plan.steps = steps
        settings.plan.minimumSeconds = seconds
        settings.plan.minimumRequests = 1
        settings.lookSeconds = 0.5
        return GuardRecord(
            id: ChangeID.new(),
            target: GuardTarget(
                route: route, section: .http, index: index, canary: canary, canaryName: "v\(canary + 1)",
                original: original),
            settings: settings, weight: nil, startedAt: .now(), startedBy: "test")
    }

    private func shift(
        _ record: GuardRecord, client: KubeClient? = nil, metrics: String? = nil, events: Lock<[GuardEvent]>
    ) throws -> GuardedShift {
        let client = try client ?? cluster.client()
        let url = try metrics ?? cluster.demo.server.url
        let app = record.target.route.name
        return try GuardedShift(
            record, client: client,
            runner: ChangeRunner(client: client, journal: try cluster.journal, verifySeconds: 5) { nil },
            prometheus: PrometheusClient(endpoint: .url("\(url)/prometheus"), loop: try cluster.demo.loop),
            stateFolder: try cluster.demo.folder.path
        ) {
            let keys = record.target.original.indices.map { ObjectKey("shop", "\(app)-v\($0 + 1)") }
            return (
                [keys[record.target.canary]], Set(keys).subtracting([keys[record.target.canary]]),
                [ServiceID(namespace: "shop", name: app)]
            )
        } report: { event in
            events.withLock { $0.append(event) }
        }
    }

    private func state(_ route: ObjectReference, rule: Int) async throws -> (weights: [Int], mark: String?) {
        let object = try await cluster.get(Paths.virtualService(route.name))
        return (
            (object.at("spec", "http")?[rule]?.list("route") ?? []).map { $0["weight"]?.int ?? -1 },
            object.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string
        )
    }

    private func reset(_ route: ObjectReference, rule: Int, _ weights: [Int]) async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .guardStep(route: route, section: .http, index: rule, weights: weights, mark: nil))
        _ = await runner.finish(preview.planID)
        let lease = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/meshtop-virtualservice-\(route.name)"
        _ = try await cluster.client().exchange(KubeClient.Call("DELETE", lease))
    }

    /// A rollout of reviews v3 that stands at its first step and is driven beside the test.
    private struct Standing {
        var record: GuardRecord
        var guardian: GuardedShift
        var end: Task<GuardEnd, Never>
        var events: Lock<[GuardEvent]>
    }

    private func standing(steps: [Int] = [12, 100], seconds: Double = 600) async throws -> Standing {
        try await reset(Self.good, rule: 1, [70, 20, 10])
        let events = Lock<[GuardEvent]>([])
        let record = record(
            Self.good, index: 1, original: [70, 20, 10], canary: 2, steps: steps, seconds: seconds)
        let guardian = try shift(record, events: events)
        let run = Standing(record: record, guardian: guardian, end: Task { await guardian.run() }, events: events)
        try await wait(events) { isShift($0, steps[0]) }
        return run
    }

    private func wait(
        _ events: Lock<[GuardEvent]>, for seconds: Double = 90, _ matches: @escaping @Sendable (GuardEvent) -> Bool
    ) async throws {
        let came = try await eventually(within: seconds) {
            events.withLock { $0 }.contains(where: matches) ? true : nil
        }
        if came == nil { Issue.record("it never came: \(events.withLock { $0.suffix(3) })") }
    }

    @Sendable private func isShift(_ event: GuardEvent, _ weight: Int) -> Bool {
        if case .shifted(weight, _) = event { true } else { false }
    }

    @Test func aBadCanaryIsTakenOutAndEveryStepIsInTheJournal() async throws {
        try await reset(Self.bad, rule: 0, [90, 10])
        let events = Lock<[GuardEvent]>([])
        // Long steps: it is the evidence that ends it.
        let guardian = try shift(
            record(Self.bad, index: 0, original: [90, 10], canary: 1, steps: [25, 100], seconds: 600), events: events)
        let end = await guardian.run()
        guard case .rolledBack(let why) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(why.contains("errors"))
        let (weights, mark) = try await state(Self.bad, rule: 0)
        #expect(weights == [100, 0] && mark == nil)
        let journalled = try cluster.journal.read().entries.map(\.id)
        let shifts = events.withLock { $0 }.compactMap { if case .shifted(_, let id) = $0 { id } else { nil } }
        #expect(shifts.count == 2 && shifts.allSatisfy(journalled.contains))
        #expect(await guardian.status.worse >= 20)
        // The way back is the weights alone: a rollout that has ended does not stand again.
        let back = try await cluster.runner().plan(.undo(shifts.last))
        #expect(back.diff.contains { $0.kind == .added && $0.text.contains("weight: 25") })
        #expect(!back.diff.contains { $0.text.contains(ObjectMeta.rolloutAnnotation) })
        #expect(back.warnings.contains { $0.contains("nothing compares the canary") })
        // Nobody holds it any more.
        #expect(
            try await !cluster.exists(
                "/apis/coordination.k8s.io/v1/namespaces/shop/leases/meshtop-virtualservice-recommendation"))
    }

    @Test func whoeverChangesTheRouteMeanwhileHasTheLastWord() async throws {
        let run = try await standing()
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .shift(route: Self.good, section: .http, index: 1, weights: [60, 30, 10]))
        #expect(await runner.finish(preview.planID).wasApplied)
        guard case .stopped(let why) = await run.end.value else {
            Issue.record("it went on")
            return
        }
        #expect(why.contains("somebody else"))
        let (weights, mark) = try await state(Self.good, rule: 1)
        #expect(weights == [60, 30, 10] && mark == nil)
    }

    /// Another tool that knows nothing of the mark.
    @Test func weightsThatAnotherToolSetsAreLeftAlone() async throws {
        let run = try await standing()
        let path = Paths.virtualService("reviews")
        let rules = try await cluster.get(path).at("spec", "http")?.array ?? []
        try await cluster.mergePatch(path, ["spec": ["http": .array(rules.map(Self.evenly))]])
        guard case .stopped(let why) = await run.end.value else {
            Issue.record("it went on")
            return
        }
        #expect(why.contains("40/40/20"))
        #expect(try await state(Self.good, rule: 1).weights == [40, 40, 20])
    }

    /// The real kubectl, which knows nothing of the mark either, at the same route.
    @Test func weightsThatKubectlSetsAreLeftAlone() async throws {
        let run = try await standing()
        let patch: JSONValue = .array(
            [25, 50, 25].enumerated().map { index, weight in
                [
                    "op": "replace", "path": .string("/spec/http/1/route/\(index)/weight"),
                    "value": .int(Int64(weight)),
                ]
            })
        let demo = try cluster.demo
        let result = try await Tool.run(
            "kubectl", ["patch", "virtualservice", "reviews", "-n", "shop", "--type=json", "-p", patch.compactText],
            environment: ["KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path])
        try #require(result.code == 0, "\(result.errors)")
        guard case .stopped(let why) = await run.end.value else {
            Issue.record("it went on")
            return
        }
        #expect(why.contains("25/50/25"), "\(why)")
        let sent = try cluster.journal.read().entries.count
        #expect(try await state(Self.good, rule: 1).weights == [25, 50, 25])
        // It has ended: nothing of it is left that could come back to the route.
        #expect(await run.guardian.weight != nil)
        #expect(try cluster.journal.read().entries.count == sent)
    }

    private static func evenly(_ rule: JSONValue) -> JSONValue {
        var rule = rule
        let routes = rule.list("route")
        guard routes.count == 3 else { return rule }
        rule["route"] = .array(
            zip(routes, [40, 40, 20]).map { route, weight in
                var route = route
                route["weight"] = .int(Int64(weight))
                return route
            })
        return rule
    }

    @Test func oneDrivesAndTheOtherIsToldWho() async throws {
        let run = try await standing()
        let lease = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/meshtop-virtualservice-reviews"
        try await cluster.mergePatch(lease, ["spec": ["holderIdentity": "grace@laptop/7"]])
        let second = try shift(run.record, events: Lock([]))
        #expect(await second.run() == .stopped("grace@laptop/7 drives this rollout; it is watched there"))
        await run.guardian.leave()
        #expect(await run.end.value == .left)
        #expect(try await state(Self.good, rule: 1).weights.last == 12)
        // The evidence is its driver's.
        let file = "\(try cluster.demo.folder.path)/rollouts/\(run.record.id).json"
        let third = try shift(run.record, events: Lock([]))
        guard case .stopped = await third.run() else {
            Issue.record("two drive it")
            return
        }
        #expect(Files.exists(file))
    }

    /// Orders of any MeshTop reach the one that drives it by the mark.
    @Test func anotherMeshTopHoldsItLetsItGoOnAndEndsIt() async throws {
        let run = try await standing(steps: [12, 14, 100])
        let runner = try cluster.runner()
        func order(_ action: RolloutAction) async throws {
            let preview = try await runner.plan(.rollout(RolloutOrder(object: Self.good, action: action)))
            #expect(preview.refusal == nil && !preview.isEmpty)
            #expect(await runner.finish(preview.planID).wasApplied)
        }
        try await order(.hold)
        try await wait(run.events) { if case .status(let status) = $0 { status.plan.holdAt == [12] } else { false } }
        #expect(try await state(Self.good, rule: 1).weights.last == 12)
        try await order(.release)
        try await wait(run.events) { $0 == .note("let go on") }
        await #expect(throws: MeshTopError.self) { try await order(.next) }
        // Whoever ends it has the last word; the weights are those asked for.
        try await order(.promote)
        #expect(await run.end.value == .promoted("by someone else, on the route itself"))
        let (weights, mark) = try await state(Self.good, rule: 1)
        #expect(weights == [0, 0, 100] && mark == nil)
    }

    @Test func promotedHereItEndsAtOnce() async throws {
        let run = try await standing()
        await run.guardian.promote()
        #expect(await run.end.value == .promoted("asked for"))
        let (weights, mark) = try await state(Self.good, rule: 1)
        #expect(weights == [0, 0, 100] && mark == nil)
        #expect(await run.guardian.history.map(\.text).last == "promoted: asked for")
    }

    /// The mark tells a watcher what the evidence came to when the step was made.
    @Test func everyStepLeavesItsTimeAndTheEvidenceInTheMark() async throws {
        let run = try await standing(steps: [12, 14, 100], seconds: 1)
        try await wait(run.events) { isShift($0, 14) }
        let mark = try #require(try await state(Self.good, rule: 1).mark)
        let there = try GuardRecord(mark, route: Self.good)
        #expect(there.stepTimes.count == 2)
        let evidence = try #require(there.evidence)
        // A second after the shift the arms are still what the weights before made of them.
        #expect(evidence.canary.requests > 0 && evidence.stable.requests > 0)
        await run.guardian.rollBack()
        guard case .rolledBack = await run.end.value else {
            Issue.record("it was not rolled back")
            return
        }
    }

    /// A first step that is refused leaves nothing to wait for.
    @Test func whoMayNotPatchIsToldAtOnce() async throws {
        try await reset(Self.good, rule: 1, [70, 20, 10])
        let guardian = try shift(
            record(Self.good, index: 1, original: [70, 20, 10], canary: 2, steps: [12, 100]),
            client: try cluster.client("meshtop-demo-viewer"), events: Lock([]))
        guard case .stopped(let why) = await guardian.run() else {
            Issue.record("it was not stopped")
            return
        }
        #expect(why.contains("refuses"))
        let (weights, mark) = try await state(Self.good, rule: 1)
        #expect(weights == [70, 20, 10] && mark == nil)
    }

    @Test func twoDriversOfOneProgramAreTwo() async throws {
        let run = try await standing()
        guard case .stopped(let why) = await (try shift(run.record, events: Lock([]))).run() else {
            Issue.record("two drive it")
            return
        }
        #expect(why.contains("drives this rollout"))
        await run.guardian.leave()
        #expect(await run.end.value == .left)
    }

    /// What a killed program leaves: the mark on the route and the file. The next one goes on from there.
    @Test func whatWasLeftGoesOnWithItsEvidence() async throws {
        let run = try await standing()
        try await wait(run.events) { if case .status(let status) = $0 { status.canary.requests > 0 } else { false } }
        await run.guardian.leave()
        #expect(await run.end.value == .left)
        let seen = await run.guardian.status.canary.requests

        let found = try #require(try await GuardedRollouts.find(try cluster.client()).first { $0.id == run.record.id })
        #expect(found.weight == 12 && found.target == run.record.target)
        // It can be said yes to, though the object stays as it is.
        let preview = try await cluster.runner().plan(.guarded(found))
        #expect(!preview.isEmpty && preview.rollout == Self.good && preview.title.hasPrefix("Go on"))
        let later = Lock<[GuardEvent]>([])
        let next = try shift(found, events: later)
        async let second = next.run()
        try await wait(later) { if case .status(let status) = $0 { status.weight == 12 } else { false } }
        #expect(await next.status.canary.requests >= seen)
        await next.rollBack()
        guard case .rolledBack = await second else {
            Issue.record("it was not rolled back")
            return
        }
        let (weights, mark) = try await state(Self.good, rule: 1)
        #expect(weights.last == 0 && weights.reduce(0, +) == 100 && mark == nil)
    }

    /// Neither source's silence is good news or bad news: it waits, says so, and goes on.
    @Test func whileTheServersAreAwayItWaits() async throws {
        try await reset(Self.good, rule: 1, [70, 20, 10])
        let proxy = try FaultProxy(to: cluster.demo.server.port)
        let events = Lock<[GuardEvent]>([])
        let guardian = try shift(
            record(Self.good, index: 1, original: [70, 20, 10], canary: 2, steps: [12, 14, 100], seconds: 2),
            client: try cluster.demo.client(through: proxy), metrics: "http://127.0.0.1:\(proxy.port)", events: events)
        async let end = guardian.run()
        try await wait(events) { isShift($0, 12) }
        proxy.setDown(true)
        proxy.dropConnections()
        try await wait(events) {
            if case .status(let status) = $0 { status.trouble?.contains("does not answer") == true } else { false }
        }
        #expect(try await state(Self.good, rule: 1).weights.last == 12)
        proxy.setDown(false)
        try await wait(events) { isShift($0, 14) }
        await guardian.leave()
        #expect(await end == .left)
    }
}
