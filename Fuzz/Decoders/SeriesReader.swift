// Series of any numbers, through what is shown, promised and decided by them: no number ends the program, and every
// word that is made of one is short and safe.

import Glibc

@testable import Actions
@testable import Base
@testable import Insights
@testable import Kube
@testable import MeshModel
@testable import Views

enum SeriesReader {
    /// Panes, headless output, previews and the check after a change.
    static func mesh(_ body: [UInt8]) {
        var numbers = OddNumbers(body)
        let snapshots = SeriesMesh.snapshots(&numbers)
        for snapshot in snapshots {
            let json = snapshot.json.compactText
            precondition((try? JSONValue(parsing: Array(json.utf8))) != nil, "a snapshot that is no JSON")
            for line in PlainText.summary(snapshot, width: 120).split(separator: "\n") { check(String(line)) }
            previews(snapshot, &numbers)
        }
        if let first = snapshots.first, let last = snapshots.last { verify(first, last) }
        screens(snapshots)
    }

    /// One guarded shift from its first look to its end, with its mark written and read on the way.
    static func guarded(_ body: [UInt8]) {
        var numbers = OddNumbers(body)
        var record = GuardRecord(
            id: "fuzz", target: target, settings: GuardSettings(), weight: nil,
            startedAt: Timestamp(seconds: numbers.next()), startedBy: "fuzz")
        if numbers.byte().isMultiple(of: 2) {
            record.settings.errorObjective = numbers.next()
            record.settings.p99Milliseconds = numbers.next()
        }
        var settings = CanaryJudge.Settings()
        settings.edges = LatencyEdge.choose((0..<5).map { _ in (numbers.next(), numbers.next()) })
        settings.errorObjective = record.settings.errorObjective
        if numbers.byte().isMultiple(of: 2), !settings.edges.isEmpty { settings.latencyObjectiveEdge = 0 }
        var machine = GuardMachine(record.settings.plan, settings)
        var trail: [Double] = []
        var looks = 0
        while !numbers.isOver, looks < 60 {
            looks += 1
            let move = machine.take(CanaryLook(canary: arm(&numbers), stable: arm(&numbers), seconds: numbers.next()))
            let time = Timestamp(seconds: numbers.next())
            if case .shift(let weight) = move {
                let evidence = GuardEvidence(
                    time: time, canary: machine.judge.canary, stable: machine.judge.stable,
                    worse: numbers.next(), pass: numbers.next())
                record = record.stepped(to: weight, at: time, evidence)
                machine.shifted()
            }
            trail.append(Math.exp(machine.judge.logWorse))
            show(machine, record, trail, &numbers, at: time)
            if numbers.byte() == 7, let saved = machine.saved {
                machine = GuardMachine(record.settings.plan, settings, saved: saved)
            }
        }
    }

    // MARK: What is made of it

    private static let target = GuardTarget(
        route: ObjectReference(kind: "VirtualService", namespace: "shop", name: "web"), section: .http, index: 0,
        canary: 1, canaryName: "v2", original: [90, 10])

    private static func arm(_ numbers: inout OddNumbers) -> CanaryLook.Arm {
        CanaryLook.Arm(
            requests: numbers.next(), errors: numbers.next(), slow: (0..<3).map { _ in numbers.next() })
    }

    private static func show(
        _ machine: GuardMachine, _ record: GuardRecord, _ trail: [Double], _ numbers: inout OddNumbers,
        at time: Timestamp
    ) {
        var status = GuardStatus(
            id: record.id, target: record.target, plan: record.settings.plan, weight: machine.weight,
            verdict: machine.judge.verdict, wait: machine.wait, worse: Math.exp(machine.judge.logWorse),
            pass: Math.exp(machine.judge.logPass), needed: Math.exp(machine.judge.logThreshold),
            canary: machine.judge.canary, stable: machine.judge.stable)
        status.edges = machine.judge.settings.edges
        (status.stepSeconds, status.stepRequests, status.trail) = (machine.stepSeconds, machine.stepRequests, trail)
        check(status.line)
        let mark = record.mark.compactText
        // A mark may be refused for what it says; it is never one that cannot be read at all.
        precondition((try? JSONValue(parsing: Array(mark.utf8))) != nil, "a mark that is no JSON")
        if let read = try? GuardRecord(mark, route: record.target.route) {
            check(RolloutView(read, status: nil, driver: .nobody, now: time))
        }
        let view = RolloutView(record, status: status, driver: .here, now: time)
        check(view)
        guard numbers.byte() < 40 else { return }
        var screen = FuzzScreen()
        screen.send(.rollouts([view], notes: []))
        screen.type("w")
        screen.draw()
    }

    private static func check(_ view: RolloutView) {
        for text in [view.line] + view.facts + view.decisions + view.steps.map(\.detail) { check(text) }
    }

    private static func previews(_ snapshot: MeshSnapshot, _ numbers: inout OddNumbers) {
        let points = (0..<6).map { _ in LoadHistory.Point(rate: numbers.next(), p99: numbers.next()) }
        let past = LoadHistory(seconds: 3600, points: points)
        guard let world = FuzzWorld.world(snapshot, past) else { return }
        let lines = FuzzWorld.wait {
            var lines: [String] = []
            for row in snapshot.routes {
                lines += await ShiftEffects(row, row.destinations.map { _ in 50 }, world).lines()
            }
            return lines
        }
        for line in lines { check(line) }
        for workload in snapshot.workloads {
            let object = ObjectReference(kind: workload.kind, namespace: workload.namespace, name: workload.name)
            for replicas in [0, 1, 5] {
                ScalePlanner.effects(object, workload.requestsPerSecond, now: 2, replicas: replicas, world).forEach(
                    check)
            }
        }
        for template in PolicyTemplate.allCases {
            for proposal in PolicyProposals.of(template, SeriesMesh.service, given: ["to": "v2"], world).values {
                check(proposal.value)
                check(proposal.reason)
            }
        }
        ClientLoad(SeriesMesh.service, world)?.reasons.forEach(check)
        for target in [numbers.next(), numbers.next()] { check(ShiftEffects.carried(past, target)) }
    }

    private static func verify(_ before: MeshSnapshot, _ after: MeshSnapshot) {
        let step = PlanStep(
            object: target.route, path: "/", write: .mergePatch([:]), before: nil, after: nil, inverse: nil)
        let services = ErrorCheck.services(step, before)
        for snapshot in [before, after] {
            guard let sample = ErrorCheck.sample(services, snapshot) else { continue }
            check(sample.words)
            _ = sample.interval
        }
    }

    private static func screens(_ snapshots: [MeshSnapshot]) {
        var screen = FuzzScreen()
        for snapshot in snapshots { screen.send(.snapshot(snapshot)) }
        screen.draw()
        for pane in 1...8 {
            screen.type("\(pane)+")
            screen.draw()
            screen.type("+")
        }
        screen.type("!")
        screen.draw()
    }

    private static func check(_ text: String) {
        precondition(text.utf8.count < 4000, "a line without end")
        Readers.checkSafe(text)
    }
}

/// The dashboard without a terminal.
struct FuzzScreen {
    private var model: Model
    private let size = Size(rows: 30, columns: 100)
    private var now = Moment(seconds: 1000)

    init() {
        model = Model(ViewOptions(contexts: ["fuzz"], currentContext: "fuzz"))
        send(.resize(size))
    }

    mutating func send(_ event: Event) {
        now = now + 0.4
        for event in [Event.moment(now), event, .presented(now)] { _ = update(&model, event) }
    }

    mutating func type(_ text: String) { for character in text { send(.key(.character(character))) } }

    func draw() {
        for line in render(model, size: size).plainText.split(separator: "\n") { Readers.checkSafe(String(line)) }
    }
}

/// What a planner is given; nothing is ever asked over its connection.
enum FuzzWorld {
    private static let client: KubeClient? = {
        var config = Kubeconfig()
        let text = """
            current-context: c
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
            users: [{name: u, user: {}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """
        do {
            try config.merge(Array(text.utf8), file: "/fuzz")
            return KubeClient(access: try config.access(), loop: CurlLoop())
        } catch {
            return nil
        }
    }()

    static func world(_ snapshot: MeshSnapshot, _ past: LoadHistory) -> PlanWorld? {
        guard let client else { return nil }
        return PlanWorld(
            client: client, discovery: Discovery(serverVersion: "v1.36.0", resources: []), snapshot: snapshot,
            loadHistory: { _ in past })
    }

    /// The fuzzer's way in is synchronous.
    static func wait<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
        let made = Lock<Value?>(nil)
        Task.detached {
            let value = await body()
            made.withLock { $0 = value }
        }
        while true {
            if let value = made.withLock({ $0 }) { return value }
            sched_yield()
        }
    }
}
