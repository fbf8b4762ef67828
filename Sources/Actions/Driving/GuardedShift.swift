// Drives one rollout: looks, asks the machine, writes a step, and leaves everything so that another can go on.

package import Base
package import ClusterData
internal import Insights
internal import Istio
package import Kube
package import MeshModel

package actor GuardedShift {
    private let client: KubeClient
    private let runner: ChangeRunner
    private let prometheus: any MetricsSource
    private let file: GuardFile
    private let lease: GuardLease
    private let clock: any TimeSource
    /// Workloads behind the canary, and behind all other destinations; asked anew, as a rollout may outlive them.
    private let arms: @Sendable () async -> (canary: Set<ObjectKey>, stable: Set<ObjectKey>, services: [ServiceID])
    private let report: @Sendable (GuardEvent) -> Void

    private var record: GuardRecord
    private var machine: GuardMachine
    private var counters = SplitCounters([])
    private var edges: [LatencyEdge] = []
    private var lastLook: Timestamp?
    private var trouble: String?
    private var breaches = 0
    // What a person asks for does not wait for the next look.
    private var wantsRollback: String? { didSet { pause?.cancel() } }
    private var wantsPromotion = false { didSet { pause?.cancel() } }
    private var conditions: [GuardStatus.Condition] = []
    private var trail: [Double] = []
    package private(set) var history: [GuardMoment] = []
    private var isLeaving = false { didSet { pause?.cancel() } }
    /// Until the next look.
    private var pause: Task<Void, any Error>?
    private var refusedAtStart: String?

    package init(
        _ record: GuardRecord, client: KubeClient, runner: ChangeRunner, prometheus: any MetricsSource,
        stateFolder: String,
        arms: @escaping @Sendable () async -> (canary: Set<ObjectKey>, stable: Set<ObjectKey>, services: [ServiceID]),
        report: @escaping @Sendable (GuardEvent) -> Void
    ) throws(MeshTopError) {
        self.record = record
        self.client = client
        self.runner = runner
        self.prometheus = prometheus
        clock = client.clock
        self.arms = arms
        self.report = report
        file = try GuardFile(record.id, in: stateFolder)
        lease = GuardLease(client, record.target.route)
        machine = GuardMachine(record.settings.plan, CanaryJudge.Settings())
    }

    /// Lets it go on from where it holds for a person.
    package func release() { machine.release() }
    /// Takes the canary out, whatever the evidence says.
    package func rollBack() { wantsRollback = wantsRollback ?? "asked for" }
    /// Gives the canary all traffic, whatever is still missing.
    package func promote() { wantsPromotion = true }
    package var weight: Int? { record.weight }
    package var mark: GuardRecord { record }
    /// Ends this process' part; the rollout stands.
    package func leave() { isLeaving = true }

    // MARK: The loop

    package func run() async -> GuardEnd {
        let end: GuardEnd
        do {
            end = try await drive()
        } catch {
            end = .stopped("\(error)")
        }
        await lease.release()
        // Whoever else drives it may do so on this machine, with this very file.
        switch end {
        case .promoted, .rolledBack: file.remove()
        case .stopped, .left: break
        }
        tell(.ended(end))
        return end
    }

    /// Tells an event, and keeps it for the history that outlives this process.
    private func tell(_ event: GuardEvent) {
        if let text = event.words {
            history.append(GuardMoment(time: clock.now, text: text))
            if history.count > 60 { history.removeFirst(history.count - 60) }
        }
        report(event)
    }

    private func rest() async throws {
        if wantsPromotion || wantsRollback != nil || isLeaving { return }
        let (clock, seconds) = (clock, record.settings.lookSeconds)
        let pause = Task { try await clock.sleep(seconds: seconds) }
        self.pause = pause
        defer { self.pause = nil }
        // Cut short is as good as over: the loop looks why.
        _ = await withTaskCancellationHandler {
            await pause.result
        } onCancel: {
            pause.cancel()
        }
        try Task.checkCancellation()
    }

    private func drive() async throws -> GuardEnd {
        switch try await lease.hold() {
        case .held: break
        case .heldBy(let other): return .stopped("\(other) drives this rollout; it is watched there")
        case .unknown(let why): tell(.note("no lease, so two MeshTops would not see each other: \(why)"))
        }
        try await prepare()
        var renewedAt = clock.now
        while true {
            if isLeaving || Task.isCancelled { return .left }
            if clock.now - renewedAt > Double(GuardLease.seconds) / 3 {
                // A server that is away for a while changes nothing; a lease that somebody else has does.
                if case .heldBy(let other)? = try? await lease.hold() { return .stopped("\(other) took over") }
                renewedAt = clock.now
            }
            trouble = nil
            if let end = await checkRoute() { return end }
            let move = await look()
            if let end = try await act(move) { return end }
            if let refusedAtStart { return .stopped(refusedAtStart) }
            await tell()
            do {
                try await rest()
            } catch {
                return .left
            }
        }
    }

    /// Chooses the latency bounds, or takes those that the evidence so far is about.
    private func prepare() async throws {
        let (_, stable, services) = await arms()
        guard !services.isEmpty else {
            throw MeshTopError(
                .notFound, record.target.canaryName, why: "no service is known behind the route's destinations",
                advice: "guard a route whose destinations are services of this cluster")
        }
        let kept = record.weight == nil ? nil : file.load()
        if history.isEmpty { history = file.history() }
        var bounds: [String] = []
        if let kept {
            (edges, bounds) = (kept.edges, kept.bounds)
        } else {
            let found = try await SplitCounters.bounds(services, workloads: stable, prometheus, window: 300)
            edges = LatencyEdge.choose(found.map { ($0.milliseconds, $0.above) })
            // The objective's bound is an edge of its own: the nearest that is not below it.
            if let limit = record.settings.p99Milliseconds,
                let bound = found.first(where: { $0.milliseconds >= limit }),
                !edges.contains(where: { $0.milliseconds == bound.milliseconds })
            {
                edges.append(LatencyEdge(milliseconds: bound.milliseconds, stableShare: max(0.001, bound.above)))
            }
            bounds = edges.map { edge in found.first { $0.milliseconds == edge.milliseconds }?.text ?? "" }
            if edges.isEmpty { tell(.note("no latency of the stable version is known: only errors are compared")) }
        }
        counters = SplitCounters(services, bounds: bounds)
        var settings = CanaryJudge.Settings()
        settings.edges = edges
        settings.tolerated = record.settings.tolerated
        settings.limit = record.settings.limit
        settings.errorObjective = record.settings.errorObjective
        settings.latencyObjectiveEdge = record.settings.p99Milliseconds.flatMap { limit in
            edges.firstIndex { $0.milliseconds >= limit }
        }
        guard let weight = record.weight, let step = record.settings.plan.steps.firstIndex(of: weight) else {
            machine = GuardMachine(record.settings.plan, settings)
            return
        }
        let saved = kept.flatMap { $0.saved.step == step ? $0.saved : nil }
        if saved == nil { tell(.note("the evidence so far is not on this machine: it is gathered anew")) }
        machine = GuardMachine(record.settings.plan, settings, saved: saved ?? GuardMachine.Saved(step: step))
    }

    /// Whether the route is as this rollout left it. Nobody is fought: whoever changed it meanwhile has the last word.
    private func checkRoute() async -> GuardEnd? {
        let object: JSONValue
        do {
            object = try await client.json(KubeClient.Call("GET", try await runner.path(record.target.route)))
        } catch let error as MeshTopError where error.code == .notFound {
            return .stopped("the route is gone")
        } catch {
            trouble = "the API server does not answer: \(error)"
            return nil
        }
        guard record.weight != nil else { return nil }
        let mark = object.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string
        let weights = record.target.present(in: object)
        guard let mark, let there = try? GuardRecord(mark, route: record.target.route), there.id == record.id else {
            return mark == nil ? endElsewhere(weights) : .stopped("another rollout has taken the route over")
        }
        // Whoever looks at it from another MeshTop holds it, or lets it go on, by the mark.
        if there.settings.plan.holdAt != record.settings.plan.holdAt {
            record.settings.plan.holdAt = there.settings.plan.holdAt
            machine.hold(at: there.settings.plan.holdAt)
            let words = there.settings.plan.holdAt.contains(record.weight ?? 0) ? "held by a person" : "let go on"
            tell(.note(words))
        }
        // A step whose answer never came may have been made all the same.
        if there.weight != record.weight, let weight = there.weight,
            let step = machine.step, record.settings.plan.steps.indices.contains(step + 1),
            record.settings.plan.steps[step + 1] == weight
        {
            record = there
            machine.shifted()
        }
        guard let weight = record.weight, weights == record.target.weights(weight) else {
            return .stopped(
                "somebody else changed the weights to \(weights.map(String.init).joined(separator: "/")); they were left as they are"
            )
        }
        return nil
    }

    /// Whoever took the mark off ended the rollout; the weights say how.
    private func endElsewhere(_ weights: [Int]) -> GuardEnd {
        let who = "by someone else, on the route itself"
        if weights == record.target.weights(0) { return .rolledBack(who) }
        if let last = record.settings.plan.steps.last, weights == record.target.weights(last) { return .promoted(who) }
        return .stopped("somebody else took this rollout's mark off the route; its weights were left as they are")
    }

    private func look() async -> GuardMove {
        guard record.weight != nil else {
            return machine.take(CanaryLook(canary: .init(), stable: .init(), seconds: 0))
        }
        let found: [ObjectKey: SplitCount]?
        do {
            var reader = counters
            found = try await reader.read(prometheus)
            counters = reader
        } catch {
            trouble = trouble ?? "the metrics do not answer: \(error)"
            return .stay
        }
        let now = clock.now
        defer { lastLook = now }
        guard let found, let lastLook else { return .stay }
        let (canaryKeys, stableKeys, _) = await arms()
        var canary = SplitCount()
        var stable = SplitCount()
        var lost = SplitCount()
        for (key, count) in found {
            if canaryKeys.contains(key) {
                canary = canary + count
            } else if stableKeys.contains(key) {
                stable = stable + count
            } else if key.name == "unknown" || key.name.isEmpty {
                lost = lost + count
            }
        }
        attribute(lost, to: &canary, stable: stable)
        func arm(_ count: SplitCount) -> CanaryLook.Arm {
            CanaryLook.Arm(
                requests: count.requests, errors: count.errors,
                slow: count.slow.isEmpty ? edges.map { _ in 0 } : count.slow)
        }
        return machine.take(CanaryLook(canary: arm(canary), stable: arm(stable), seconds: now - lastLook))
    }

    /// Requests that reached no pod carry no version. They are the canary's as far as it got less than its share of
    /// all: a subset without endpoints shows as errors, and an outage of everybody stays in proportion.
    private func attribute(_ lost: SplitCount, to canary: inout SplitCount, stable: SplitCount) {
        guard lost.errors > 0, let weight = record.weight else { return }
        let all = canary.requests + stable.requests + lost.requests
        let missing = min(lost.errors, max(0, all * Double(weight) / 100 - canary.requests))
        canary.requests += missing
        canary.errors += missing
    }

    // MARK: Moves

    private func act(_ move: GuardMove) async throws -> GuardEnd? {
        if case .rollBack(let metric) = move {
            wantsRollback =
                wantsRollback
                ?? "worse than stable by \(GuardStatus.name(metric)), evidence \(PlanText.decimal(Math.exp(min(machine.judge.logWorse, 13)), 0)):1"
        }
        let holds = await conditionsHold()
        if wantsPromotion, wantsRollback == nil, record.weight != nil {
            return await write(weight: record.settings.plan.steps.last ?? 100, mark: nil)
                ? .promoted("asked for") : nil
        }
        if let reason = wantsRollback {
            guard record.weight != nil else { return .rolledBack(reason) }
            return await write(weight: 0, mark: nil) ? .rolledBack(reason) : nil
        }
        switch move {
        case .stay, .rollBack: break
        case .shift(let weight):
            guard holds else { return nil }
            let status = status
            let next = record.stepped(
                to: weight, at: clock.now,
                record.weight == nil
                    ? nil
                    : GuardEvidence(
                        time: clock.now, canary: status.canary, stable: status.stable, worse: status.worse,
                        pass: status.pass))
            if await write(weight: weight, mark: next.mark) {
                record = next
                machine.shifted()
                save()
            }
        case .finish:
            guard holds, let weight = record.weight else { return nil }
            if await write(weight: weight, mark: nil) { return .promoted("it was as good as stable") }
        }
        return nil
    }

    /// The operator's own conditions. An answer without a value holds nothing and breaks nothing.
    private func conditionsHold() async -> Bool {
        conditions = []
        for condition in record.settings.conditions {
            var found = GuardStatus.Condition(text: condition.shown)
            // Without an answer it is said below.
            if let answer = try? await prometheus.query(MetricQuestion(condition.query, LabelSchema([])), at: nil),
                let value = answer.samples.first?.value, value.isFinite
            {
                (found.value, found.holds) = (value, condition.holds(value))
            } else {
                trouble = trouble ?? "no value for \(condition.shown)"
            }
            conditions.append(found)
        }
        guard let broken = conditions.first(where: { $0.holds == false }) else {
            if conditions.allSatisfy({ $0.holds == true }) { breaches = 0 }
            return conditions.allSatisfy { $0.holds == true }
        }
        let words = "\(broken.text) does not hold: \(PlanText.decimal(broken.value ?? 0, 3))"
        trouble = words
        breaches += 1
        if breaches >= 3, record.weight != nil { wantsRollback = wantsRollback ?? words }
        return false
    }

    /// Sends one step; false when it has to be tried again.
    private func write(weight: Int, mark: JSONValue?) async -> Bool {
        do {
            let preview = try await runner.plan(
                .guardStep(
                    route: record.target.route, section: record.target.section, index: record.target.index,
                    weights: record.target.weights(weight), mark: mark))
            if let refusal = preview.refusal {
                trouble = "the server refuses the step: \(refusal)"
                // Nothing stands yet, and what is refused now will be refused again.
                if record.weight == nil { refusedAtStart = trouble }
                return false
            }
            var sent = false
            for await progress in await runner.apply(preview.planID) {
                switch progress {
                case .applied: sent = true
                case .failed(let error): trouble = "\(error)"
                case .verified where preview.objects.isEmpty: sent = true
                default: break
                }
            }
            if sent { tell(.shifted(weight: weight, journalID: preview.planID)) }
            return sent
        } catch {
            trouble = "the step could not be sent: \(error)"
            return false
        }
    }

    private func save() {
        guard let saved = machine.saved else { return }
        do {
            try file.save(saved, edges: edges, bounds: counters.bounds, history: history)
        } catch {
            trouble = trouble ?? "\(error)"
        }
    }

    private func tell() async {
        save()
        trail.append(status.worse)
        if trail.count > 120 { trail.removeFirst(trail.count - 120) }
        report(.status(status))
    }

    package var status: GuardStatus {
        var status = GuardStatus(
            id: record.id, target: record.target, plan: record.settings.plan, weight: record.weight,
            verdict: machine.judge.verdict, wait: machine.wait, worse: Math.exp(min(300, machine.judge.logWorse)),
            pass: Math.exp(min(300, machine.judge.logPass)), needed: Math.exp(machine.judge.logThreshold),
            canary: machine.judge.canary, stable: machine.judge.stable, trouble: trouble)
        status.edges = edges
        (status.stepSeconds, status.stepRequests) = (machine.stepSeconds, machine.stepRequests)
        (status.conditions, status.trail) = (conditions, trail)
        return status
    }
}
