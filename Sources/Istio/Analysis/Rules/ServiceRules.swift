// Services: how ports are named, and services that share pods.

internal import Kube
internal import MeshModel

enum ServiceRules {
    static let analyzers = [
        Analyzer("port names", reads: [.services], portNames),
        Analyzer("services of one workload", reads: [.services, .namespaces] + Analyzer.pods, associations),
    ]

    /// Protocols that Istio reads from a port's name (`http`, `http-web`) or appProtocol.
    /// https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
    private static let protocols: Set<String> = [
        "http", "http2", "https", "grpc", "grpc-web", "tcp", "tls", "mongo", "mysql", "redis", "udp", "hbone",
        "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "gateway-default",
    ]
    /// Ports whose server speaks first: Istio takes them for TCP whatever their name is.
    private static let serverFirst: Set<Int> = [25, 53, 3306, 27017]

    /// The protocol that Istio takes a port for; nil when it has to guess from the first bytes.
    static func declaredProtocol(_ port: Service.Port) -> String? {
        if port.transport == "UDP" { return "udp" }
        if let written = port.appProtocol {
            let name = written.lowercased()
            return protocols.contains(name) ? name.hasPrefix("kubernetes.io/") ? "http" : name : nil
        }
        let name = (port.name ?? "").lowercased()
        if name == "grpc-web" || name.hasPrefix("grpc-web-") { return "grpc-web" }
        let word = String(name.prefix { $0 != "-" })
        if protocols.contains(word) { return word }
        return serverFirst.contains(port.number) ? "tcp" : nil
    }

    private static func portNames(_ world: AnalysisWorld, _ findings: inout Findings) {
        for service in world.objects.services.values {
            guard !AnalysisWorld.isSystem(service.meta.namespace),
                service.meta.labels["gateway.istio.io/managed"] == nil
            else { continue }
            for (index, port) in service.ports.enumerated() {
                let known = declaredProtocol(port)
                let path = "spec.ports[\(index)].name"
                let name = port.name ?? ""
                if service.type == "ExternalName" {
                    // A TCP port of an external name catches all traffic of that number.
                    guard known == nil || name == "tcp" else { continue }
                    findings.report(
                        .externalNamePort, .services, service.meta, path,
                        "port \(port.number) of an ExternalName service \(name.isEmpty ? "has no name" : "is named \(name)"): the proxy takes it for TCP and may send other traffic there; name it by its protocol, as http or https-web"
                    )
                } else if known == nil {
                    findings.report(
                        .portNameConvention, .services, service.meta, path,
                        "port \(port.number) \(name.isEmpty ? "has no name" : "is named \(name)"), which says no protocol: the proxy has to guess; name it PROTOCOL or PROTOCOL-suffix, or set appProtocol"
                    )
                }
            }
        }
    }

    private static func associations(_ world: AnalysisWorld, _ findings: inout Findings) {
        let services = Dictionary(grouping: world.objects.services.values.filter { !$0.selector.isEmpty }) {
            $0.meta.namespace
        }
        for deployment in world.objects.deployments.values where isInMesh(deployment, world) {
            let own = (services[deployment.meta.namespace] ?? []).filter { service in
                service.selector.allSatisfy { deployment.podLabels[$0.key] == $0.value }
            }.sorted { $0.meta.name < $1.meta.name }
            guard own.count > 1 else { continue }
            let ports = own.flatMap { service in service.ports.map { (service: service.meta.name, port: $0) } }
            for (number, group) in Dictionary(grouping: ports, by: \.port.number).sorted(by: { $0.key < $1.key }) {
                let kinds = Set(group.map { declaredProtocol($0.port) ?? ($0.port.transport ?? "TCP").lowercased() })
                guard kinds.count > 1 else { continue }
                findings.report(
                    .servicesDisagreeOnProtocol, .deployments, deployment.meta, "spec.template.metadata.labels",
                    "services \(names(group)) select it with port \(number) as \(kinds.sorted().joined(separator: " and ")): pods take a port for one protocol; name the ports alike or part the selectors"
                )
            }
            for (target, group) in Dictionary(grouping: ports, by: { targetText($0.port) }).sorted(by: {
                $0.key < $1.key
            }) {
                let numbers = Set(group.map(\.port.number))
                guard numbers.count > 1, group.count(where: { $0.port.target != nil }) > 1 else { continue }
                findings.report(
                    .servicesDisagreeOnPort, .deployments, deployment.meta, "spec.template.metadata.labels",
                    "services \(names(group)) lead to its port \(target) from the ports \(numbers.sorted().map(String.init).joined(separator: " and ")): Istio needs one port for a targetPort; use the same port in all of them"
                )
            }
        }
    }

    private static func names(_ group: [(service: String, port: Service.Port)]) -> String {
        Set(group.map(\.service)).sorted().joined(separator: ", ")
    }

    private static func targetText(_ port: Service.Port) -> String {
        switch port.target {
        case .name(let name): name
        default: String(port.targetNumber ?? port.number)
        }
    }

    private static func isInMesh(_ workload: Workload, _ world: AnalysisWorld) -> Bool {
        let own = workload.podLabels["sidecar.istio.io/inject"] ?? workload.podAnnotations["sidecar.istio.io/inject"]
        return world.injects(workload.meta.namespace) && own != "false"
    }
}
