import Base
import Insights
import MeshModel
import Testing

@testable import Actions

@Suite struct GuardRecordTests {
    private let route = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")

    private func record(_ weight: Int? = 25) throws -> GuardRecord {
        var settings = GuardSettings()
        settings.plan.steps = [5, 25, 100]
        settings.plan.holdAt = [25]
        settings.errorObjective = 0.02
        settings.p99Milliseconds = 300
        settings.conditions = [try GuardCondition("sum(rate(x{a=\"b\"}[1m])) <= 0.5")]
        return GuardRecord(
            id: "guard-1",
            target: GuardTarget(
                route: route, section: .http, index: 1, canary: 2, canaryName: "v3", original: [70, 20, 10]),
            settings: settings, weight: weight, startedAt: Timestamp(seconds: 1_700_000_000), startedBy: "ada@bastion")
    }

    @Test func aMarkSaysAllThatTheNextProgramNeeds() throws {
        for weight in [nil, 25] {
            var written = try record(weight)
            written.stepTimes = [Timestamp(seconds: 1_700_000_060)]
            written.evidence = GuardEvidence(
                time: Timestamp(seconds: 1_700_000_050), canary: .init(requests: 40, errors: 2),
                stable: .init(requests: 900, errors: 3), worse: 2.5, pass: 0.75)
            #expect(try GuardRecord(written.mark.compactText, route: route) == written)
        }
    }

    @Test func aRolloutThatIsStartedSaysByWhom() throws {
        let (target, settings) = (try record().target, try record().settings)
        let started = GuardRecord.started(target, settings)
        #expect(started.target == target && started.settings == settings && started.weight == nil)
        #expect(started.startedBy == "\(currentUserName())@\(hostName())" && !started.id.isEmpty)
    }

    /// Anybody may write an annotation.
    @Test(arguments: [
        "", "{}", "[]", "{\"id\":1}",
        #"{"id":"x","section":"http","rule":0,"canary":5,"original":[90,10],"steps":[1,100]}"#,
        #"{"id":"x","section":"http","rule":0,"canary":0,"original":[-90,10],"steps":[1,100]}"#,
        #"{"id":"x","section":"http","rule":0,"canary":0,"original":[90,10],"steps":[100,1]}"#,
        #"{"id":"x","section":"http","rule":0,"canary":0,"original":[90,10],"steps":[100],"conditions":["rm -rf"]}"#,
    ])
    func aMarkThatMakesNoSenseIsRefused(_ text: String) {
        #expect(throws: MeshTopError.self) { try GuardRecord(text, route: route) }
    }

    @Test(arguments: [
        (0, [77, 23, 0]), (10, [70, 20, 10]), (50, [39, 11, 50]), (100, [0, 0, 100]),
    ])
    func theOthersShareTheRestAsBefore(_ weight: Int, _ expected: [Int]) throws {
        let weights = try record().target.weights(weight)
        #expect(weights.reduce(0, +) == 100 && weights[2] == weight)
        #expect(zip(weights, expected).allSatisfy { abs($0 - $1) <= 1 }, "\(weights)")
    }

    @Test func aConditionHasAQueryAndABound() throws {
        let condition = try GuardCondition("a >= bool 2 <= 0.5")
        #expect(condition.query == "a >= bool 2" && condition.isBelow && condition.bound == 0.5)
        #expect(condition.holds(0.5) && !condition.holds(0.6))
        for wrong in ["up", "<= 1", "up <= x"] {
            #expect(throws: MeshTopError.self) { try GuardCondition(wrong) }
        }
    }

    /// Steps that nobody named give the canary more than it has; those that were named are taken as they are.
    @Test func standardStepsLeadUpFromWhatTheCanaryHas() throws {
        var input = GuardInput()
        #expect(try input.settings(endingAt: nil, of: "v2", above: 0).plan.steps == [1, 5, 10, 25, 50, 100])
        #expect(try input.settings(endingAt: nil, of: "v2", above: 10).plan.steps == [25, 50, 100])
        #expect(try input.settings(endingAt: 50, of: "v2", above: 25).plan.steps == [50])
        #expect(GuardInput.standard(above: 90).steps == "100")
        #expect(throws: MeshTopError.self) { try input.settings(endingAt: nil, of: "v1", above: 100) }
        input.steps = "5,50"
        #expect(try input.settings(endingAt: nil, of: "v2", above: 10).plan.steps == [5, 50])
    }
}
