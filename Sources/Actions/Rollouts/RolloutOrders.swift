// Sends what a person asks of a rollout to whoever owns it: the guarded shift's mark, a Canary of Flagger, a Rollout of
// Argo. Everything goes through the owner's own object; none of their controllers is fought over the route.

internal import Base
internal import Kube

/// What a person asks of a rollout that is under way, whoever owns it.
struct RolloutRequest: ChangeRequest {
    var order: RolloutOrder

    var objects: [ObjectReference] { [order.object] }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await RolloutOrders.draft(order, world)
    }
}

extension PlanRequest {
    package static func rollout(_ order: RolloutOrder) -> PlanRequest { PlanRequest(RolloutRequest(order: order)) }
}

enum RolloutOrders {
    /// The groups that the owners' kinds belong to.
    static let groups = ["Canary": "flagger.app", "Rollout": "argoproj.io"]

    /// Where the owner's objects are served; nil where it is not installed, or for another kind.
    static func resource(_ kind: String, _ discovery: Discovery) -> ResourceInfo? {
        guard let group = groups[kind] else { return nil }
        return discovery.resources.first { $0.group == group && $0.kind == kind }
    }

    /// Why it is not known whether the server has the owner's objects; nil where it is.
    static func gap(_ kind: String, _ discovery: Discovery) -> String? {
        groups[kind].flatMap(discovery.gapWords)
    }

    static func draft(_ order: RolloutOrder, _ world: PlanWorld) async throws -> Draft {
        switch order.object.kind {
        case "Canary": try await FlaggerCanary.draft(order, world)
        case "Rollout": try await ArgoRollout.draft(order, world)
        default: try await GuardOrders.draft(order, world)
        }
    }

    /// A refusal in the words of the screen, so that both say the same.
    static func check(_ order: RolloutOrder, _ view: RolloutView) throws(MeshTopError) {
        guard let refusal = view.refusal(of: order.action) else { return }
        throw MeshTopError(
            .usage, "\(order.action.title) of \(order.object.kind) \(order.object.namespace)/\(order.object.name)",
            why: refusal, advice: "see 'meshtop rollouts'")
    }

    /// A merge patch of the object, or of its status where the server keeps that apart.
    static func step(
        _ order: RolloutOrder, _ patch: JSONValue, _ object: JSONValue, path: String, inverse: JSONValue? = nil,
        status: Bool = false
    ) -> PlanStep {
        let back = inverse ?? ObjectChange.inverse(ofMerge: patch, on: object)
        return PlanStep(
            object: order.object, path: path, write: status ? .statusPatch(patch) : .mergePatch(patch), before: object,
            after: nil, inverse: status ? .statusPatch(back) : .mergePatch(back))
    }
}
