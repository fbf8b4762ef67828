// Three ways to decide over a canary, driven by the same traffic: ours, a threshold rule as Flagger's, and a judge as
// Kayenta's. https://docs.flagger.app/usage/how-it-works and https://github.com/spinnaker/kayenta

package protocol RolloutRule {
    /// The canary's present share of the requests, 0...1.
    var share: Double { get }
    var end: RolloutEnd? { get }
    mutating func take(canary: ArmTraffic, stable: ArmTraffic, length: Double)
}

package enum RolloutEnd: Sendable, Hashable { case promoted, rolledBack }

package struct GuardedRollout: RolloutRule {
    private var machine: GuardMachine
    package private(set) var end: RolloutEnd?
    private let edges: [LatencyEdge]

    package init(_ scenario: CanaryScenario, plan: GuardPlan = GuardPlan()) {
        edges = LatencyEdge.choose(CanaryScenario.bounds.map { ($0, scenario.above($0)) })
        var settings = CanaryJudge.Settings()
        settings.edges = edges
        machine = GuardMachine(plan, settings)
        machine.shifted()
    }

    package var share: Double {
        switch end {
        case .rolledBack: 0
        case .promoted: 1
        case nil: Double(machine.weight ?? 0) / 100
        }
    }

    package mutating func take(canary: ArmTraffic, stable: ArmTraffic, length: Double) {
        func arm(_ traffic: ArmTraffic) -> CanaryLook.Arm {
            CanaryLook.Arm(
                requests: traffic.requests, errors: traffic.errors,
                slow: edges.map { traffic.above($0.milliseconds) })
        }
        switch machine.take(CanaryLook(canary: arm(canary), stable: arm(stable), seconds: length)) {
        case .stay: break
        case .shift: machine.shifted()
        case .rollBack: end = .rolledBack
        case .finish: end = .promoted
        }
    }
}

/// Once a minute: success ratio at least 99 %, p99 at most a limit; the fifth failed check rolls back, and a failed one
/// keeps the weight.
package struct ThresholdRollout: RolloutRule {
    private let steps: [Int]
    private let limitMs: Double
    private var step = 0
    private var failed = 0
    private var seconds = 0.0
    private var window = ArmTraffic()
    package private(set) var end: RolloutEnd?

    package init(steps: [Int], limitMs: Double) {
        self.steps = steps
        self.limitMs = limitMs
    }

    package var share: Double { end == .rolledBack ? 0 : end == .promoted ? 1 : Double(steps[step]) / 100 }

    package mutating func take(canary: ArmTraffic, stable: ArmTraffic, length: Double) {
        window.add(canary)
        seconds += length
        guard seconds >= 60 else { return }
        let isGood =
            window.requests > 0 && window.errors / window.requests <= 0.01
            && (window.quantile(0.99) ?? 0) <= limitMs
        (window, seconds) = (ArmTraffic(), 0)
        guard isGood else {
            failed += 1
            if failed >= 5 { end = .rolledBack }
            return
        }
        step += 1
        if step >= steps.count { end = .promoted }
    }
}

/// Five minutes a step, a sample every ten seconds; at the step's end the error ratio and the p99 of both arms are
/// compared by the confidence interval of their shift (Mann and Whitney, Hodges and Lehmann).
package struct MannWhitneyRollout: RolloutRule {
    private let steps: [Int]
    private var step = 0
    private var seconds = 0.0
    private var sample = (canary: ArmTraffic(), stable: ArmTraffic(), seconds: 0.0)
    private var errors = (canary: [Double](), stable: [Double]())
    private var latency = (canary: [Double](), stable: [Double]())
    package private(set) var end: RolloutEnd?

    package init(steps: [Int]) { self.steps = steps }

    package var share: Double { end == .rolledBack ? 0 : end == .promoted ? 1 : Double(steps[step]) / 100 }

    package mutating func take(canary: ArmTraffic, stable: ArmTraffic, length: Double) {
        sample.canary.add(canary)
        sample.stable.add(stable)
        sample.seconds += length
        seconds += length
        if sample.seconds >= 10 { keepSample() }
        guard seconds >= 300 else { return }
        let isWorse =
            Self.isHigher(errors.canary, than: errors.stable) || Self.isHigher(latency.canary, than: latency.stable)
        (seconds, errors, latency) = (0, ([], []), ([], []))
        if isWorse {
            end = .rolledBack
        } else {
            step += 1
            if step >= steps.count { end = .promoted }
        }
    }

    private mutating func keepSample() {
        let (canary, stable) = (sample.canary, sample.stable)
        if canary.requests > 0 { errors.canary.append(canary.errors / canary.requests) }
        if stable.requests > 0 { errors.stable.append(stable.errors / stable.requests) }
        if let value = canary.quantile(0.99) { latency.canary.append(value) }
        if let value = stable.quantile(0.99) { latency.stable.append(value) }
        sample = (ArmTraffic(), ArmTraffic(), 0)
    }

    /// Confidence level 0.98, tolerance 0.25 of the shift, as Kayenta's classifier has them.
    static func isHigher(_ canary: [Double], than stable: [Double]) -> Bool {
        guard canary.count > 4, stable.count > 4 else { return false }
        let differences = canary.flatMap { mine in stable.map { mine - $0 } }.sorted()
        let estimate = differences[differences.count / 2]
        let (m, n) = (Double(canary.count), Double(stable.count))
        let deviation = (m * n * (m + n + 1) / 12).squareRoot()
        let rank = Int((m * n / 2 - 2.3263 * deviation).rounded(.down))  // bounded: of simulated requests
        guard rank >= 0, rank < differences.count else { return false }
        return differences[rank] > 0.25 * abs(estimate)
    }
}
