import Base
import Testing

@testable import Actions

/// Rollouts that no VirtualService splits: by pods, by another proxy's weights, all at once.
@Suite struct ArgoStrategyTests {
    private func rollout(_ strategy: JSONValue, _ status: JSONValue) -> JSONValue {
        [
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": ["name": "web", "namespace": "shop"],
            "spec": ["replicas": 5, "strategy": strategy], "status": status,
        ]
    }

    private func view(_ strategy: JSONValue, _ status: JSONValue) throws -> RolloutView {
        try #require(ArgoRollout.view(rollout(strategy, status)))
    }

    private static let steps: JSONValue = [["setWeight": 20], ["pause": [:]], ["setWeight": 60]]
    private static let paused: JSONValue = [
        "phase": "Paused", "stableRS": "aaa", "currentPodHash": "bbb", "currentStepIndex": 1, "replicas": 5,
        "updatedReplicas": 1, "readyReplicas": 5,
        "pauseConditions": [["reason": "CanaryPauseStep", "startTime": "2026-11-27T10:00:00Z"]],
    ]

    @Test func aCanaryWithoutRoutingFollowsItsPods() throws {
        let view = try view(["canary": ["steps": Self.steps]], Self.paused)
        #expect(view.verdict == "PAUSED" && view.weight == 20 && view.route == nil)
        #expect(view.steps.map(\.state) == [.done, .now, .ahead])
        #expect(view.facts.contains("no traffic routing: requests follow the pods, 1 of 5 are of the new version"))
        #expect(view.refusal(of: .next) == nil && view.refusal(of: .rollBack) == nil)
    }

    @Test func weightsOfAnotherProxyAreNotClaimed() throws {
        let view = try view(
            ["canary": ["steps": Self.steps, "trafficRouting": ["nginx": ["stableIngress": "web"]]]], Self.paused)
        #expect(view.route == nil)
        #expect(view.facts.contains("requests are split by nginx: its weights are not read here"))
    }

    @Test func anEmptyCanaryIsARollout() throws {
        let view = try view(["canary": [:]], ["phase": "Healthy", "stableRS": "a", "currentPodHash": "a"])
        #expect(view.verdict == "HEALTHY" && view.isOver && view.steps.isEmpty)
        #expect(view.refusal(of: .next) != nil)
    }

    private static let blueGreen: JSONValue = [
        "blueGreen": ["activeService": "web", "previewService": "web-next", "autoPromotionEnabled": false]
    ]

    private func blue(_ active: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        var status: JSONValue = [
            "phase": "Paused", "stableRS": "aaa", "currentPodHash": "bbb",
            "blueGreen": ["activeSelector": .string(active), "previewSelector": "bbb"],
        ]
        for (key, value) in more { status[key] = value }
        return status
    }

    private static let waiting: [String: JSONValue] = [
        "pauseConditions": [["reason": "BlueGreenPause", "startTime": "2026-11-27T10:00:00Z"]]
    ]

    @Test func blueGreenWaitsForAPersonAndSwitchesAllAtOnce() throws {
        let waiting = try view(Self.blueGreen, blue("aaa", Self.waiting))
        #expect(waiting.verdict == "PAUSED" && waiting.weight == 0 && waiting.route == nil)
        #expect(waiting.steps.map(\.state) == [.done, .now, .ahead])
        #expect(waiting.facts.contains("Service web selects aaa, preview web-next selects bbb"))
        #expect(waiting.decisions == ["a person: N switches to it"])
        #expect(waiting.refusal(of: .next) == nil)

        let starting = try view(Self.blueGreen, blue("aaa", ["phase": "Progressing"]))
        #expect(starting.steps.map(\.state) == [.now, .ahead, .ahead])
        #expect(starting.refusal(of: .next) == "it does not wait to be promoted")

        let switched = try view(Self.blueGreen, blue("bbb", ["phase": "Progressing"]))
        #expect(switched.weight == 100 && switched.steps.map(\.state) == [.done, .done, .now])

        let over = try view(Self.blueGreen, blue("bbb", ["phase": "Healthy", "stableRS": "bbb"]))
        #expect(over.isOver && over.weight == nil && over.steps.allSatisfy { $0.state == .done })

        let aborted = try view(Self.blueGreen, blue("aaa", ["phase": "Degraded", "abort": true]))
        #expect(aborted.verdict == "ABORTED" && aborted.refusal(of: .next) != nil && aborted.refusal(of: .retry) == nil)
    }

    @Test func itSaysWhenNobodyNeedsToAsk() throws {
        var spec = Self.blueGreen
        spec.set(["blueGreen", "autoPromotionSeconds"], to: 30)
        #expect(try view(spec, blue("aaa", Self.waiting)).steps[1].label == "switched after 30 s")
        spec.set(["blueGreen", "autoPromotionSeconds"], to: nil)
        spec.set(["blueGreen", "autoPromotionEnabled"], to: nil)
        #expect(try view(spec, blue("aaa", Self.waiting)).decisions == ["it switches by itself; N does it at once"])
    }
}
