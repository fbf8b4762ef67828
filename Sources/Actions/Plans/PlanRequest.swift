// What an operator asks for, before anything was read or computed; the same value from a key and from the command line.

package import ClusterData

/// An object a verb acts on.
package struct ObjectReference: Sendable, Hashable {
    /// "VirtualService", "HTTPRoute", "Deployment", …
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

extension PlanRequest {
    /// The request with the objects that a person named as `resolve` makes them of their words.
    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) rethrows -> PlanRequest {
        switch self {
        case .scale(let object, let replicas, let moves):
            .scale(try resolve(object), replicas: replicas, movesBounds: moves)
        case .restart(let object): .restart(try resolve(object))
        case .fix(let object, let fix): .fix(try resolve(object), fix)
        case .exposeStats(let object): .exposeStats(try resolve(object))
        case .workload(let template, let object, let values):
            .workload(template, try resolve(object), values: values)
        case .delete(let object): .delete(try resolve(object))
        case .shift, .policy, .manifests, .undo, .startGuarded, .guarded, .guardStep, .rollout, .edit: self
        }
    }
}

/// A request for a change. `Planner` turns it into a `Plan`.
package enum PlanRequest: Sendable, Hashable {
    /// New weights for the destinations of one rule, in the rule's order.
    case shift(route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int])
    /// A replica count; with `movesBounds` the autoscaler's bound that is in its way goes there first.
    case scale(ObjectReference, replicas: Int, movesBounds: Bool = false)
    case policy(PolicyTemplate, namespace: String, target: String, values: [String: String])
    /// Manifests, applied in the order of dependency; nothing is sent when one is bad.
    case manifests(Manifests, defaultNamespace: String)
    /// Takes back the journal entry with this id, the last one when nil. `overDrift`: also where somebody else wrote the
    /// same place since, which is refused without.
    case undo(String?, overDrift: Bool = false)
    case restart(ObjectReference)
    /// A new guarded shift; its planner gives it an id, a start and an owner. One that stands on the route already is
    /// gone on with.
    case startGuarded(GuardTarget, GuardSettings)
    /// A whole guarded shift; one that stands on the route already is gone on with.
    case guarded(GuardRecord)
    /// A step of a guarded shift: weights, and the rollout's mark on the route; nil takes the mark away.
    case guardStep(route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int], mark: JSONValue?)
    /// What a person asks of a rollout that is under way, whoever owns it.
    case rollout(RolloutOrder)
    /// The mending that a finding carries.
    case fix(ObjectReference, Finding.Fix)
    /// The annotation that makes a workload's proxies tell of their breakers.
    case exposeStats(ObjectReference)
    /// Autoscaler, pause, rollback or eviction; values that are not given are worked out.
    case workload(WorkloadTemplate, ObjectReference, values: [String: String] = [:])
    case delete(ObjectReference)
    /// What an operator made of an object in an editor.
    case edit(ObjectEdit)
}
