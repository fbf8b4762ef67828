// Autoscaler, pause, rollback and eviction: one request, and which planner is for it.

/// Values that are not given are worked out.
struct WorkloadRequest: ChangeRequest {
    var template: WorkloadTemplate
    var object: ObjectReference
    var values: [String: String]

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(template: template, object: try resolve(object), values: values)
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await WorkloadPlanner.draft(template, object, values, world)
    }
}

extension PlanRequest {
    package static func workload(
        _ template: WorkloadTemplate, _ object: ObjectReference, values: [String: String] = [:]
    ) -> PlanRequest {
        PlanRequest(WorkloadRequest(template: template, object: object, values: values))
    }
}

enum WorkloadPlanner {
    static func draft(
        _ template: WorkloadTemplate, _ object: ObjectReference, _ values: [String: String], _ world: PlanWorld
    ) async throws -> Draft {
        let values = try WorkloadValues(template, values)
        return switch template {
        case .hpa: try await AutoscalerPlanner.draft(object, values, world)
        case .pause: try await RolloutPlanner.pause(object, values, world)
        case .rollback: try await RolloutPlanner.rollback(object, values, world)
        case .evict: try await EvictionPlanner.draft(object, values, world)
        }
    }
}
