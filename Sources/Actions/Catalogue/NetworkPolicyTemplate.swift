// Which namespaces' packets reach a service's pods at all, whatever the mesh says of them.

internal import Base
internal import Istio
internal import MeshModel

enum NetworkPolicyTemplate {
    /// What the mesh itself needs from outside the named namespaces: HBONE, metrics, health, Envoy's own metrics.
    /// https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
    private static let meshPorts: [Int64] = [15008, 15020, 15021, 15090]

    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let selector = try await world.selector(of: service)
        let old = try await rules(service, world)
        let named = values.writes("namespaces") ? values.words("namespaces") : names(old)
        guard !named.isEmpty else {
            throw values.missing("namespaces", "it says whose packets are let in", "add namespaces=NAME,NAME")
        }
        let isMeshIn = values.writes("mesh") ? values.text("mesh") == "on" : old.contains(where: isForMesh)
        let namespaces = (named + (isMeshIn ? [MeshConfig.rootNamespace] : [])).uniqued()
        let from = namespaces.map { name -> JSONValue in
            ["namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": .string(name)]]]
        }
        let step = try await world.upsert(.networkpolicies, service.namespace, "\(service.name)-ingress") { spec in
            spec.set(["podSelector", "matchLabels"], to: selector)
            spec["policyTypes"] = spec["policyTypes"] ?? ["Ingress"]
            var rules = spec.list("ingress").filter { !isForMesh($0) }
            if let place = rules.firstIndex(where: { !names([$0]).isEmpty }) {
                rules[place]["from"] = .array(from)
            } else {
                rules.insert(["from": .array(from)], at: 0)
            }
            spec["ingress"] = .array(rules + (isMeshIn ? [meshRule] : []))
        }
        let ports = meshPorts.map(String.init).joined(separator: ", ")
        let cut = world.callers(of: service).filter { !namespaces.contains($0.source.namespace) }
        let left =
            isMeshIn ? [] : ["the mesh's own ports \(ports) are closed to others: add mesh=on for metrics and health"]
        return Draft(
            verb: "policy", title: "Network policy for \(service.name)", steps: [step],
            effects: [
                "packets from \(namespaces.joined(separator: ", ")) reach its pods, from elsewhere "
                    + (isMeshIn ? "only at the mesh's ports \(ports)" : "none"),
                "a network plug-in that enforces policies is needed",
            ],
            warnings: left
                + cut.map {
                    "\($0.source.namespace)/\($0.source.workload) calls it now and would get no connection"
                }.uniqued(), kubectl: PlanText.kubectl(world, step))
    }

    private static let meshRule: JSONValue = [
        "ports": .array(meshPorts.map { ["port": .int($0), "protocol": "TCP"] })
    ]
    private static func isForMesh(_ rule: JSONValue) -> Bool { rule == meshRule }

    private static func rules(_ service: ServiceID, _ world: PlanWorld) async throws -> [JSONValue] {
        let policies = try await world.list(
            .networkpolicies, in: service.namespace, named: ["\(service.name)-ingress"])
        let own = policies.first { $0.at("metadata", "name")?.string == "\(service.name)-ingress" }
        return (own?["spec"] ?? [:]).list("ingress")
    }

    /// The namespaces that the first rule with any lets in, without the one that the mesh needs.
    private static func names(_ rules: [JSONValue]) -> [String] {
        rules.map { rule in
            rule.list("from").compactMap {
                $0.at("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")?.string
            }.filter { $0 != MeshConfig.rootNamespace }
        }.first { !$0.isEmpty } ?? []
    }

    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let rules = try await rules(service, world)
        let names = names(rules)
        return names.isEmpty
            ? [:]
            : ["namespaces": names.joined(separator: ","), "mesh": rules.contains(where: isForMesh) ? "on" : "off"]
    }
}
