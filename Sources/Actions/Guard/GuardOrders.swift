// What a person asks of a guarded shift that stands: hold, let go on, promote, roll back. Each is a change of the route,
// so that it works from any MeshTop; the one that drives it reads it there.

internal import Base
internal import Insights
internal import Istio
internal import Kube

enum GuardOrders {
    static func draft(_ order: RolloutOrder, _ world: PlanWorld) async throws -> Draft {
        let route = order.object
        let object = try await world.read(try world.path(route))
        let name = "\(route.kind) \(route.namespace)/\(route.name)"
        guard let mark = object.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string else {
            throw MeshTopError(
                .notFound, name, why: "no guarded shift stands on it", advice: "start one with W and G, or --guard")
        }
        var record = try GuardRecord(mark, route: route)
        guard let weight = record.weight else {
            throw MeshTopError(.conflict, name, why: "its first step is not made yet", advice: "wait for it")
        }
        let canary = record.target.canaryName
        var weights = record.target.weights(weight)
        var next: JSONValue?
        let title: String
        let effect: String
        var warnings: [String] = []
        switch order.action {
        case .hold:
            record.settings.plan.holdAt.insert(weight)
            next = record.mark
            title = "Hold the guarded shift of \(route.name) at \(weight) %"
            effect =
                "\(canary) stays at \(weight) % until a person lets it go on; evidence against it still takes it out"
        case .release:
            record.settings.plan.holdAt.remove(weight)
            next = record.mark
            title = "Let the guarded shift of \(route.name) go on from \(weight) %"
            effect = "\(canary) goes on when time, requests and evidence allow it"
        case .promote:
            let last = record.settings.plan.steps.last ?? 100
            weights = record.target.weights(last)
            title = "Promote \(canary) of \(route.name) to \(last) % at once"
            effect = "the rollout ends; steps and evidence that are missing are skipped"
            warnings.append("nothing compares it with stable any more, and nothing takes it out by itself")
        case .rollBack:
            weights = record.target.weights(0)
            title = "Roll \(canary) of \(route.name) back"
            effect = "the rollout ends; \(canary) gets nothing, the others share its traffic as before"
        case .next, .retry, .goOn:
            throw MeshTopError(
                .usage, name, why: "a guarded shift has no '\(order.action.title)'",
                advice: "hold it, let it go on, promote it or roll it back")
        }
        var draft = try await ShiftPlanner.guarded(
            route, section: record.target.section, index: record.target.index, weights: weights, mark: next, world)
        draft.title = title
        draft.effects = [effect] + (next == nil ? draft.effects : [])
        draft.warnings += warnings
        if next == nil { draft.ending = GuardEnding(id: record.id, action: order.action) }
        return draft
    }
}
