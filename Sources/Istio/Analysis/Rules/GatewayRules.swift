// Istio Gateways: the pods they run on, the ports these have, and gateways that claim the same.

internal import Base
internal import Kube
internal import MeshModel

enum GatewayRules {
    private static let placed: [WatchedKind] = [.gateways, .services] + Analyzer.pods

    static let analyzers = [
        Analyzer("gateway workloads", reads: placed, ports),
        Analyzer("conflicting gateways", reads: [.gateways] + Analyzer.pods, conflicts),
    ]

    static func selector(_ gateway: ConfigObject) -> [String: String] { gateway.spec["selector"]?.stringMap ?? [:] }

    private static func ports(_ world: AnalysisWorld, _ findings: inout Findings) {
        // The pods of a Gateway may be in any namespace.
        let gap = world.isFilesAlone ? nil : world.gap(.pods)
        for gateway in world.configs(.gateways) {
            let labels = selector(gateway)
            guard !labels.isEmpty else { continue }
            let groups = world.workloads.matching(labels)
            let written = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            guard !groups.isEmpty else {
                findings.report(
                    .notFound, .gateways, gateway.meta, "spec.selector", unless: [gap],
                    "no pod has the labels \(SafeText.line(written)): nothing serves this Gateway; mend the selector or install a gateway with these labels"
                )
                continue
            }
            let services = world.objects.services.values.filter { service in
                !service.selector.isEmpty
                    && groups.contains { $0.namespace == service.meta.namespace && $0.has(service.selector) }
            }
            guard !services.isEmpty else { continue }
            let homes = groups.map(\.namespace).uniqued()
            let open = Set(services.flatMap { $0.ports.flatMap { [$0.number, $0.targetNumber ?? $0.number] } })
            for (index, server) in gateway.spec.list("servers").enumerated() {
                guard let port = server.at("port", "number")?.int, !open.contains(port) else { continue }
                findings.report(
                    .gatewayPortNotOnService, .gateways, gateway.meta, "spec.servers[\(index)].port.number",
                    unless: [gap] + homes.map { world.isFilesAlone ? nil : world.gap(.services, in: $0) },
                    "the gateway listens at \(port), which \(services.map(\.meta.name).sorted().joined(separator: ", ")) in front of it does not open (\(open.sorted().map(String.init).joined(separator: ", "))): add the port to the service or use one of these"
                )
            }
        }
    }

    private static func conflicts(_ world: AnalysisWorld, _ findings: inout Findings) {
        struct Server: Hashable, Comparable {
            var port: Int
            var host: String

            static func < (left: Server, right: Server) -> Bool {
                (left.port, left.host) < (right.port, right.host)
            }
        }
        struct Claim {
            var gateway: ConfigObject
            var path: String
            package var pods: Set<String>
        }
        let gateways = world.configs(.gateways)
        var claims: [Server: [Claim]] = [:]
        for gateway in gateways {
            let labels = selector(gateway)
            // Where no pod is known the selector stands for its pods: equal ones conflict.
            let groups = world.workloads.matching(labels).map { "\($0.namespace)/\($0.example)" }
            let words = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let pods = Set(groups.isEmpty ? [words.joined(separator: ",")] : groups)
            for (index, server) in gateway.spec.list("servers").enumerated() {
                guard let port = server.at("port", "number")?.int else { continue }
                for host in server.texts("hosts") {
                    claims[Server(port: port, host: host), default: []].append(
                        Claim(gateway: gateway, path: "spec.servers[\(index)].hosts", pods: pods))
                }
            }
        }
        var others: [ObjectKey: (meta: ObjectMeta, path: String, names: Set<String>, servers: Set<String>)] = [:]
        // In order: a finding keeps the place that it points to.
        for (server, group) in claims.sorted(by: { $0.key < $1.key }) where group.count > 1 {
            for claim in group {
                let rivals = group.filter {
                    $0.gateway.meta.key != claim.gateway.meta.key && !$0.pods.isDisjoint(with: claim.pods)
                }
                guard !rivals.isEmpty else { continue }
                let key = claim.gateway.meta.key
                var entry = others[key] ?? (claim.gateway.meta, claim.path, [], [])
                entry.names.formUnion(rivals.map { "\($0.gateway.meta.namespace)/\($0.gateway.meta.name)" })
                entry.servers.insert("\(server.host) at \(server.port)")
                others[key] = entry
            }
        }
        for (_, entry) in others.sorted(by: { $0.key < $1.key }) {
            findings.report(
                .conflictingGateways, .gateways, entry.meta, entry.path,
                "\(entry.servers.sorted().joined(separator: ", ")) is claimed on the same pods by \(entry.names.sorted().map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }.joined(separator: ", ")): one of them wins; merge them or change a host, a port or a selector"
            )
        }
    }
}
