// Plans the annotation that lets a workload's proxies tell of their breakers: a default install leaves these stats out.
// https://istio.io/latest/docs/ops/configuration/telemetry/envoy-stats/

internal import Base

/// The annotation that makes a workload's proxies tell of their breakers.
struct StatsRequest: ChangeRequest {
    var object: ObjectReference

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object))
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await StatsPlanner.draft(object, world)
    }
}

extension PlanRequest {
    package static func exposeStats(_ object: ObjectReference) -> PlanRequest {
        PlanRequest(StatsRequest(object: object))
    }
}

enum StatsPlanner {
    private static let annotation = "proxy.istio.io/config"

    /// What MeshTop reads of an upstream, as expressions that must match the whole name of a stat.
    private static let inclusions: [JSONValue] = [
        ".*circuit_breakers.*", ".*outlier_detection.*", ".*upstream_rq_(retry|pending|active|total).*",
        ".*upstream_cx_(active|overflow|total)", ".*lb_healthy_panic",
    ]

    static func draft(_ object: ObjectReference, _ world: PlanWorld) async throws -> Draft {
        try ScalePlanner.checkReplacesPods(object)
        let path = try world.path(object)
        let before = try await world.read(path)
        let old = before.at("spec", "template", "metadata", "annotations", annotation)?.string
        var config: JSONValue = [:]
        if let old {
            do {
                config = try YAML.document(Array(old.utf8))
            } catch {
                throw MeshTopError(
                    .invalid, "\(object.kind) \(object.name)", why: "its annotation \(annotation) is no YAML: \(error)",
                    advice: "mend it first; nothing was sent")
            }
        }
        let present = config.at("proxyStatsMatcher", "inclusionRegexps")?.array ?? []
        config.set(
            ["proxyStatsMatcher", "inclusionRegexps"], to: .array(present + inclusions.filter { !present.contains($0) })
        )
        func patch(_ value: JSONValue) -> JSONValue {
            ["spec": ["template": ["metadata": ["annotations": [(annotation): value]]]]]
        }
        let isThere = inclusions.allSatisfy(present.contains)
        let replicas = before.at("spec", "replicas")?.int ?? 1
        return Draft(
            verb: "stats", title: "Let the proxies of \(object.name) tell of their breakers",
            steps: isThere
                ? []
                : [
                    PlanStep(
                        object: object, path: path, write: .strategicMergePatch(patch(.string(YAML.text(config)))),
                        before: before, after: nil,
                        inverse: .strategicMergePatch(patch(old.map { .string($0) } ?? .null)))
                ],
            effects: [
                isThere
                    ? "its annotation has this already"
                    : "its \(Plural.count(replicas, "pod")) \(Plural.verb(replicas)) replaced: a proxy reads this when it starts; Prometheus then has their limits in use, refusals and ejections"
            ],
            kubectl: PlanText.kubectl(
                world, object.namespace,
                [
                    "patch", "\(object.kind.lowercased())/\(object.name)", "-p",
                    patch(.string(YAML.text(config))).compactText,
                ]), verification: isThere ? .accepted : .rollout(object, replicas: nil))
    }
}
