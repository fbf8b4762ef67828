// The steps of a guarded shift: when the weight moves on, when it goes back, and what it waits for. A pure machine: it
// is given what both arms did and says what to do; whoever drives it does the reading and the writing.

package struct GuardPlan: Sendable, Hashable {
    /// The canary's weights, one after the other; the last is where it ends.
    package var steps: [Int] = [1, 5, 10, 25, 50, 100]
    package var minimumSeconds = 60.0
    /// Requests that the canary must have had at a step.
    package var minimumRequests = 50.0
    /// Latency counts from then on: a fresh pod is slow for reasons that pass.
    package var warmupSeconds = 30.0
    /// A canary that gets nothing for so long has no traffic; metrics come only with every scrape.
    package var idleSeconds = 60.0
    /// Weights at which it waits for a person before it goes on.
    package var holdAt: Set<Int> = []

    package init() {}

    /// What is wrong with the plan, in one line; nil when nothing is.
    package var problem: String? {
        if steps.isEmpty { return "there is no step" }
        if let wrong = steps.first(where: { !(1...100).contains($0) }) { return "a step is 1 to 100, not \(wrong)" }
        if zip(steps, steps.dropFirst()).contains(where: { $0 >= $1 }) {
            return "each step must be above the one before"
        }
        if minimumSeconds < 0 || minimumRequests < 0 || warmupSeconds < 0 { return "a minimum is negative" }
        return holdAt.isSubset(of: Set(steps)) ? nil : "it can hold only at one of its steps"
    }
}

/// What is to be done after a look.
package enum GuardMove: Sendable, Hashable {
    case stay
    case shift(to: Int)
    case rollBack(CanaryVerdict.Metric)
    /// The last step stands and nothing speaks against it.
    case finish
}

/// What a step waits for.
package enum GuardWait: Sendable, Hashable {
    case time(seconds: Double)
    case requests(missing: Double)
    case traffic
    /// More speaks against the canary than for it, though not enough to roll back.
    case evidence(CanaryVerdict.Metric?)
    /// Before all traffic moves, the canary has to be shown as good.
    case proof(seconds: Double?)
    case person
    case nothing
}

package struct GuardMachine: Sendable, Hashable {
    package private(set) var plan: GuardPlan
    package private(set) var judge: CanaryJudge
    /// Place of the present step among the plan's; nil before the first shift.
    package private(set) var step: Int?
    package private(set) var stepSeconds = 0.0
    package private(set) var stepRequests = 0.0
    package private(set) var seconds = 0.0
    package private(set) var isReleased = false

    package init(_ plan: GuardPlan, _ settings: CanaryJudge.Settings) {
        self.plan = plan
        var settings = settings
        settings.steps = plan.steps.count
        judge = CanaryJudge(settings)
    }

    package var weight: Int? { step.map { plan.steps[$0] } }
    package var isLastStep: Bool { step == plan.steps.count - 1 }

    /// What outlives the process: enough to go on with the evidence that was gathered.
    package struct Saved: Sendable, Hashable {
        package var step: Int
        package var stepSeconds: Double
        package var stepRequests: Double
        package var seconds: Double
        package var evidence: [[Double]]

        package init(
            step: Int, stepSeconds: Double = 0, stepRequests: Double = 0, seconds: Double = 0,
            evidence: [[Double]] = []
        ) {
            self.step = step
            self.stepSeconds = stepSeconds
            self.stepRequests = stepRequests
            self.seconds = seconds
            self.evidence = evidence
        }
    }

    package var saved: Saved? {
        step.map {
            Saved(
                step: $0, stepSeconds: stepSeconds, stepRequests: stepRequests, seconds: seconds,
                evidence: judge.evidence)
        }
    }

    /// A rollout that goes on where another process left it. Evidence that does not fit is gathered anew.
    package init(_ plan: GuardPlan, _ settings: CanaryJudge.Settings, saved: Saved) {
        self.init(plan, settings)
        for _ in 0...min(max(0, saved.step), plan.steps.count - 1) { shifted() }
        (stepSeconds, stepRequests, seconds) = (saved.stepSeconds, saved.stepRequests, saved.seconds)
        judge.restore(saved.evidence)
    }

    /// A person lets it go on from where it holds.
    package mutating func release() { isReleased = true }

    /// A person wants it to hold at other weights than before; those that are no step are left out.
    package mutating func hold(at weights: Set<Int>) { plan.holdAt = weights.intersection(plan.steps) }

    /// The shift that was asked for has been made.
    package mutating func shifted() {
        let next = (step ?? -1) + 1
        guard next < plan.steps.count else { return }
        step = next
        (stepSeconds, stepRequests, isReleased) = (0, 0, false)
        if next > 0 { judge.startStep() }
    }

    package mutating func take(_ look: CanaryLook) -> GuardMove {
        guard step != nil else { return plan.steps.first.map { .shift(to: $0) } ?? .stay }
        seconds += look.seconds
        stepSeconds += look.seconds
        stepRequests += look.canary.requests
        judge.take(look, latencyCounts: seconds > plan.warmupSeconds)
        if case .worse(let metric) = judge.verdict { return .rollBack(metric) }
        guard wait == .nothing, let step else { return .stay }
        return isLastStep ? .finish : .shift(to: plan.steps[step + 1])
    }

    /// What the present step still waits for.
    package var wait: GuardWait {
        guard let step else { return .nothing }
        if stepSeconds < plan.minimumSeconds { return .time(seconds: plan.minimumSeconds - stepSeconds) }
        if stepRequests == 0 { return .traffic }
        if stepRequests < plan.minimumRequests { return .requests(missing: plan.minimumRequests - stepRequests) }
        if judge.idleSeconds >= plan.idleSeconds { return .traffic }
        if judge.leansWorse { return .evidence(judge.leaning) }
        let next = step + 1 < plan.steps.count ? plan.steps[step + 1] : nil
        if next == 100, judge.verdict != .pass {
            if case .needMoreData(let seconds) = judge.verdict { return .proof(seconds: seconds) }
            return .proof(seconds: nil)
        }
        if plan.holdAt.contains(plan.steps[step]), !isReleased { return .person }
        return .nothing
    }
}
