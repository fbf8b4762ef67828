import Testing

@testable import Insights

@Suite struct EvidenceTests {
    /// One look, one alternative: 3·ln 2 − 4·ln(2·100 + 900)/(100 + 900), worked out by hand.
    @Test func theEvidenceIsTheFormulaOfTheReference() {
        var evidence = RatioEvidence(null: 1, alternatives: [(2, 1)])
        evidence.take(canary: ArmCounts(requests: 100, bad: 3), stable: ArmCounts(requests: 900, bad: 1))
        #expect(abs(evidence.logEvidence - (3 * 0.693147 - 4 * 0.0953102)) < 1e-5)
        // Two looks at different splits add up.
        evidence.take(canary: ArmCounts(requests: 500, bad: 1), stable: ArmCounts(requests: 500, bad: 1))
        #expect(abs(evidence.logEvidence - (4 * 0.693147 - 4 * 0.0953102 - 2 * 0.405465)) < 1e-5)
    }

    @Test func nothingBadOrAnIdleArmTellsNothing() {
        var evidence = RatioEvidence.worse(than: 1)
        evidence.take(canary: ArmCounts(requests: 1000), stable: ArmCounts(requests: 1000))
        evidence.take(canary: ArmCounts(requests: 10, bad: 10), stable: ArmCounts())
        #expect(abs(evidence.logEvidence) < 1e-9)
    }

    @Test func anArmWithoutErrorsIsShownToHaveFew() {
        var evidence = ShareEvidence.below(0.01)
        evidence.take(ArmCounts(requests: 100))
        #expect(evidence.logEvidence < 3)
        evidence.take(ArmCounts(requests: 500))
        #expect(evidence.logEvidence > 3)
    }

    /// Half a test's evidence goes to a file; what was read back goes on where it was.
    @Test func evidenceThatWasKeptGoesOn() {
        var whole = RatioEvidence.worse(than: 1.1)
        let (mine, theirs) = (ArmCounts(requests: 90, bad: 4), ArmCounts(requests: 910, bad: 5))
        whole.take(canary: mine, stable: theirs)
        var resumed = RatioEvidence.worse(than: 1.1)
        resumed.restore(whole.logs)
        whole.take(canary: mine, stable: theirs)
        resumed.take(canary: mine, stable: theirs)
        #expect(whole == resumed)
        resumed.restore([1, 2])
        #expect(whole == resumed)
    }

    /// 200 hours of looking every five seconds at equal arms: a false alarm is rarer than 5 %, its bound included.
    @Test func equalArmsAreSeldomCalledWorse() {
        var scenario = CanaryScenario(.good, requestsPerSecond: 50)
        scenario.baseErrors = 0.005
        let looks = RolloutStudy.looks(scenario, share: 0.1, count: 200)
        #expect(wilsonInterval(share: Double(looks.worse) / 200, observations: 200).upperBound <= 0.05)
        #expect(looks.passed > 150)
    }

    @Test func twiceTheErrorsSeldomPass() {
        var scenario = CanaryScenario(.errors(0.01), requestsPerSecond: 50)
        scenario.baseErrors = 0.005
        let looks = RolloutStudy.looks(scenario, share: 0.1, count: 200)
        #expect(wilsonInterval(share: Double(looks.passed) / 200, observations: 200).upperBound <= 0.05)
    }

    @Test func aFivefoldErrorRatioIsFoundWithinAMinute() throws {
        var scenario = CanaryScenario(.errors(0.025), requestsPerSecond: 50)
        scenario.baseErrors = 0.005
        let looks = RolloutStudy.looks(scenario, share: 0.1, count: 200)
        #expect(looks.worse == 200)
        #expect(try #require(looks.medianSecondsToWorse) <= 60)
    }
}
