// Plans to have one pod made anew, asking the disruption budgets first.
// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/

internal import Base
internal import Kube

/// A pod, or one of a workload: that of this name, or the one that is chosen where there is no name.
struct EvictRequest: ChangeRequest {
    var object: ObjectReference
    var pod: String

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object), pod: pod)
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await EvictionPlanner.draft(object, pod: pod, world)
    }
}

extension PlanRequest {
    package static func evict(_ object: ObjectReference, pod: String = "") -> PlanRequest {
        PlanRequest(EvictRequest(object: object, pod: pod))
    }
}

enum EvictionPlanner {
    static func draft(_ object: ObjectReference, pod named: String, _ world: PlanWorld) async throws -> Draft {
        let pod: ObjectReference
        var effects: [String] = []
        if object.kind == "Pod" {
            pod = object
        } else if !named.isEmpty {
            pod = ObjectReference(kind: "Pod", namespace: object.namespace, name: named)
        } else {
            let (name, why) = try await choose(object, world)
            pod = ObjectReference(kind: "Pod", namespace: object.namespace, name: name)
            effects.append("\(name) is chosen: \(why)")
        }
        let path = try world.path(pod)
        let before = try await world.read(path)
        effects.append("the pod ends within its grace period; requests that it serves then may fail")
        var warnings: [String] = []
        if let owner = OwnedPods.controller(before), let name = owner.text("name"), let kind = owner.text("kind") {
            effects.append("\(kind) \(name) makes another in its place")
        } else {
            warnings.append("no controller owns it: nothing makes another in its place")
        }
        effects += try await budgets(before, pod.namespace, world)
        warnings.append("an eviction cannot be taken back")
        var step = PlanStep(object: pod, path: path, write: .evict, before: before, after: nil, inverse: nil)
        // The eviction itself moved to policy/v1 in Kubernetes 1.22, one release after the budgets.
        if let minor = world.discovery.minorVersion, minor < 22 { step.evictionVersion = "policy/v1beta1" }
        return Draft(
            verb: "evict", title: "Evict pod \(pod.name)", steps: [step], effects: effects, warnings: warnings,
            kubectl: PlanText.kubectl(world, step))
    }

    /// What the disruption budgets that may count the pod leave; nothing where they cannot be read.
    private static func budgets(
        _ pod: JSONValue, _ namespace: String, _ world: PlanWorld
    ) async throws -> [String] {
        let unread = "its disruption budgets cannot be read: the server asks them itself"
        let discovery = try await world.discovery(of: "policy")
        guard let type = discovery.resources.first(where: { $0.kind == "PodDisruptionBudget" }) else {
            return discovery.gap("policy") == nil ? [] : [unread]
        }
        let labels = pod.at("metadata", "labels")?.stringMap ?? [:]
        let listed: JSONValue
        do {
            listed = try await world.read(type.path.collection(namespace))
        } catch let error as MeshTopError where [.forbidden, .notFound].contains(error.code) {
            return [unread]
        }
        return listed.list("items").compactMap { budget in
            let selector = LabelSelector(budget.at("spec", "selector"))
            // In policy/v1 {} selects all pods of the namespace, in v1beta1 none.
            if type.version == "v1beta1", selector?.isEmpty == true { return nil }
            guard selector.selects(labels), let name = budget["metadata"]?.text("name") else { return nil }
            let allowed = budget.at("status", "disruptionsAllowed")?.int.map(String.init) ?? "an unknown number of"
            return "disruption budget \(name) allows \(allowed) disruptions now"
        }
    }

    /// A disruption budget's no, in one line that names the budget.
    static func refusal(_ error: StatusError, _ what: String) -> MeshTopError {
        let causes = error.causes.filter { $0.reason == "DisruptionBudget" && !$0.message.isEmpty }.map(\.message)
        let why = causes.isEmpty ? error.message : causes.joined(separator: "; ")
        return MeshTopError(
            .server, what, why: "its eviction is refused: \(uncapitalised(why))",
            advice: "nothing was evicted: wait for healthy pods or scale up first, or change the budget")
    }

    private static func uncapitalised(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }

    /// A pod of a workload that does not serve anyway, else the one that has run longest.
    private static func choose(_ object: ObjectReference, _ world: PlanWorld) async throws -> (String, String) {
        let workload = try await world.read(world.path(object))
        let pods = try await OwnedPods.of(workload, object, world).filter {
            $0.at("metadata", "deletionTimestamp") == nil
        }
        func name(_ pod: JSONValue) -> String { pod.at("metadata", "name")?.string ?? "" }
        let unready = pods.first { pod in
            // One that has ended serves nobody and is not made anew.
            !["Succeeded", "Failed"].contains(pod.at("status", "phase"))
                && !(pod["status"] ?? [:]).list("conditions").contains {
                    $0["type"] == "Ready" && $0["status"] == "True"
                }
        }
        if let unready { return (name(unready), "it is not ready") }
        guard let oldest = pods.first else {
            throw MeshTopError(
                .notFound, "\(object.kind) \(object.name)", why: "it has no pods", advice: "look at the workload")
        }
        return (
            name(oldest),
            pods.count == 1 ? "it is the only one" : "all \(pods.count) are ready and it is the oldest"
        )
    }
}
