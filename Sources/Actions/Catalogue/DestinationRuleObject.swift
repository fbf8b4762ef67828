// The DestinationRule that holds for a whole service: found in the cluster, made where there is none.

internal import Base
internal import Istio
internal import MeshModel

enum DestinationRuleObject {
    /// A step that writes what `change` did to the rule's traffic policy.
    static func step(
        _ service: ServiceID, _ world: PlanWorld, change: (inout JSONValue) throws -> Void
    ) async throws -> PlanStep {
        let name = try await find(service, world)?.at("metadata", "name")?.string
        if name == nil {
            try world.unlisted.refuseToMake(
                .destinationrules, in: service.namespace, for: "service \(service.namespace)/\(service.name)")
        }
        return try await world.upsert(.destinationrules, service.namespace, name ?? service.name) { spec in
            if spec["host"] == nil { spec["host"] = .string(service.name) }
            var policy = spec["trafficPolicy"] ?? [:]
            try change(&policy)
            spec["trafficPolicy"] = policy
        }
    }

    /// The service's own rule, which for a host is the oldest of its namespace; one for some workloads only is not it.
    static func find(_ service: ServiceID, _ world: PlanWorld) async throws -> JSONValue? {
        let rules = try await world.list(.destinationrules, in: service.namespace, named: [service.name]).filter {
            HostNames.service($0.at("spec", "host")?.string ?? "", from: service.namespace) == service
                && $0.at("spec", "workloadSelector") == nil
        }
        return rules.min { age($0) < age($1) }
    }

    private static func age(_ rule: JSONValue) -> (String, String) {
        (
            rule.at("metadata", "creationTimestamp")?.string ?? "",
            rule.at("metadata", "name")?.string ?? ""
        )
    }

    /// The names of a service's subsets, from all its rules.
    static func subsets(_ service: ServiceID, _ world: PlanWorld) async throws -> [String] {
        try await world.list(.destinationrules, in: service.namespace, named: [service.name]).filter {
            HostNames.service($0.at("spec", "host")?.string ?? "", from: service.namespace) == service
        }.flatMap { ($0["spec"] ?? [:]).list("subsets").compactMap { $0["name"]?.string } }
    }
}
