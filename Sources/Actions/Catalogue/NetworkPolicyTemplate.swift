// Which namespaces' packets reach a service's pods at all, whatever the mesh says of them.

internal import ClusterData

enum NetworkPolicyTemplate {
    /// What the mesh itself needs from outside the named namespaces: HBONE, metrics, health, Envoy's own metrics.
    /// https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
    private static let meshPorts: [Int64] = [15008, 15020, 15021, 15090]

    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let selector = try await world.selector(of: service)
        let named = values.words("namespaces").isEmpty ? [service.namespace] : values.words("namespaces")
        let namespaces = PlanText.unique(named + [MeshConfig.rootNamespace])
        let from = namespaces.map { name -> JSONValue in
            ["namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": .string(name)]]]
        }
        let ports = meshPorts.map { port -> JSONValue in ["port": .int(port), "protocol": "TCP"] }
        let step = try await world.upsert(.networkpolicies, service.namespace, "\(service.name)-ingress") { spec in
            spec.set(["podSelector", "matchLabels"], to: selector)
            spec["policyTypes"] = spec["policyTypes"] ?? ["Ingress"]
            spec["ingress"] = [["from": .array(from)], ["ports": .array(ports)]]
        }
        let cut = world.callers(of: service).filter { !namespaces.contains($0.source.namespace) }
        return Draft(
            verb: "policy", title: "Network policy for \(service.name)", steps: [step],
            effects: [
                "packets from \(namespaces.joined(separator: ", ")) reach its pods, from elsewhere only at the mesh's ports \(meshPorts.map(String.init).joined(separator: ", "))",
                "a network plug-in that enforces policies is needed",
            ],
            warnings: PlanText.unique(
                cut.map {
                    "\($0.source.namespace)/\($0.source.workload) calls it now and would get no connection"
                }), kubectl: PlanText.kubectl(world, step))
    }

    /// The namespaces of the first rule, without the one that the mesh needs anyway.
    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let policies = try await world.list(.networkpolicies, in: service.namespace)
        let own = policies.first { $0.at("metadata", "name")?.string == "\(service.name)-ingress" }
        let names = ((own?["spec"] ?? [:]).list("ingress").first?.list("from") ?? []).compactMap {
            $0.at("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")?.string
        }.filter { $0 != MeshConfig.rootNamespace }
        return names.isEmpty ? [:] : ["namespaces": names.joined(separator: ",")]
    }
}
