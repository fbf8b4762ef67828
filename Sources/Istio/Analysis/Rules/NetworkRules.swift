// The network under the mesh: NetworkPolicies that cut what proxies need, and registries of networks that nobody knows.

internal import Base
internal import Kube
internal import MeshModel

enum NetworkRules {
    static let analyzers = [
        Analyzer(
            "mesh ports behind network policies", reads: [.networkpolicies, .namespaces] + Analyzer.pods, meshPorts),
        Analyzer("registries of networks", reads: [.configmaps], registries),
    ]

    /// https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
    private static func meshPorts(_ world: AnalysisWorld, _ findings: inout Findings) {
        let network = NetworkPolicies(world.objects)
        for policy in world.configs(.networkpolicies) {
            let selector = LabelSelector(policy.spec["podSelector"]) ?? LabelSelector()
            let groups = world.workloads.matching([:], in: policy.meta.namespace).filter { selector.matches($0.labels) }
            var blocked: [Int: String] = [:]
            for group in groups {
                let isAmbient = group.isAmbient || world.isAmbient(group.namespace) && !group.facts.hasSidecar
                let ports = isAmbient ? [15008] : group.facts.hasSidecar ? [15020, 15090] : []
                let end = NetworkPolicies.End(namespace: group.namespace, labels: group.labels)
                for port in ports where blocked[port] == nil {
                    let (truth, names) = network.admits(port, of: end, from: nil)
                    let isOurs = names.contains("\(policy.meta.namespace)/\(policy.meta.name)")
                    if truth == .no, isOurs { blocked[port] = group.example }
                }
            }
            for (port, pod) in blocked.sorted(by: { $0.key < $1.key }) {
                findings.report(
                    .networkPolicyBlocks, .networkpolicies, policy.meta, "spec.ingress",
                    port == 15008
                        ? "nobody may reach port 15008 of \(pod), by which ambient pods take all mesh traffic; let it in"
                        : "nobody may reach port \(port) of \(pod), where its proxy is asked for metrics; let the monitoring in"
                )
            }
        }
    }

    /// Networks name clusters by the registries that istiod has; these are known from the secrets of remote clusters.
    private static func registries(_ world: AnalysisWorld, _ findings: inout Findings) {
        let root = world.mesh.rootNamespace
        guard let map = world.objects.configs[.configmaps]?[ObjectKey(root, "istio")], let secrets = world.secrets
        else { return }
        let remote = secrets.values.filter { $0.labels["istio/multiCluster"] == "true" }
        guard !remote.isEmpty else { return }
        let known = Set(
            ["Kubernetes"] + remote.flatMap { $0.keys }
                + remote.compactMap { $0.annotations["networking.istio.io/cluster"] })
        let written =
            world.networks ?? map.spec.at("data", "meshNetworks")?.string.flatMap { try? YAML.document(Array($0.utf8)) }
        for (name, network) in written?["networks"]?.object?.members.map({ ($0, $1) }) ?? [] {
            for (index, endpoint) in network.list("endpoints").enumerated() {
                guard let registry = endpoint.text("fromRegistry"), !known.contains(registry) else { continue }
                findings.report(
                    .unknownRegistry, .configmaps, map.meta,
                    "data.meshNetworks.networks.\(SafeText.line(name, limit: 80)).endpoints[\(index)].fromRegistry",
                    "no registry is called \(registry); known are \(known.sorted().joined(separator: ", "))")
            }
        }
    }
}
