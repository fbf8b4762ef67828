import Testing

@testable import Insights

@Suite struct GuardMachineTests {
    private func machine(_ plan: GuardPlan = GuardPlan()) -> GuardMachine {
        var machine = GuardMachine(plan, CanaryJudge.Settings())
        machine.shifted()
        return machine
    }

    private func look(_ canary: Double, errors: Double = 0, stable: Double = 10_000, stableErrors: Double = 0)
        -> CanaryLook
    {
        CanaryLook(
            canary: .init(requests: canary, errors: errors), stable: .init(requests: stable, errors: stableErrors),
            seconds: 10)
    }

    private func run(_ machine: inout GuardMachine, _ look: CanaryLook, _ count: Int) -> [GuardMove] {
        (0..<count).map { _ in
            let move = machine.take(look)
            if case .shift = move { machine.shifted() }
            return move
        }
    }

    @Test func theFirstMoveIsTheFirstStep() {
        var machine = GuardMachine(GuardPlan(), CanaryJudge.Settings())
        #expect(machine.take(look(0)) == .shift(to: 1))
        #expect(machine.weight == nil)
        machine.shifted()
        #expect(machine.weight == 1)
    }

    @Test func aGoodCanaryGoesAllTheWay() {
        var machine = machine()
        let moves = run(&machine, look(2000, errors: 2, stable: 2000, stableErrors: 2), 200)
        let steps = moves.compactMap { if case .shift(let weight) = $0 { weight } else { nil } }
        #expect(steps == [5, 10, 25, 50, 100])
        #expect(moves.contains(.finish))
        // A minute at each step, at least.
        #expect(moves.prefix(5).allSatisfy { $0 == .stay })
    }

    @Test func aCanaryWithoutASingleErrorGoesOnToo() {
        var machine = machine()
        let moves = run(&machine, look(1000), 100)
        #expect(machine.weight == 100 && moves.contains(.finish))
    }

    @Test func aBadCanaryGoesBackAndTheMetricIsNamed() {
        var machine = machine()
        let moves = run(&machine, look(100, errors: 10, stableErrors: 10), 5)
        #expect(moves.contains(.rollBack(.errors)))
        #expect(machine.weight == 1)
    }

    /// No data is neither good nor bad.
    @Test func withoutTrafficItStays() {
        var machine = machine()
        let moves = run(&machine, look(0, stable: 1000, stableErrors: 5), 400)
        #expect(moves.allSatisfy { $0 == .stay })
        #expect(machine.wait == .traffic)
        #expect(machine.judge.verdict == .noTraffic)
    }

    @Test func tooFewRequestsAreNotEnough() {
        var machine = machine()
        _ = run(&machine, look(1), 10)
        #expect(machine.wait == .requests(missing: 40))
        #expect(machine.weight == 1)
    }

    /// All traffic moves only when the canary has been shown to be as good.
    @Test func theLastStepNeedsProof() {
        var plan = GuardPlan()
        plan.steps = [50, 100]
        var machine = machine(plan)
        _ = run(&machine, look(10, stable: 10), 30)
        #expect(machine.weight == 50)
        guard case .proof = machine.wait else {
            Issue.record("\(machine.wait)")
            return
        }
        #expect(machine.judge.verdict != .pass)
    }

    @Test func itHoldsForAPersonWhereAsked() {
        var plan = GuardPlan()
        plan.holdAt = [5]
        var machine = machine(plan)
        _ = run(&machine, look(2000, errors: 2, stable: 2000, stableErrors: 2), 100)
        #expect(machine.weight == 5 && machine.wait == .person)
        machine.release()
        _ = run(&machine, look(2000, errors: 2, stable: 2000, stableErrors: 2), 100)
        #expect(machine.weight == 100)
    }

    @Test func aRolloutThatWasKeptGoesOn() throws {
        var plan = GuardPlan()
        plan.steps = [5, 50, 100]
        var settings = CanaryJudge.Settings()
        settings.edges = [LatencyEdge(milliseconds: 50, stableShare: 0.3)]
        settings.errorObjective = 0.05
        var whole = GuardMachine(plan, settings)
        whole.shifted()
        let look = CanaryLook(
            canary: .init(requests: 300, errors: 2, slow: [100]), stable: .init(requests: 900, errors: 5, slow: [300]),
            seconds: 10)
        _ = run(&whole, look, 9)
        var resumed = GuardMachine(plan, settings, saved: try #require(whole.saved))
        #expect(resumed.weight == whole.weight && resumed.judge.logWorse == whole.judge.logWorse)
        #expect(run(&whole, look, 40) == run(&resumed, look, 40))
    }

    @Test(arguments: [([] as [Int], "no step"), ([0, 100], "1 to 100"), ([10, 5], "above")])
    func aPlanThatMakesNoSenseIsNamed(_ steps: [Int], _ part: String) {
        var plan = GuardPlan()
        plan.steps = steps
        #expect(plan.problem?.contains(part) == true)
        #expect(GuardPlan().problem == nil)
    }

    @Test(arguments: [
        CanaryScenario.Kind.errors(0.01), .errors(0.05), .slower(1.2), .slower(2), .oneRoute(0.2), .leak(0.05),
    ])
    func badCanariesAreRolledBack(_ kind: CanaryScenario.Kind) {
        let scenario = CanaryScenario(kind, requestsPerSecond: 300)
        let ours = RolloutStudy.runs(scenario, count: 40) { GuardedRollout(scenario) }
        let threshold = RolloutStudy.runs(scenario, count: 40) {
            ThresholdRollout(steps: GuardPlan().steps, limitMs: 1.5 * scenario.stableP99)
        }
        let ranks = RolloutStudy.runs(scenario, count: 40) { MannWhitneyRollout(steps: GuardPlan().steps) }
        #expect(ours.rolledBack == 40 && ours.promoted == 0)
        #expect(ours.meanHarmed < threshold.meanHarmed && ours.meanHarmed < ranks.meanHarmed)
    }
}
