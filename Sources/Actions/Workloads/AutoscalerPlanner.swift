// Plans the autoscaler of a workload: a new one, or other bounds for the one that is there.

internal import Base
internal import MeshModel

/// The bounds and the target of a workload's autoscaler; what is not given stays, or is worked out for a new one.
struct AutoscalerRequest: ChangeRequest {
    var object: ObjectReference
    var min: Int?
    var max: Int?
    /// Of the CPU requested, in percent.
    var cpu: Int?

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object), min: min, max: max, cpu: cpu)
    }

    func draft(_ world: PlanWorld) async throws -> Draft { try await AutoscalerPlanner.draft(self, world) }
}

extension PlanRequest {
    package static func autoscaler(
        _ object: ObjectReference, min: Int? = nil, max: Int? = nil, cpu: Int? = nil
    ) -> PlanRequest {
        PlanRequest(AutoscalerRequest(object: object, min: min, max: max, cpu: cpu))
    }
}

enum AutoscalerPlanner {
    static let fields = [
        FormField(
            "min", "Min replicas (empty: as now)", kind: .number(1...100_000), option: .init("The fewest replicas.")),
        FormField(
            "max", "Max replicas (empty: as now)", kind: .number(1...100_000), option: .init("The most replicas.")),
        FormField(
            "cpu", "Target CPU percent (empty: as now)", kind: .number(1...10_000),
            option: .init("Target share of the CPU requested.", valueName: "percent")),
    ]

    static func draft(_ request: AutoscalerRequest, _ world: PlanWorld) async throws -> Draft {
        let object = request.object
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
        let bounds = [("min", known?.minimum, request.min), ("max", known?.maximum, request.max)]
        for (key, bound, wanted) in bounds where known != nil && bound == nil && wanted == nil {
            throw MeshTopError(
                .invalid, known?.name ?? "", why: "its \(key)Replicas is not understood",
                advice: "give --\(key) too, or mend the object first; nothing was sent")
        }
        let isOld = try world.apiVersion(.horizontalpodautoscalers).hasSuffix("/v1")
        let minimum =
            request.min ?? known?.minimum
            ?? (existing == nil ? max(1, replicas) : 1)
        let maximum =
            request.max ?? known?.maximum
            ?? max(minimum + 1, replicas * 2)
        let cpu = request.cpu ?? (existing == nil ? 80 : nil)
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
        let workload = world.snapshot?.workload(object)
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
