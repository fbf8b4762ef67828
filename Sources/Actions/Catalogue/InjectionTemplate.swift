// Whether new pods of a namespace get a sidecar, and of which revision of Istio.

internal import Base
internal import MeshModel

enum InjectionTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let revision = values.text("revision")
        if values.text("mode") == "revision", revision.isEmpty {
            throw values.missing("revision", "mode=revision is for one of them", "add revision=NAME")
        }
        let reference = ObjectReference(kind: "Namespace", namespace: "", name: service.namespace)
        let path = try world.path(reference)
        let before = try await world.read(path)
        if !values.writes("mode"), before.at("metadata", "labels", "istio-injection") != nil {
            throw values.missing(
                "mode", "the label istio-injection is there and wins over a revision", "add mode=revision")
        }
        let mode = values.writes("mode") ? values.text("mode") : "revision"
        if mode != "revision" { try values.refuseIdle("revision", "it is for mode=revision only") }
        var after = before
        var labels = before.at("metadata", "labels") ?? [:]
        // The two labels exclude each other; where both are set, istio-injection wins.
        labels["istio-injection"] = mode == "revision" ? nil : mode == "on" ? "enabled" : "disabled"
        labels["istio.io/rev"] = mode == "revision" ? .string(revision) : nil
        after.set(["metadata", "labels"], to: labels)
        let workloads = (world.snapshot?.workloads ?? []).filter { $0.namespace == service.namespace }
        let touched = workloads.filter {
            mode == "off"
                ? [.sidecar, .unknown].contains($0.dataPlane)
                : mode == "revision" || [.none, .unknown].contains($0.dataPlane)
        }
        var warnings = ["pods that run keep what they have: restart them for this to take effect"]
        if !touched.isEmpty {
            let names = touched.map { "\($0.kind.lowercased())/\($0.name)" }.sorted()
            warnings.append(
                "to restart: \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? " and \(names.count - 8) more" : "")"
            )
        }
        if before.at("metadata", "labels", "istio.io/dataplane-mode") == "ambient", mode != "off" {
            warnings.append("the namespace is in the ambient mesh: a sidecar takes its pods out of it")
        }
        let step = ObjectChange.step(reference, path, from: before, to: after)
        return Draft(
            verb: "policy",
            title:
                "Sidecar injection of \(service.namespace): \(mode == "revision" ? "revision \(SafeText.line(revision))" : mode)",
            steps: [step],
            effects: [
                mode == "off"
                    ? "new pods of \(service.namespace) get no sidecar"
                    : "new pods of \(service.namespace) get a sidecar\(mode == "revision" ? " of revision \(SafeText.line(revision))" : "")"
            ],
            warnings: warnings, kubectl: PlanText.kubectl(world, step))
    }

    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let path = try world.path(ObjectReference(kind: "Namespace", namespace: "", name: service.namespace))
        let labels = try await world.read(path).at("metadata", "labels") ?? [:]
        // Where both are set, istio-injection wins.
        switch labels["istio-injection"] {
        case "enabled": return ["mode": "on"]
        case "disabled": return ["mode": "off"]
        default: break
        }
        guard let revision = labels["istio.io/rev"]?.string else { return [:] }
        return ["mode": "revision", "revision": revision]
    }
}
