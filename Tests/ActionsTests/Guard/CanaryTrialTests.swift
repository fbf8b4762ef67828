import Base
import Insights
import TestSupport
import Testing

@testable import Actions

extension CanaryScenario.Kind: CustomTestStringConvertible {
    public var testDescription: String {
        switch self {
        case .good: "good"
        case .errors(let share): "errors \(PlanText.percent(share))"
        case .slower(let factor): "p99 +\(PlanText.percent(factor - 1))"
        case .oneRoute(let share): "one route \(PlanText.percent(share))"
        case .leak(let share): "leak to \(PlanText.percent(share))"
        }
    }
}

/// Every kind of canary on the demo mesh, at high speed. Chance and clock are the mesh's own, so that each run is the
/// same every time.
@Suite struct CanaryTrialTests {
    static let bad: [CanaryScenario.Kind] = [
        .errors(0.005), .errors(0.01), .errors(0.02), .errors(0.05), .slower(1.2), .slower(1.5), .slower(2),
        .oneRoute(0.2), .leak(0.05),
    ]

    @Test(arguments: bad) func aBadCanaryIsTakenOut(_ kind: CanaryScenario.Kind) async throws {
        let outcome = try await CanaryTrial(scenario: CanaryScenario(kind, requestsPerSecond: 300)).run()
        guard case .rolledBack(let why) = outcome.end else {
            Issue.record("\(outcome.end)")
            return
        }
        if case .slower = kind { #expect(why.contains("requests over")) } else { #expect(why.contains("errors")) }
        #expect(outcome.weights == [100, 0] && outcome.mark == nil)
        // It never came to more than a tenth, and few were harmed on the way.
        #expect(outcome.shifts.last?.weight == 0 && outcome.shifts.allSatisfy { $0.weight <= 10 }, "\(outcome.shifts)")
        #expect(outcome.failedInExcess < 20)
        #expect(outcome.shifts.allSatisfy { outcome.journalled.contains($0.journalID) })
        #expect(outcome.words.last == "rolled back: \(why)")
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func aGoodCanaryGetsAllTraffic(_ seed: UInt64) async throws {
        let outcome = try await CanaryTrial(scenario: CanaryScenario(.good, requestsPerSecond: 300), seed: seed).run()
        #expect(outcome.end == .promoted("it was as good as stable"))
        #expect(outcome.weights == [0, 100] && outcome.mark == nil)
        // Every step, and one more write that takes the mark away.
        #expect(outcome.shifts.map(\.weight) == [1, 5, 10, 25, 50, 100, 100])
        #expect(outcome.shifts.allSatisfy { outcome.journalled.contains($0.journalID) })
        // Each step stood for its minute at least.
        #expect(outcome.seconds >= 6 * 60)
    }

    /// What a canary gets that nobody asks for: no verdict, as no data is no good news.
    @Test func aCanaryThatGetsNoTrafficStays() async throws {
        let outcome = try await CanaryTrial(scenario: CanaryScenario(.good, requestsPerSecond: 0), limit: 1800).run()
        #expect(outcome.end == .left)
        #expect(outcome.weights == [99, 1] && outcome.mark != nil)
        #expect(outcome.status?.wait == .traffic, "\(String(describing: outcome.status?.wait))")
    }

    /// The table of `make trials`: many of each kind and rate, where TRIALS says how many.
    @Test(.enabled(if: environmentVariable("TRIALS") != nil, "a figure of make trials, over an hour"))
    func theFiguresOnTheDemoMesh() async throws {
        let count = try #require(environmentVariable("TRIALS").flatMap(UInt64.init))
        print("rate  canary            back  on  median s  failed in excess")
        for rate in [50.0, 300, 3000] {
            for kind in [.good] + Self.bad {
                let study = try await CanaryStudy(CanaryScenario(kind, requestsPerSecond: rate), seeds: 1...count)
                print(study.line)
                #expect(kind == .good ? study.mayBeFivePercent : study.promoted == 0)
            }
        }
    }
}
