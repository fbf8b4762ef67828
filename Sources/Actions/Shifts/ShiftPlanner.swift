// Plans new weights for one rule of a VirtualService, HTTPRoute or GRPCRoute.

package import Base
internal import Istio
internal import Kube
package import MeshModel

/// New weights for the destinations of one rule, in the rule's order.
struct ShiftRequest: ChangeRequest {
    var route: ObjectReference
    var section: RouteSummary.Section
    var index: Int
    var weights: [Int]

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await ShiftPlanner.byHand(route, section: section, index: index, weights: weights, world)
    }
}

/// A step of a guarded shift: weights, and the rollout's mark on the route; nil takes the mark away.
struct GuardStepRequest: ChangeRequest {
    var route: ObjectReference
    var section: RouteSummary.Section
    var index: Int
    var weights: [Int]
    var mark: JSONValue?

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await ShiftPlanner.guarded(
            route, section: section, index: index, weights: weights, mark: mark, world)
    }
}

extension PlanRequest {
    package static func shift(
        route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int]
    ) -> PlanRequest {
        PlanRequest(ShiftRequest(route: route, section: section, index: index, weights: weights))
    }

    package static func guardStep(
        route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int], mark: JSONValue?
    ) -> PlanRequest {
        PlanRequest(GuardStepRequest(route: route, section: section, index: index, weights: weights, mark: mark))
    }
}

enum ShiftPlanner {
    static func draft(
        _ route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int], _ world: PlanWorld
    ) async throws -> Draft {
        let name = "\(route.kind) \(route.namespace)/\(route.name)"
        guard weights.allSatisfy({ $0 >= 0 }) else {
            throw MeshTopError(.usage, name, why: "a weight is negative", advice: "use 0 to 100")
        }
        guard weights.total == 100 else {
            throw MeshTopError(
                .usage, name, why: "the weights sum to \(weights.total), not 100", advice: "make them sum to 100"
            )
        }
        let path = try world.path(route)
        let object = try await world.read(path)
        let list = section == .rules ? "backendRefs" : "route"
        guard let rule = object.at("spec", section.rawValue)?[index] else {
            throw MeshTopError(
                .conflict, name, why: "it has no rule \(index) in spec.\(section.rawValue)", advice: "look again")
        }
        let destinations = rule.list(list)
        guard destinations.count == weights.count else {
            throw MeshTopError(
                .conflict, name,
                why: "rule \(index) has \(destinations.count) destinations, \(weights.count) weights were given",
                advice: "look again")
        }
        var forward: [JSONValue] = []
        var backward: [JSONValue] = []
        for (position, (destination, weight)) in zip(destinations, weights).enumerated() {
            let pointer = "/spec/\(section.rawValue)/\(index)/\(list)/\(position)/weight"
            let old = destination["weight"]
            if old?.int == weight { continue }
            let new: JSONValue = .int(Int64(weight))
            // The tests make the patch refuse when somebody reordered the destinations or changed this very weight.
            let identity = section == .rules ? "name" : "destination"
            if let value = destination[identity] {
                forward.append([
                    "op": "test", "path": .string("/spec/\(section.rawValue)/\(index)/\(list)/\(position)/\(identity)"),
                    "value": value,
                ])
            }
            if let old { forward.append(["op": "test", "path": .string(pointer), "value": old]) }
            forward.append(["op": old == nil ? "add" : "replace", "path": .string(pointer), "value": new])
            backward.append(
                old.map { ["op": "replace", "path": .string(pointer), "value": $0] }
                    ?? ["op": "remove", "path": .string(pointer)])
        }
        let words = zip(destinations, weights).map { "\(label($0))=\($1)" }
        let step = PlanStep(
            object: route, path: path, write: .jsonPatch(forward), before: object, after: nil,
            inverse: .jsonPatch(backward))
        return Draft(
            verb: "shift", title: "Shift \(route.name) to \(words.joined(separator: " "))",
            steps: forward.isEmpty ? [] : [step],
            effects: await effects(route, section, index, weights, world),
            warnings: warnings(route, section, index, weights, world),
            kubectl: forward.isEmpty
                ? "# the weights are as asked already"
                : PlanText.kubectl(
                    world, route.namespace,
                    [
                        "patch", route.kind.lowercased(), route.name, "--type=json", "-p",
                        JSONValue.array(forward).compactText,
                    ]),
            verification: .shares(route, section: section, index: index, shares: weights.map { Double($0) / 100 }))
    }

    /// New weights by hand: whoever sets them has the last word, so a guarded shift that stands on the route ends.
    static func byHand(
        _ route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int], _ world: PlanWorld
    ) async throws -> Draft {
        let draft = try await draft(route, section: section, index: index, weights: weights, world)
        guard let object = draft.steps.first?.before,
            object.at("metadata", "annotations", ObjectMeta.rolloutAnnotation) != nil
        else { return draft }
        var ending = try await guarded(
            route, section: section, index: index, weights: weights, mark: nil, world)
        (ending.verb, ending.verification) = (draft.verb, draft.verification)
        ending.comparesErrors = draft.comparesErrors
        ending.warnings.append("a guarded shift stands on this route; this ends it")
        return ending
    }

    /// A step of a guarded shift: the weights and the rollout's mark go in one patch, so that the object itself says
    /// how far a rollout has come whatever happens to whoever drives it.
    static func guarded(
        _ route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int], mark: JSONValue?,
        _ world: PlanWorld
    ) async throws -> Draft {
        var draft = try await draft(route, section: section, index: index, weights: weights, world)
        draft.verb = "guard"
        // Its driver looks every few seconds: it must not wait for a check of this one step.
        (draft.verification, draft.comparesErrors) = (.accepted, false)
        let path = try world.path(route)
        let object = try await {
            if let before = draft.steps.first?.before { before } else { try await world.read(path) }
        }()
        let annotations = object.at("metadata", "annotations")
        let pointer = "/metadata/annotations/" + ObjectMeta.rolloutAnnotation.replacing("/", with: "~1")
        let old = annotations?[ObjectMeta.rolloutAnnotation]
        var forward: [JSONValue] = []
        var backward: [JSONValue] = []
        if let old { forward.append(["op": "test", "path": .string(pointer), "value": old]) }
        if let mark {
            if annotations?.object == nil {
                forward.append(["op": "add", "path": "/metadata/annotations", "value": [:]])
            }
            forward.append(["op": "add", "path": .string(pointer), "value": .string(mark.compactText)])
            backward.append(
                old.map { ["op": "replace", "path": .string(pointer), "value": $0] }
                    ?? ["op": "remove", "path": .string(pointer)])
        } else if old != nil {
            // An undo brings the weights back, and no rollout that nobody drives.
            forward.append(["op": "remove", "path": .string(pointer)])
        }
        guard !forward.isEmpty else { return draft }
        var step =
            draft.steps.first
            ?? PlanStep(object: route, path: path, write: .jsonPatch([]), before: object, after: nil, inverse: nil)
        guard case .jsonPatch(let shift) = step.write else { return draft }
        step.write = .jsonPatch(shift + forward)
        if case .jsonPatch(let undo)? = step.inverse { backward = undo + backward }
        step.inverse = .jsonPatch(backward)
        draft.steps = [step]
        draft.kubectl = PlanText.kubectl(world, step)
        return draft
    }

    private static func label(_ destination: JSONValue) -> String {
        destination.at("destination", "subset")?.string.map { SafeText.line($0) }
            ?? destination.at("destination", "host")?.string.map { SafeText.line($0) } ?? destination.text("name")
            ?? "?"
    }

    private static func row(
        _ route: ObjectReference, _ section: RouteSummary.Section, _ index: Int, _ world: PlanWorld
    ) -> RouteSummary? {
        world.snapshot?.routes.first {
            $0.kind.rawValue == route.kind && $0.namespace == route.namespace && $0.name == route.name
                && $0.section == section && $0.index == index
        }
    }

    private static func effects(
        _ route: ObjectReference, _ section: RouteSummary.Section, _ index: Int, _ weights: [Int], _ world: PlanWorld
    ) async -> [String] {
        guard let row = row(route, section, index, world), row.destinations.count == weights.count else {
            let gap = world.snapshot?.gap([route.kind], in: [route.namespace]) ?? ""
            return ["no live data for this rule\(gap): the effect cannot be predicted"]
        }
        return await ShiftEffects(row, weights, world).lines()
    }

    private static func warnings(
        _ route: ObjectReference, _ section: RouteSummary.Section, _ index: Int, _ weights: [Int], _ world: PlanWorld
    ) -> [String] {
        guard let row = row(route, section, index, world), row.destinations.count == weights.count else { return [] }
        return zip(row.destinations, weights).compactMap { destination, weight in
            guard weight > 0 else { return nil }
            let name = destination.subset ?? destination.host
            if let problem = destination.problem { return "\(name): \(problem); its share will fail" }
            guard let home = destination.service?.namespace else { return nil }
            let gap = world.snapshot?.gap(["Service", "Pod"], in: [home]) ?? ""
            return gap.isEmpty ? nil : "\(name): whether it has ready pods is not known\(gap)"
        }
    }
}
