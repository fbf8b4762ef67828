// The preview of a guarded shift: its first step, and what will be done and decided after it.

internal import Base
internal import Insights
internal import Istio
internal import Kube

/// A whole guarded shift; one that stands on the route already is gone on with.
struct GuardRequest: ChangeRequest {
    var record: GuardRecord
    var isGuarded: Bool { true }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await GuardPlanner.draft(record, world)
    }
}

/// A new guarded shift; its planner gives it an id, a start and an owner. One that stands on the route already is gone
/// on with.
struct GuardStartRequest: ChangeRequest {
    var target: GuardTarget
    var settings: GuardSettings
    var isGuarded: Bool { true }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await GuardPlanner.draft(.started(target, settings), world)
    }
}

extension PlanRequest {
    package static func startGuarded(_ target: GuardTarget, _ settings: GuardSettings) -> PlanRequest {
        PlanRequest(GuardStartRequest(target: target, settings: settings))
    }

    package static func guarded(_ record: GuardRecord) -> PlanRequest { PlanRequest(GuardRequest(record: record)) }
}

enum GuardPlanner {
    static func draft(_ wanted: GuardRecord, _ world: PlanWorld) async throws -> Draft {
        let route = wanted.target.route
        let object = try await world.read(try world.path(route))
        var record = wanted
        let mark = object.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string
        if let mark { record = try GuardRecord(mark, route: route) }
        if let problem = record.settings.plan.problem {
            throw MeshTopError(.usage, "the steps", why: problem, advice: "choose others")
        }
        let target = record.target
        let first = record.weight ?? record.settings.plan.steps.first ?? 100
        let marked = record.stepped(to: first, at: world.client.clock.now, nil)
        var draft = try await ShiftPlanner.guarded(
            route, section: target.section, index: target.index, weights: target.weights(first),
            mark: mark == nil ? marked.mark : record.mark, world)
        draft.title =
            mark == nil
            ? "Guarded shift of \(route.name) to \(target.canaryName)"
            : "Go on with the guarded shift of \(route.name) to \(target.canaryName), at \(first) %"
        draft.effects = explanation(record) + draft.effects
        let now = target.original.indices.contains(target.canary) ? target.original[target.canary] : 0
        if mark == nil, first < now {
            draft.warnings.append(
                "its first step takes \(target.canaryName) down from \(now) % to \(first) %: the others get the rest at once"
            )
        }
        draft.guarded = record
        guard mark == nil else {
            draft.kubectl = "# nothing is sent now: MeshTop drives on what stands"
            return draft
        }
        draft.kubectl = "# a guarded shift has no kubectl of its own; its first step: " + draft.kubectl
        return draft
    }

    private static func explanation(_ record: GuardRecord) -> [String] {
        let plan = record.settings.plan
        var lines = [
            "steps of \(plan.steps.map(String.init).joined(separator: ", ")) %, each for at least \(Int(clamping: plan.minimumSeconds)) s and \(Int(clamping: plan.minimumRequests)) requests of \(record.target.canaryName)",
            "it is compared with stable at the same time; evidence of 20:1 against it takes it out, and all traffic moves only when it was shown to be as good",
        ]
        if let share = record.settings.errorObjective {
            lines.append("its error ratio must stay below \(PlanText.percent(share))")
        }
        if let limit = record.settings.p99Milliseconds {
            lines.append("its p99 must stay below \(PlanText.decimal(limit, 0)) ms")
        }
        lines += record.settings.conditions.map { "\($0.shown) must hold" }
        if !plan.holdAt.isEmpty {
            lines.append("it holds for you at \(plan.holdAt.sorted().map(String.init).joined(separator: ", ")) %")
        }
        return lines
    }
}
