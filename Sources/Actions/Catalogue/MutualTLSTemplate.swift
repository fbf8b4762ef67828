// Which connections a workload, a namespace or the mesh takes, and whose would be refused.

internal import Base
internal import Istio
internal import MeshModel

enum MutualTLSTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        // What holds may come from a wider policy, so a mode is never taken over for a scope or a port.
        guard let mode = values.given["mode"], !mode.isEmpty else {
            throw values.missing(
                "mode", "scope and port say where, not what", "add mode=STRICT, mode=PERMISSIVE or mode=DISABLE")
        }
        let scope = values.text("scope")
        let port = values.text("port").isEmpty ? nil : try values.whole("port", 1...65535)
        guard port == nil || scope == "workload" else {
            throw MeshTopError(
                .usage, "port=\(values.text("port"))", why: "only a policy for a workload knows ports",
                advice: "leave out port, or use scope=workload")
        }
        let selector = scope == "workload" ? try await world.selector(of: service) : nil
        let namespace = scope == "mesh" ? MeshConfig.rootNamespace : service.namespace
        let step = try await world.upsert(
            .peerauthentications, namespace, try await name(service, selector, in: namespace, world)
        ) { spec in
            if let selector, spec["selector"] == nil { spec["selector"] = ["matchLabels": selector] }
            if let port {
                spec.set(["portLevelMtls", String(port), "mode"], to: .string(mode))
            } else {
                spec.set(["mtls", "mode"], to: .string(mode))
            }
        }
        let place =
            switch scope {
            case "mesh": "the mesh"
            case "namespace": "namespace \(service.namespace)"
            default: port.map { "port \($0) of \(service.name)" } ?? service.name
            }
        return Draft(
            verb: "policy", title: "mTLS \(mode) for \(place)", steps: [step],
            effects: effects(service, scope, mode, place, world),
            warnings: try await broken(service, scope, mode, world)
                + (scope == "workload" ? world.unenforced(service) : []), kubectl: PlanText.kubectl(world, step))
    }

    /// The mode that holds for the service's own pods: its own policy's, else the namespace's, else the mesh's.
    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let selector = try await world.selector(of: service)
        for (namespace, labels) in [
            (service.namespace, selector), (service.namespace, nil), (MeshConfig.rootNamespace, nil),
        ] as [(String, JSONValue?)] {
            let name = try await name(service, labels, in: namespace, world)
            let policies = try await world.list(
                .peerauthentications, in: namespace, named: ["default", "\(service.name)-mtls"])
            let mode = policies.first { $0.at("metadata", "name")?.string == name }?.at("spec", "mtls", "mode")?.string
            if let mode, mode != "UNSET" { return ["mode": mode, "scope": "workload"] }
        }
        return [:]
    }

    /// The policy that holds for just these pods now, or the name of a new one.
    private static func name(
        _ service: ServiceID, _ selector: JSONValue?, in namespace: String, _ world: PlanWorld
    ) async throws -> String {
        let policies = try await world.list(
            .peerauthentications, in: namespace, named: ["default", "\(service.name)-mtls"])
        let same = policies.first {
            let labels = $0.at("spec", "selector", "matchLabels")
            return selector == nil ? labels?.object?.isEmpty != false : labels == selector
        }
        return same?.at("metadata", "name")?.string ?? (selector == nil ? "default" : "\(service.name)-mtls")
    }

    private static func covers(_ id: ServiceID, _ service: ServiceID, _ scope: String) -> Bool {
        scope == "mesh" || (scope == "namespace" ? id.namespace == service.namespace : id == service)
    }

    private static func effects(
        _ service: ServiceID, _ scope: String, _ mode: String, _ place: String, _ world: PlanWorld
    ) -> [String] {
        let edges = (world.snapshot?.edges ?? []).filter { covers($0.service, service, scope) }
        let measured = edges.filter { $0.mtlsRatio != nil && ($0.requestsPerSecond ?? 0) > 0 }
        let rate = measured.reduce(0) { $0 + ($1.requestsPerSecond ?? 0) }
        guard rate > 0 else {
            guard scope == "workload", let ratio = world.service(service)?.mtlsRatio else {
                let why = world.metricsGap.map { ": \($0)" } ?? ""
                return ["the share of mTLS traffic to \(place) is unknown\(why)"]
            }
            let text = "\(PlanText.percent(ratio)) of the traffic to \(place) is mTLS now"
            return [mode == "STRICT" && ratio < 1 ? "\(text); the rest will be refused" : text]
        }
        let secured = measured.reduce(0) { $0 + ($1.requestsPerSecond ?? 0) * ($1.mtlsRatio ?? 0) }
        let text =
            "\(PlanText.percent(secured / rate)) of \(PlanText.rate(rate)) requests per second to \(place) are mTLS now"
        return [mode == "STRICT" && secured < rate ? "\(text); the rest will be refused" : text]
    }

    /// Clients that could not call any more, each with the reason.
    private static func broken(
        _ service: ServiceID, _ scope: String, _ mode: String, _ world: PlanWorld
    ) async throws -> [String] {
        if mode == "PERMISSIVE" { return [] }
        var words: [String] = []
        let edges = (world.snapshot?.edges ?? []).filter { covers($0.service, service, scope) }
        if mode == "STRICT" {
            if let why = world.metricsGap { words.append("who calls in plain text now is not known: \(why)") }
            for edge in edges {
                let client = "\(edge.source.namespace)/\(edge.source.workload)"
                let target = scope == "workload" ? "it" : "\(edge.service.namespace)/\(edge.service.name)"
                if (edge.mtlsRatio ?? 1) < 1 {
                    words.append("\(client) calls \(target) in plain text and would be refused")
                } else if world.workload(edge.source)?.dataPlane == WorkloadSummary.DataPlane.none {
                    words.append("\(client) has no proxy and calls \(target): it would be refused")
                }
            }
        }
        let unfit = mode == "STRICT" ? ["DISABLE"] : ["ISTIO_MUTUAL", "MUTUAL"]
        for rule in try await world.list(.destinationrules, in: nil, named: []) {
            let namespace = rule.at("metadata", "namespace")?.string ?? ""
            guard let id = HostNames.service(rule.at("spec", "host")?.string ?? "", from: namespace),
                covers(id, service, scope)
            else { continue }
            let policies =
                [rule.at("spec", "trafficPolicy")] + (rule["spec"] ?? [:]).list("subsets").map { $0["trafficPolicy"] }
            let modes = policies.compactMap { $0?.at("tls", "mode")?.string }.filter(unfit.contains)
            if let found = modes.first {
                words.append(
                    "DestinationRule \(namespace)/\(rule.text("name") ?? rule.at("metadata", "name")?.string ?? "") makes clients of \(id.name) send \(found): they would be refused"
                )
            }
        }
        return words.uniqued()
    }
}
