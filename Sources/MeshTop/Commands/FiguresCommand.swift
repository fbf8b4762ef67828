// `meshtop figures`: hidden; what `make figures` prints about the judge of guarded shifts.

import ArgumentParser
internal import Base
internal import Insights

struct FiguresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures", abstract: "Simulated guarded rollouts, beside two other rules.", shouldDisplay: false)
    @Option(help: "Rollouts of each kind.") var runs = 500
    @Option(help: "Requests per second.") var rates: [Double] = [50, 300, 3000]

    private static let kinds: [(name: String, kind: CanaryScenario.Kind)] = [
        ("good", .good), ("errors 0.5 %", .errors(0.005)), ("errors 1 %", .errors(0.01)),
        ("errors 2 %", .errors(0.02)), ("errors 5 %", .errors(0.05)), ("p99 +20 %", .slower(1.2)),
        ("p99 +50 %", .slower(1.5)), ("p99 +100 %", .slower(2)), ("one route 20 %", .oneRoute(0.2)),
        ("leak to 5 %", .leak(0.05)),
    ]

    func run() throws {
        try printOut("Guarded rollouts, \(runs) of each kind, an hour each, a look every 5 s; base error ratio 0.1 %\n")
        for rate in rates {
            try printOut("\n\(Int(clamping: rate)) requests per second\n")
            try printOut(
                Self.row([
                    "canary", "ours: back", "on", "harmed", "median", "threshold: back", "on", "harmed", "median",
                    "Mann-Whitney: back", "on", "harmed", "median",
                ]))
            for (name, kind) in Self.kinds {
                let scenario = CanaryScenario(kind, requestsPerSecond: rate)
                let steps = GuardPlan().steps
                let ours = RolloutStudy.runs(scenario, count: runs) { GuardedRollout(scenario) }
                let threshold = RolloutStudy.runs(scenario, count: runs) {
                    ThresholdRollout(steps: steps, limitMs: 1.5 * scenario.stableP99)
                }
                let ranks = RolloutStudy.runs(scenario, count: runs) { MannWhitneyRollout(steps: steps) }
                try printOut(Self.row([name] + [ours, threshold, ranks].flatMap(Self.cells)))
            }
        }
        try printFixedSplit()
    }

    private func printFixedSplit() throws {
        func share(_ hits: Int) -> String {
            "\(Self.decimal(Double(hits) / Double(runs) * 100)) % (at most \(Self.decimal(wilsonInterval(share: Double(hits) / Double(runs), observations: Double(runs)).upperBound * 100)) %)"
        }
        try printOut("\nThe judge at a fixed split, looking every 5 s for an hour\n")
        for rate in rates {
            let good = RolloutStudy.looks(CanaryScenario(.good, requestsPerSecond: rate), share: 0.1, count: runs)
            var twice = CanaryScenario(.errors(0.01), requestsPerSecond: rate)
            twice.baseErrors = 0.005
            let bad = RolloutStudy.looks(twice, share: 0.1, count: runs)
            try printOut(
                "  \(Int(clamping: rate))/s at 10 %: good called worse \(share(good.worse)), passed \(good.passed) after a median of \(Self.seconds(good.medianSecondsToPass)); twice the errors passed \(share(bad.passed))\n"
            )
        }
        var five = CanaryScenario(.errors(0.025), requestsPerSecond: 50)
        five.baseErrors = 0.005
        let found = RolloutStudy.looks(five, share: 0.1, count: runs)
        try printOut(
            "  50/s at 10 %, 0.5 % against 2.5 %: found \(found.worse) of \(runs), median \(Self.seconds(found.medianSecondsToWorse))\n"
        )
    }

    private static func cells(_ summary: RolloutSummary) -> [String] {
        [
            "\(summary.rolledBack)", "\(summary.promoted)", decimal(summary.meanHarmed),
            seconds(summary.medianSeconds),
        ]
    }

    private static func seconds(_ value: Double?) -> String { value.map { "\(Int(clamping: $0)) s" } ?? "–" }
    private static func decimal(_ value: Double) -> String {
        value >= 100 ? "\(Int(clamping: value.rounded()))" : "\((value * 10).rounded() / 10)"
    }

    private static func row(_ cells: [String]) -> String {
        let widths = [16, 10, 5, 8, 8, 16, 5, 8, 8, 19, 5, 8, 8]
        return zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(1, width - cell.count))
        }.joined() + "\n"
    }
}
