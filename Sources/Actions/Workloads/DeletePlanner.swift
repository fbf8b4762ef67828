// Plans to delete an object. Its name is always typed, and an undo makes it anew from what it was.

internal import Base
internal import Istio
internal import MeshModel

struct DeleteRequest: ChangeRequest {
    var object: ObjectReference

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object))
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await DeletePlanner.draft(object, world)
    }
}

extension PlanRequest {
    package static func delete(_ object: ObjectReference) -> PlanRequest {
        PlanRequest(DeleteRequest(object: object))
    }
}

enum DeletePlanner {
    static func draft(_ object: ObjectReference, _ world: PlanWorld) async throws -> Draft {
        let path = try world.path(object)
        let before = try await world.read(path)
        var step = PlanStep(
            object: object, path: path, write: .delete, before: before, after: nil,
            inverse: .create(ObjectText.creatable(before)))
        var draft = Draft(
            verb: "delete", title: "Delete \(object.kind) \(object.name)", steps: [step],
            effects: effects(object, world), warnings: warnings(object, before, world),
            kubectl: PlanText.kubectl(world, step))
        draft.typedConfirmation = object.name
        if let contents = await DeletedContents.of(object, before, world) {
            step.contents = contents.kept
            draft.steps = [step]
            let owner = object.kind == "Namespace" ? "everything in it" : "every object of this kind"
            if contents.total > 0 {
                draft.warnings.append(
                    "\(owner) is deleted with it: \(contents.words), \(contents.total) in all; \(wayBack(of: contents.kept, object))"
                )
                // A name is typed without a thought; a number has to be read.
                draft.typedConfirmation = String(contents.total)
            } else if contents.owned > 0 {
                draft.warnings.append("\(contents.owned) objects that others made go with it")
                draft.typedConfirmation = String(contents.owned)
            } else if contents.isEmpty {
                draft.effects.append("nothing goes with it")
            }
            if !contents.unknown.isEmpty {
                draft.warnings.append("not counted: \(contents.unknown.joined(separator: "; "))")
            }
        }
        return draft
    }

    /// What an undo would bring back of it.
    private static func wayBack(of kept: KeptContents, _ object: ObjectReference) -> String {
        let missing = kept.missing.prefix(4).joined(separator: ", ")
        if kept.objects.isEmpty {
            return "an undo brings back the \(object.kind) alone\(missing.isEmpty ? "" : ": \(missing)")"
        }
        let claims = kept.objects.contains { $0.object.kind == "PersistentVolumeClaim" }
        return "an undo makes the \(object.kind) and \(kept.objects.count) of them anew"
            + (object.kind != "Namespace" && kept.owned > 0
                ? ", \(kept.owned) that were made by a controller are left to it" : "")
            + (claims ? ", volumes without what was in them" : "")
            + (missing.isEmpty ? "" : ", but not: \(missing)")
    }

    private static func effects(_ object: ObjectReference, _ world: PlanWorld) -> [String] {
        let rate: Double?
        switch object.kind {
        case "Service":
            rate = world.service(ServiceID(namespace: object.namespace, name: object.name))?.requestsPerSecond
        case "Deployment", "StatefulSet", "DaemonSet":
            rate =
                world.snapshot?.workload(object)?.requestsPerSecond
        case "VirtualService", "HTTPRoute", "GRPCRoute":
            return ["its hosts are routed as if it had never been: to all pods of each service, evenly"]
        case "DestinationRule": return ["its limits, its balancing and its subsets are gone"]
        default: return ["\(object.kind) \(object.name) is gone"]
        }
        guard let rate, rate > 0 else { return [world.silence(at: "there now", of: object, rate: rate)] }
        return ["the \(PlanText.rate(rate)) requests per second that it gets now will fail or go elsewhere"]
    }

    private static func warnings(_ object: ObjectReference, _ before: JSONValue, _ world: PlanWorld) -> [String] {
        var warnings: [String] = []
        if object.kind == "DestinationRule" {
            let subsets = (before["spec"] ?? [:]).list("subsets").compactMap { $0["name"]?.string }
            let host = before.at("spec", "host")?.string ?? ""
            let service = HostNames.service(host, from: object.namespace)
            for route in world.snapshot?.routes ?? [] {
                for destination in route.destinations {
                    guard let subset = destination.subset, subsets.contains(subset),
                        destination.host == host || service != nil && destination.service == service
                    else { continue }
                    let place = route.namespace == object.namespace ? "" : "\(route.namespace)/"
                    warnings.append(
                        "\(route.kind.rawValue) \(place)\(route.name) sends to its subset \(subset): that share will fail"
                    )
                }
            }
        }
        if let gap = ReferringKinds.gap(object, world.snapshot) { warnings.append(gap) }
        if ["Deployment", "StatefulSet", "DaemonSet", "Pod", "ReplicaSet"].contains(object.kind) {
            warnings.append("its pods end with it; an undo starts new ones")
        }
        let finalizers = LeavingObject.holders(before)
        if !finalizers.isEmpty {
            warnings.append(
                "it is held by \(finalizers.joined(separator: ", ")): it goes when whoever set that lets it go, and a deletion that has begun cannot be taken back"
            )
        }
        return warnings.uniqued()
    }
}
