import Base
import Insights
import MeshModel
import Testing

@testable import Actions

/// What a preview says of a destination's load: from what it has carried, and no further than that bears.
@Suite struct ShiftEffectsTests {
    /// An hour of an M/M/1 queue that can do 50 a second.
    private func hour(_ loads: ClosedRange<Double>) -> LoadHistory {
        let step = (loads.upperBound - loads.lowerBound) / 59
        let points = (0..<60).map { number -> LoadHistory.Point in
            let rate = loads.lowerBound + step * Double(number)
            return LoadHistory.Point(rate: rate, p99: 4605 / (50 - rate))
        }
        return LoadHistory(seconds: 3600, points: points)
    }

    /// A metric may say anything: a preview says something, and does not end the program.
    @Test(arguments: [1e30, -1e30, 1e300, .infinity, .nan, 1e-300])
    func aLoadOfAnySizeIsTalkedOf(_ odd: Double) {
        for other in [odd, 1, 1e30] {
            let points = [
                LoadHistory.Point(rate: odd, p99: other), .init(rate: other, p99: odd), .init(rate: 1, p99: nil),
            ]
            for target in [odd, 1, -1e30] {
                let words = ShiftEffects.carried(LoadHistory(seconds: 3600, points: points), target)
                #expect(words.count < 400, "\(words)")
                for text in [PlanText.rate(target), PlanText.decimal(odd, 1), PlanText.percent(odd)] {
                    #expect(!text.isEmpty && text.count < 400, "\(text)")
                }
            }
        }
        let busy = hour(20...35)
        for target in [odd, 49.9999] { #expect(ShiftEffects.carried(busy, target).count < 400) }
    }

    @Test func evidenceOfAnySizeIsWrittenAndReadBack() throws {
        for odd in [1e30, 1e300, Double.infinity] {
            let arm = CanaryLook.Arm(requests: odd, errors: odd)
            let evidence = GuardEvidence(time: Timestamp(seconds: odd), canary: arm, stable: arm, worse: odd, pass: odd)
            let again = try #require(GuardEvidence(json: evidence.json))
            #expect(again.canary.requests == 1e15 && again.canary.errors == 1e15)
            #expect(GuardStatus.duration(odd) == "very long")
        }
        #expect(GuardStatus.duration(.nan) == "very long")
    }

    @Test func whatWasCarriedAndWhatMoreWouldMake() {
        let words = ShiftEffects.carried(hour(20...35), 40)
        #expect(words.contains("carried at most 35 in the last hour"))
        // 4605 / (50 − 40) = 460.5
        #expect(words.contains("80 % busy, p99 about 461 ms") || words.contains("p99 about 460 ms"), "\(words)")
    }

    @Test func aLoadThatCannotBeCarriedIsSaid() {
        #expect(ShiftEffects.carried(hour(20...40), 52).contains("would not keep up (about 50 is all)"))
    }

    @Test func farBeyondWhatWasSeenNothingIsPredicted() {
        let words = ShiftEffects.carried(hour(5...10), 28)
        #expect(words.contains("2.8 times that has not been seen"))
        #expect(!words.contains("busy"))
    }

    @Test func latencyThatDidNotFollowLoadPredictsNothing() {
        let flat = LoadHistory(
            seconds: 3600, points: (0..<60).map { LoadHistory.Point(rate: 20 + Double($0) / 4, p99: 80) })
        #expect(ShiftEffects.carried(flat, 40).contains("how it does beyond is not known"))
        #expect(!ShiftEffects.carried(flat, 30).contains("busy"))
        #expect(ShiftEffects.carried(LoadHistory(seconds: 3600, points: []), 30).isEmpty)
    }
}
