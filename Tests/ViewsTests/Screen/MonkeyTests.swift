import Actions
import Base
import ClusterData
import DemoMesh
import Kube
import TestSupport
import Testing

@testable import Views

/// Ten thousand keys, pastes, clicks and resizes on a real mesh. What changes the cluster is proven from the logs: of
/// what was typed and shown when, and of what the API server was asked.
@Suite struct MonkeyTests {
    /// What happened, in the screen's own time.
    private struct Log {
        var keys: [(moment: Moment, key: Key)] = []
        /// When each preview was drawn first, by its plan.
        var shown: [String: Moment] = [:]
        var applied: [(planID: String, moment: Moment)] = []
        /// The numbers of the calls that were made while a change was carried out.
        var callsOfChanges: [Range<UInt64>] = []
    }

    /// Every key, and more often those that lead somewhere: verbs, answers and ways out.
    private static let keys: [Key] = {
        func characters(_ text: String) -> [Key] { text.map { Key.character($0) } }
        let all = characters("abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789 .:/?!@+-_=<>")
        let verbs = characters("SRWOXEzHBDyyyyy9>")
        let ways: [Key] = [.enter, .enter, .escape, .escape, .up, .down]
        let others: [Key] = [
            .left, .right, .home, .end, .pageUp, .pageDown, .tab, .backTab, .backspace, .delete, .control("d"),
            .control("l"), .function(5),
        ]
        var keys = all + others
        for _ in 0..<5 { keys += verbs }
        for _ in 0..<8 { keys += ways }
        return keys
    }()

    @Test(arguments: [(DemoScene.storefront, 1), (.storefront, 2), (.outage, 3), (.outage, 4)])
    func onlyAYesToAPreviewThatWasReadChangesTheCluster(scene: DemoScene, seed: Int) async throws {
        let demo = try Demo(scene)
        let folder = try TemporaryFolder()
        let client = try demo.client("meshtop-demo")
        let session = MeshSession(client: client, options: SessionOptions(asksEnvoy: false))
        await session.start()
        _ = try await eventually(within: 60) { await session.isLoaded ? true : nil }
        let runner = ChangeRunner(
            client: client, journal: Journal(path: "\(folder.path)/journal.jsonl"), verifySeconds: 0.1
        ) { await session.snapshot() }
        var dice = Dice(seed: UInt64(seed))
        var screen = Screen(snapshot: await session.snapshot())
        var log = Log()
        var pending: [Event] = []
        for step in 0..<2500 {
            screen.secondsBetweenEvents = [0.005, 0.02, 0.1, 0.5].randomElement(using: &dice) ?? 0.5
            switch Int.random(in: 0..<40, using: &dice) {
            case 0:
                screen.size = Size(rows: .random(in: 1...60, using: &dice), columns: .random(in: 1...200, using: &dice))
                screen.send(.resize(screen.size))
            case 1: screen.send(.paste(["y", "yes\ny", ":q\ny", "reviews\n"].randomElement(using: &dice) ?? "y"))
            case 2:
                screen.send(
                    .mouse(
                        MouseEvent(
                            kind: [.press, .double, .wheelUp, .wheelDown].randomElement(using: &dice) ?? .press,
                            row: .random(in: 0...60, using: &dice), column: .random(in: 0...200, using: &dice))))
            case 3: screen.send(.snapshot(await session.snapshot()))
            case 4: screen.send(.tick(Timestamp.now() + Double(step)))
            case 5...16 where !pending.isEmpty:
                screen.send(pending.remove(at: .random(in: pending.indices, using: &dice)))
            default:
                let key = Self.keys.randomElement(using: &dice) ?? .enter
                // The time at which the screen hears of it.
                log.keys.append((screen.now + screen.secondsBetweenEvents, key))
                screen.press(key)
            }
            if let preview = screen.model.window as? PreviewWindow, let moment = preview.shownAt {
                log.shown[preview.preview.planID] = log.shown[preview.preview.planID] ?? moment
            }
            let effects = screen.effects
            screen.effects = []
            pending += screen.needs.map { .data(answer($0.question), of: $0.id) }
            screen.needs = []
            for effect in effects {
                pending += await answers(effect, screen, client, runner, &log)
            }
        }
        await session.stop()
        try judge(log, client)
    }

    /// Carries an effect out, as the dashboard would.
    private func answers(
        _ effect: Effect, _ screen: Screen, _ client: KubeClient, _ runner: ChangeRunner, _ log: inout Log
    ) async -> [Event] {
        let request = screen.model.lastRequest
        switch effect {
        case .plan(let wanted):
            if wanted.isGuarded { return [] }
            do {
                return [.preview(.success(try await runner.plan(wanted)), of: request)]
            } catch {
                let failure = error as? MeshTopError ?? MeshTopError(.server, "a plan", why: "\(error)")
                return [.preview(.failure(failure), of: request)]
            }
        case .apply(let planID):
            log.applied.append((planID, screen.now))
            var events: [Event] = []
            let before = nextCall(client)
            for await progress in await runner.apply(planID) {
                events.append(.progress(planID: planID, progress))
            }
            log.callsOfChanges.append(before..<nextCall(client))
            return events
        case .discardPlan(let planID): await runner.discard(planID)
        default: break
        }
        return []
    }

    private func answer(_ question: DataQuestion) -> DataAnswer {
        switch question {
        case .yaml, .access: .document(title: "YAML", lines: ["a: 1"])
        case .log: .log(changes: [], calls: [], kubectl: [])
        case .calls: .calls([])
        case .policies: .policies([:])
        case .edit, .renewedEdit: .edit(.failure(MeshTopError(.server, "it", why: "nobody reads it")))
        }
    }

    private func nextCall(_ client: KubeClient) -> UInt64 { client.loop.calls.calls.last.map { $0.number + 1 } ?? 0 }

    private func judge(_ log: Log, _ client: KubeClient) throws {
        // It came far enough to prove something.
        #expect(
            log.shown.count > 3 && !log.applied.isEmpty, "\(log.shown.count) previews, \(log.applied.count) changes")
        for (planID, moment) in log.applied {
            let shown = try #require(log.shown[planID], "\(planID) was never drawn")
            // An answer waits to see whether another key follows: it is sent as soon as time has passed.
            let place = try #require(
                log.keys.lastIndex { $0.moment <= moment && [.character("y"), .enter].contains($0.key) },
                "nothing was answered")
            let answer = log.keys[place]
            #expect(answer.moment - shown >= 0.3 - 1e-9, "\(planID): \(answer.moment - shown) s")
            if place > 0 { #expect(answer.moment - log.keys[place - 1].moment >= 0.04 - 1e-9) }
            if place + 1 < log.keys.count { #expect(log.keys[place + 1].moment - answer.moment >= 0.04 - 1e-9) }
        }
        // Whatever was asked of the server but for those changes left it as it was. The log of calls is a ring: what it
        // has dropped was judged by nobody, so a run must not be longer than it.
        let calls = client.loop.calls.calls
        let writes = calls.filter {
            $0.method != "GET" && !$0.path.contains("dryRun=All") && !$0.path.contains("selfsubject")
                && !$0.path.contains("/api/v1/query") && ($0.status ?? 0) < 300
        }
        let strays = writes.filter { call in !log.callsOfChanges.contains { $0.contains(call.number) } }
        #expect(strays.isEmpty, "\(strays.map(\.path))")
    }
}
