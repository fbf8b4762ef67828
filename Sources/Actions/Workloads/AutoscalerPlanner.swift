// Plans the autoscaler of a workload: a new one, or other bounds for the one that is there.

internal import Base
internal import MeshModel

enum AutoscalerPlanner {
    static func draft(_ object: ObjectReference, _ values: WorkloadValues, _ world: PlanWorld) async throws -> Draft {
        guard ["Deployment", "StatefulSet"].contains(object.kind) else {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "only Deployments and StatefulSets scale",
                advice: "choose one of those")
        }
        let workload = try await world.read(world.path(object))
        let replicas = workload.at("spec", "replicas")?.int ?? 1
        let existing = try await find(object, world)
        if existing == nil {
            try world.unlisted.refuseToMake(
                .horizontalpodautoscalers, in: object.namespace, for: "\(object.kind) \(object.name)")
        }
        let known = existing.map(AutoscalerBounds.init)
        for (key, bound) in [("min", known?.minimum), ("max", known?.maximum)] where known != nil && bound == nil {
            guard values.text(key).isEmpty else { continue }
            throw MeshTopError(
                .invalid, known?.name ?? "", why: "its \(key)Replicas is not understood",
                advice: "give --\(key) too, or mend the object first; nothing was sent")
        }
        let isOld = try world.apiVersion(.horizontalpodautoscalers).hasSuffix("/v1")
        let minimum =
            try values.number("min", 1...100_000) ?? known?.minimum
            ?? (existing == nil ? max(1, replicas) : 1)
        let maximum =
            try values.number("max", 1...100_000) ?? known?.maximum
            ?? max(minimum + 1, replicas * 2)
        let cpu = try values.number("cpu", 1...10_000) ?? (existing == nil ? 80 : nil)
        guard minimum <= maximum else {
            throw MeshTopError(
                .usage, "the bounds", why: "the minimum \(minimum) is above the maximum \(maximum)",
                advice: "give both, the smaller one first")
        }
        let name = existing?.at("metadata", "name")?.string ?? object.name
        let step = try await world.upsert(.horizontalpodautoscalers, object.namespace, name) { spec in
            if spec["scaleTargetRef"] == nil {
                spec["scaleTargetRef"] = [
                    "apiVersion": "apps/v1", "kind": .string(object.kind), "name": .string(object.name),
                ]
            }
            if spec["minReplicas"]?.int ?? 1 != minimum { spec["minReplicas"] = .int(Int64(minimum)) }
            spec["maxReplicas"] = .int(Int64(maximum))
            guard let cpu else { return }
            if isOld { spec["targetCPUUtilizationPercentage"] = .int(Int64(cpu)) } else { target(&spec, cpu) }
        }
        return Draft(
            verb: "hpa",
            title:
                "\(existing == nil ? "New autoscaler" : "Autoscaler \(name)") for \(object.name): \(minimum)–\(maximum)",
            steps: [step], effects: effects(object, existing, replicas, minimum, maximum, cpu, world),
            warnings: warnings(workload, replicas, minimum, maximum, cpu),
            kubectl: PlanText.kubectl(world, step))
    }

    /// The autoscaler that owns a workload's count.
    static func find(_ object: ObjectReference, _ world: PlanWorld) async throws -> JSONValue? {
        try await world.list(.horizontalpodautoscalers, in: object.namespace, named: [object.name]).first {
            AutoscalerBounds($0).targets(object) == true
        }
    }

    /// The CPU target among the metrics; the others stay as they are.
    private static func target(_ spec: inout JSONValue, _ cpu: Int) {
        var metrics = spec.list("metrics")
        let place = metrics.firstIndex { $0["type"] == "Resource" && $0.at("resource", "name") == "cpu" }
        var metric = place.map { metrics[$0] } ?? ["type": "Resource", "resource": ["name": "cpu"]]
        metric.set(["resource", "target", "type"], to: "Utilization")
        metric.set(["resource", "target", "averageUtilization"], to: .int(Int64(cpu)))
        // Of the three ways to say a target one may be set.
        for key in ["averageValue", "value"] where metric.at("resource", "target", key) != nil {
            metric.set(["resource", "target", key], to: nil)
        }
        if let place { metrics[place] = metric } else { metrics.append(metric) }
        spec["metrics"] = .array(metrics)
    }

    private static func effects(
        _ object: ObjectReference, _ existing: JSONValue?, _ replicas: Int, _ minimum: Int, _ maximum: Int,
        _ cpu: Int?, _ world: PlanWorld
    ) -> [String] {
        var effects = [
            "\(object.name) keeps \(minimum) to \(maximum) replicas, \(replicas) now\(cpu.map { "; more above \($0) % of the CPU requested" } ?? "")"
        ]
        let workload = world.snapshot?.workloads.first {
            $0.namespace == object.namespace && $0.kind == object.kind && $0.name == object.name
        }
        if let rate = workload?.requestsPerSecond, rate > 0 {
            effects.append(
                "\(PlanText.rate(rate)) requests per second: \(PlanText.rate(rate / Double(maximum))) to \(PlanText.rate(rate / Double(minimum))) per replica at these bounds"
            )
        }
        return effects
    }

    private static func warnings(
        _ workload: JSONValue, _ replicas: Int, _ minimum: Int, _ maximum: Int, _ cpu: Int?
    ) -> [String] {
        var warnings: [String] = []
        if replicas < minimum { warnings.append("it is scaled up from \(replicas) to \(minimum) at once") }
        if replicas > maximum { warnings.append("it is scaled down from \(replicas) to \(maximum) at once") }
        let containers = workload.at("spec", "template", "spec")?.list("containers") ?? []
        if cpu != nil, containers.contains(where: { $0.at("resources", "requests", "cpu") == nil }) {
            warnings.append("a container requests no CPU: its share cannot be known, and nothing is scaled by it")
        }
        return warnings
    }
}
