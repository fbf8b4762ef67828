// Rollouts as the kept screens show them: ours, driven here or by somebody else, and those of other programs.

import Actions
import ClusterData
import Insights
import MeshModel

@testable import Base

enum GoldenRollouts {
    static let target = GuardTarget(
        route: GoldenChanges.route, section: .http, index: 0, canary: 1, canaryName: "v2", original: [70, 30, 0])

    static let record: GuardRecord = {
        var settings = GuardSettings()
        settings.plan.steps = [5, 25, 50, 100]
        settings.plan.holdAt = [50]
        settings.errorObjective = 0.01
        var record = GuardRecord(
            id: "260101-7f3a", target: target, settings: settings, weight: 25, startedAt: .noon + -900,
            startedBy: "ada@bastion")
        record.stepTimes = [.noon + -840, .noon + -200]
        record.evidence = GuardEvidence(
            time: .noon + -200, canary: .init(requests: 420, errors: 3), stable: .init(requests: 6100, errors: 31),
            worse: 1.5, pass: 6)
        return record
    }()

    static func status(_ change: (inout GuardStatus) -> Void = { _ in }) -> GuardStatus {
        var status = GuardStatus(
            id: record.id, target: target, plan: record.settings.plan, weight: 25, verdict: .needMoreData(seconds: 95),
            wait: .requests(missing: 140), worse: 2.4, pass: 8, needed: 20,
            canary: .init(requests: 1240, errors: 16, slow: [60]),
            stable: .init(requests: 3720, errors: 11, slow: [90]))
        status.edges = [LatencyEdge(milliseconds: 50, stableShare: 0.02)]
        (status.stepSeconds, status.stepRequests) = (200, 1240)
        status.conditions = [
            GuardStatus.Condition(text: "sum(rate(cart_abandoned[1m])) <= 3", value: 2.25, holds: true),
            GuardStatus.Condition(text: "up >= 1"),
        ]
        status.trail = [1, 1.2, 1.1, 2, 3.1, 2.8, 2.4]
        change(&status)
        return status
    }

    static let driven = RolloutView(
        record, status: status(), driver: .here,
        history: [
            GuardMoment(time: .noon + -840, text: "5 %"),
            GuardMoment(time: .noon + -200, text: "25 %: as good as stable, 6:1"),
        ], now: .noon)

    static let worse = RolloutView(
        record,
        status: status {
            ($0.verdict, $0.wait, $0.worse) = (.worse(.errors), .evidence(.errors), 26)
            $0.trouble = "Prometheus does not answer: connection refused"
        }, driver: .here, now: .noon)

    static let watched = RolloutView(record, status: nil, driver: .other("grace@laptop/7"), now: .noon)
    static let abandoned = RolloutView(record, status: nil, driver: .nobody, now: .noon)
    static let rolledBack = RolloutView(
        record, status: status(), driver: .nobody, end: .rolledBack("26:1 that it answers more errors"), now: .noon)

    static let flagger: RolloutView = {
        var view = RolloutView(
            owner: .flagger, object: ObjectReference(kind: "Canary", namespace: "payments", name: "checkout"),
            route: ObjectReference(kind: "VirtualService", namespace: "payments", name: "checkout"), canary: "",
            weight: 10, verdict: "PROGRESSING", tone: .waiting, driver: .controller("Flagger"))
        view.steps = [.init("10 %", .now, "since 3m"), .init("50 %", .ahead), .init("100 %", .ahead)]
        view.facts = ["2 of 5 checks failed", "the webhook load-test answers 200"]
        view.options = [.init(action: .hold), .init(action: .promote, refusal: "Flagger promotes by itself")]
        return view
    }()

    static let flaggerOnReviews: RolloutView = {
        var view = flagger
        (view.object.namespace, view.object.name, view.route) = ("shop", "reviews", GoldenChanges.route)
        return view
    }()

    static let argo = RolloutView(
        owner: .argo,
        object: ObjectReference(
            kind: "Rollout", namespace: "team-international-commerce-platform-staging", name: "検索サービス-日本"),
        canary: "7d9f", weight: nil, verdict: "DEGRADED", tone: .bad, driver: .controller("Argo Rollouts"))

    static let all = [driven, flagger, argo]
}
