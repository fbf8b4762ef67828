import Insights
import TestSupport

@testable import Actions

/// Many trials of one kind of canary at one rate, and what became of them.
struct CanaryStudy {
    let scenario: CanaryScenario
    private(set) var runs = 0
    private(set) var rolledBack = 0
    private(set) var promoted = 0
    private var seconds: [Double] = []
    private var failed = 0.0

    /// Two at a time, as there are cores.
    init(_ scenario: CanaryScenario, seeds: ClosedRange<UInt64>) async throws {
        self.scenario = scenario
        let outcomes = try await withThrowingTaskGroup(of: CanaryTrial.Outcome.self) { group in
            var left = Array(seeds)
            var done: [CanaryTrial.Outcome] = []
            func next() {
                if let seed = left.popLast() {
                    group.addTask { try await CanaryTrial(scenario: scenario, seed: seed).run() }
                }
            }
            next()
            next()
            while let outcome = try await group.next() {
                done.append(outcome)
                next()
            }
            return done
        }
        runs = outcomes.count
        rolledBack = outcomes.count(where: \.isRolledBack)
        promoted = outcomes.count(where: \.isPromoted)
        let isRight = scenario.isBad ? \CanaryTrial.Outcome.isRolledBack : \.isPromoted
        seconds = outcomes.filter { $0[keyPath: isRight] }.map(\.seconds).sorted()
        failed = outcomes.reduce(0) { $0 + $1.failedInExcess } / Double(max(1, runs))
    }

    /// Whether a true share of one in twenty would have so many false rollbacks in one of a hundred studies or more.
    var mayBeFivePercent: Bool {
        var probability = 0.0
        var term = Math.power(0.95, Double(runs))
        for count in 0..<rolledBack {
            probability += term
            term *= Double(runs - count) / Double(count + 1) * 0.05 / 0.95
        }
        return 1 - probability >= 0.01
    }

    var line: String {
        let median = seconds.isEmpty ? "–" : PlanText.decimal(seconds[seconds.count / 2], 0)
        return
            "\(PlanText.decimal(scenario.requestsPerSecond, 0))  \(scenario.kind.testDescription)  back \(rolledBack)  on \(promoted)  of \(runs)  median \(median) s  failed in excess \(PlanText.decimal(failed, 1))"
    }
}
