// Many rollouts of one kind, and what became of them.

package struct RolloutOutcome: Sendable, Hashable {
    package var end: RolloutEnd?
    /// When it ended; nil when it had not within the hour.
    package var seconds: Double?
    /// Requests within the hour that failed, or took longer than the stable p99, because of the canary.
    package var harmed: Double
}

package struct RolloutSummary: Sendable, Hashable {
    package var runs: Int
    package var rolledBack: Int
    package var promoted: Int
    package var meanHarmed: Double
    /// Of those that ended as they should have.
    package var medianSeconds: Double?

    package init(_ outcomes: [RolloutOutcome], isBad: Bool) {
        runs = outcomes.count
        rolledBack = outcomes.count { $0.end == .rolledBack }
        promoted = outcomes.count { $0.end == .promoted }
        meanHarmed = outcomes.isEmpty ? 0 : outcomes.reduce(0) { $0 + $1.harmed } / Double(outcomes.count)
        let right = outcomes.filter { $0.end == (isBad ? .rolledBack : .promoted) }.compactMap(\.seconds).sorted()
        medianSeconds = right.isEmpty ? nil : right[right.count / 2]
    }
}

package enum RolloutStudy {
    /// An hour of a rollout, looked at every five seconds.
    package static func run(
        _ scenario: CanaryScenario, _ rule: some RolloutRule, seed: UInt64, horizon: Double = 3600
    ) -> RolloutOutcome {
        var rule = rule
        var traffic = CanaryTraffic(scenario, seed: seed)
        var outcome = RolloutOutcome(harmed: 0)
        let length = 5.0
        var time = 0.0
        let slowShare = max(0, scenario.above(scenario.stableP99, scale: scenario.scale) - 0.01)
        while time < horizon {
            time += length
            let share = rule.share
            if share == 0 { break }
            let (canary, stable) = traffic.interval(endingAt: time, length: length, canaryShare: share)
            let errors = scenario.errors(at: time)
            if errors > scenario.baseErrors { outcome.harmed += canary.errors * (1 - scenario.baseErrors / errors) }
            if scenario.scale > 1 { outcome.harmed += canary.requests * slowShare }
            // A good canary that has been promoted has nothing more to show.
            if rule.end == .promoted, !scenario.isBad { break }
            guard rule.end == nil else { continue }
            rule.take(canary: canary, stable: stable, length: length)
            if let end = rule.end { (outcome.end, outcome.seconds) = (end, time) }
        }
        return outcome
    }

    package static func runs(
        _ scenario: CanaryScenario, count: Int, seed: UInt64 = 1, rule: () -> any RolloutRule
    ) -> RolloutSummary {
        let outcomes = (0..<count).map { index in
            run(scenario, rule(), seed: seed &* 1_000_003 &+ UInt64(index))
        }
        return RolloutSummary(outcomes, isBad: scenario.isBad)
    }

    package struct Looks: Sendable, Hashable {
        package var worse = 0
        package var passed = 0
        package var medianSecondsToWorse: Double?
        package var medianSecondsToPass: Double?
    }

    /// The judge alone at a fixed split, looking every five seconds for an hour.
    package static func looks(
        _ scenario: CanaryScenario, share: Double, count: Int, seed: UInt64 = 1, latency: Bool = true
    ) -> Looks {
        var looks = Looks()
        var worse: [Double] = []
        var passed: [Double] = []
        for index in 0..<count {
            var traffic = CanaryTraffic(scenario, seed: seed &* 7_000_003 &+ UInt64(index))
            var settings = CanaryJudge.Settings()
            if latency { settings.edges = LatencyEdge.choose(CanaryScenario.bounds.map { ($0, scenario.above($0)) }) }
            var judge = CanaryJudge(settings)
            var hasPassed = false
            for look in 1...720 {
                let time = Double(look) * 5
                let (canary, stable) = traffic.interval(endingAt: time, length: 5, canaryShare: share)
                func arm(_ traffic: ArmTraffic) -> CanaryLook.Arm {
                    CanaryLook.Arm(
                        requests: traffic.requests, errors: traffic.errors,
                        slow: settings.edges.map { traffic.above($0.milliseconds) })
                }
                judge.take(CanaryLook(canary: arm(canary), stable: arm(stable), seconds: 5))
                if case .worse = judge.verdict {
                    worse.append(time)
                    break
                }
                if !hasPassed, judge.verdict == .pass {
                    hasPassed = true
                    passed.append(time)
                }
            }
        }
        (looks.worse, looks.passed) = (worse.count, passed.count)
        looks.medianSecondsToWorse = worse.isEmpty ? nil : worse.sorted()[worse.count / 2]
        looks.medianSecondsToPass = passed.isEmpty ? nil : passed.sorted()[passed.count / 2]
        return looks
    }
}
