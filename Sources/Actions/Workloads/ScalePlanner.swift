// Plans a replica count, and a restart, of a workload.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

/// A replica count; with `movesBounds` the autoscaler's bound that is in its way goes there first.
struct ScaleRequest: ChangeRequest {
    var object: ObjectReference
    var replicas: Int
    var movesBounds: Bool

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object), replicas: replicas, movesBounds: movesBounds)
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await ScalePlanner.draft(object, replicas: replicas, movesBounds: movesBounds, world)
    }
}

struct RestartRequest: ChangeRequest {
    var object: ObjectReference

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object))
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await ScalePlanner.restart(object, world)
    }
}

extension PlanRequest {
    package static func scale(_ object: ObjectReference, replicas: Int, movesBounds: Bool = false) -> PlanRequest {
        PlanRequest(ScaleRequest(object: object, replicas: replicas, movesBounds: movesBounds))
    }

    package static func restart(_ object: ObjectReference) -> PlanRequest {
        PlanRequest(RestartRequest(object: object))
    }
}

enum ScalePlanner {
    static let counts = 0...100_000

    static func draft(
        _ object: ObjectReference, replicas: Int, movesBounds: Bool = false, _ world: PlanWorld
    ) async throws -> Draft {
        guard ["Deployment", "StatefulSet"].contains(object.kind) else {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "only Deployments and StatefulSets scale",
                advice: "choose one of those")
        }
        guard counts.contains(replicas) else {
            throw MeshTopError(
                .usage, "--replicas \(replicas)", why: "not a replica count",
                advice: "use \(counts.lowerBound) to \(counts.upperBound)")
        }
        let path = try world.path(object)
        let before = try await world.read(path)
        let now = before.at("spec", "replicas")?.int ?? 1
        let step = PlanStep(
            object: object, path: path, write: .scale(replicas), before: before, after: nil, inverse: .scale(now))
        let workload = world.snapshot?.workload(object)
        let (found, unread) = try await autoscaler(of: object, world)
        let autoscaler = found ?? workload?.autoscaler
        var steps = now == replicas ? [] : [step]
        var effects = effects(object, workload?.requestsPerSecond, now: now, replicas: replicas, world)
        var kubectl = PlanText.kubectl(
            world, object.namespace,
            [
                "scale", "\(object.kind.lowercased())/\(object.name)", "--replicas=\(replicas)",
                "--current-replicas=\(now)",
            ])
        var bounds = autoscaler
        if movesBounds, let move = try bound(autoscaler, object, replicas), let autoscaler {
            let first = try await moved(autoscaler, move, object.namespace, world)
            // The bounds first: until they allow the count, the autoscaler would take it back.
            steps.insert(first, at: 0)
            effects.insert("HPA \(autoscaler.name) \(move.words), before the count is set", at: 0)
            kubectl = "\(PlanText.kubectl(world, first)) && \(kubectl)"
            bounds = move.applied(to: autoscaler)
        }
        return Draft(
            verb: "scale", title: "Scale \(object.kind) \(object.name) from \(now) to \(replicas)",
            steps: steps, effects: effects,
            warnings: warnings(bounds, object, replicas: replicas) + (autoscaler == nil ? unread : []),
            kubectl: kubectl,
            verification: .rollout(object, replicas: replicas))
    }

    // MARK: The autoscaler's bounds

    /// Which bound is moved where; nil where the count lies within them or the autoscaler rests.
    private static func bound(
        _ autoscaler: WorkloadSummary.Autoscaler?, _ object: ObjectReference, _ replicas: Int
    ) throws(MeshTopError) -> BoundMove? {
        guard let autoscaler else {
            throw MeshTopError(
                .usage, "moving the bounds for \(object.kind) \(object.name)",
                why: "no autoscaler that you may read owns it", advice: "leave --move-hpa out")
        }
        return BoundMove(autoscaler, replicas: replicas)
    }

    private static func moved(
        _ autoscaler: WorkloadSummary.Autoscaler, _ move: BoundMove, _ namespace: String, _ world: PlanWorld
    ) async throws -> PlanStep {
        let reference = ObjectReference(
            kind: "HorizontalPodAutoscaler", namespace: namespace, name: autoscaler.name)
        let path = try world.path(reference)
        let before = try await world.read(path)
        var after = before
        after.set(["spec", move.isMaximum ? "maxReplicas" : "minReplicas"], to: .int(Int64(move.value)))
        return ObjectChange.step(reference, path, from: before, to: after)
    }

    static func effects(
        _ object: ObjectReference, _ rate: Double?, now: Int, replicas: Int, _ world: PlanWorld
    ) -> [String] {
        guard let rate, rate > 0 else {
            let silence = world.silence(at: "at this workload", of: object, rate: rate)
            return ["\(silence); only the replica count changes"]
        }
        if replicas == 0 { return ["its \(PlanText.rate(rate)) requests per second will fail or go elsewhere"] }
        let before = now > 0 ? "\(PlanText.rate(rate / Double(now))) → " : ""
        return [
            "\(PlanText.rate(rate)) requests per second: \(before)\(PlanText.rate(rate / Double(replicas))) per replica"
        ]
    }

    /// The HPA that owns this count, asked of the cluster; where that may not be read, it says so.
    private static func autoscaler(
        of object: ObjectReference, _ world: PlanWorld
    ) async throws -> (WorkloadSummary.Autoscaler?, [String]) {
        guard let path = world.discovery.path(for: .horizontalpodautoscalers) else {
            let gap = world.discovery.gapWords(WatchedKind.horizontalpodautoscalers.group)
            return (nil, gap.map { ["whether an HPA sets this count is not known: \($0)"] } ?? [])
        }
        var items: [JSONValue] = []
        var unread: [String] = []
        do {
            items = try await world.read(path.collection(object.namespace)).list("items")
        } catch let error as MeshTopError where error.code == .forbidden {
            unread = ["whether an HPA sets this count is not known: \(error.why)"]
            do {
                let named = try await world.readIfPresent(path.object(ObjectKey(object.namespace, object.name)))
                items = [named].compactMap { $0 }
            } catch let error as MeshTopError where error.code == .forbidden {
                items = []
            }
        }
        for item in items {
            let bounds = AutoscalerBounds(item)
            switch bounds.targets(object) {
            case false?: continue
            case nil: unread.append("\(bounds.name) is not understood: whether it sets this count is not known")
            case true?:
                guard let minimum = bounds.minimum, let maximum = bounds.maximum else {
                    unread.append("\(bounds.name) sets this count within bounds that are not understood")
                    continue
                }
                let autoscaler = WorkloadSummary.Autoscaler(
                    name: SafeText.line(item.at("metadata", "name")?.string ?? ""), minimum: minimum,
                    maximum: maximum, current: item.at("status", "currentReplicas")?.int,
                    desired: item.at("status", "desiredReplicas")?.int)
                return (autoscaler, [])
            }
        }
        return (nil, unread)
    }

    private static func warnings(
        _ autoscaler: WorkloadSummary.Autoscaler?, _ object: ObjectReference, replicas: Int
    ) -> [String] {
        var warnings: [String] = []
        if let autoscaler {
            let bounds = "\(autoscaler.minimum)–\(autoscaler.maximum)"
            warnings.append(
                replicas == 0
                    ? "HPA \(autoscaler.name) leaves a workload of 0 replicas alone: scale it up by hand again"
                    : BoundMove(autoscaler, replicas: replicas) != nil
                        ? "HPA \(autoscaler.name) keeps replicas within \(bounds) and will undo this: move its bounds too (--move-hpa, in the dashboard m), or alone with '\(command(autoscaler, object, replicas))'"
                        : "HPA \(autoscaler.name) (\(bounds), wants \(autoscaler.desired.map(String.init) ?? "?")) sets this count itself and may change it back"
            )
        }
        if replicas == 0 { warnings.append("0 replicas: \(object.name) stops serving") }
        return warnings
    }

    /// What moves the bounds so that the wanted count lies within them.
    private static func command(
        _ autoscaler: WorkloadSummary.Autoscaler, _ object: ObjectReference, _ replicas: Int
    ) -> String {
        let bound = replicas < autoscaler.minimum ? "--min \(max(1, replicas))" : "--max \(replicas)"
        return "meshtop hpa \(object.kind.lowercased())/\(object.name) \(bound) -n \(object.namespace)"
    }

    /// The kinds that replace their pods when their template changes, as kubectl restarts them; an error for others.
    /// https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/objectrestarter.go
    static func checkReplacesPods(_ object: ObjectReference) throws(MeshTopError) {
        guard !["Deployment", "StatefulSet", "DaemonSet"].contains(object.kind) else { return }
        throw MeshTopError(
            .usage, "\(object.kind) \(object.name)", why: "a new template of it replaces no pods here",
            advice: "choose a Deployment, a StatefulSet or a DaemonSet")
    }

    static func restart(_ object: ObjectReference, _ world: PlanWorld) async throws -> Draft {
        try checkReplacesPods(object)
        let path = try world.path(object)
        let before = try await world.read(path)
        // As kubectl does: a paused Deployment would show the change and do nothing.
        if before.at("spec", "paused") == true {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "its rollout is paused, so nothing would be restarted",
                advice: "resume it first: 'meshtop resume \(object.kind.lowercased())/\(object.name)'")
        }
        let key = "kubectl.kubernetes.io/restartedAt"
        func patch(_ value: JSONValue) -> JSONValue {
            ["spec": ["template": ["metadata": ["annotations": [(key): value]]]]]
        }
        let old = before.at("spec", "template", "metadata", "annotations", key) ?? .null
        let step = PlanStep(
            object: object, path: path, write: .strategicMergePatch(patch(.string(Timestamp.wall().rfc3339))),
            before: before, after: nil, inverse: .strategicMergePatch(patch(old)))
        let replicas =
            object.kind == "DaemonSet"
            ? before.at("status", "desiredNumberScheduled")?.int ?? 0 : before.at("spec", "replicas")?.int ?? 1
        let held = RolloutCheck.heldBack(before)
        let isOnDelete = before.at("spec", "updateStrategy", "type") == "OnDelete"
        let kept =
            object.kind == "StatefulSet" ? before.at("spec", "updateStrategy", "rollingUpdate", "partition")?.int : nil
        let all = Plural.count(replicas, "pod")
        let replaced = max(0, replicas - max(0, kept ?? 0))
        let count = max(0, kept ?? 0) > 0 ? "\(replaced) of its \(all)" : "its \(all)"
        return Draft(
            verb: "restart", title: "Restart \(object.kind) \(object.name)", steps: [step],
            effects: [
                isOnDelete
                    ? "none of its \(all) is replaced by this: each is, when somebody deletes it"
                    : "\(count) \(Plural.verb(replaced)) replaced as the update strategy allows; an undo rolls them once more"
            ], warnings: [held].compactMap { $0 },
            kubectl: PlanText.kubectl(
                world, object.namespace, ["rollout", "restart", "\(object.kind.lowercased())/\(object.name)"]),
            verification: .rollout(object, replicas: nil))
    }
}
