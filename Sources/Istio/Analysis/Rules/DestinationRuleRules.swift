// DestinationRules: hosts, subsets and the certificates they check.

internal import Base
internal import Kube
internal import MeshModel

enum DestinationRuleRules {
    static let analyzers = [
        Analyzer("server certificates", reads: [.destinationrules], certificates),
        Analyzer(
            "subsets and their pods", reads: [.destinationrules, .services, .serviceentries, .nodes] + Analyzer.pods,
            subsets),
    ]

    private static func certificates(_ world: AnalysisWorld, _ findings: inout Findings) {
        func isUnchecked(_ tls: JSONValue?) -> String? {
            guard let tls, let mode = tls.text("mode"), ["SIMPLE", "MUTUAL"].contains(mode) else { return nil }
            let hasAuthority = [tls.text("caCertificates"), tls.text("credentialName")].contains {
                $0?.isEmpty == false
            }
            return hasAuthority ? nil : mode
        }
        for rule in world.configs(.destinationrules) {
            let policy = rule.spec["trafficPolicy"]
            let host = rule.spec.text("host") ?? ""
            if let mode = isUnchecked(policy?["tls"]) {
                findings.report(
                    .noServerVerification, .destinationrules, rule.meta, "spec.trafficPolicy.tls.caCertificates",
                    "TLS mode \(mode) without caCertificates: whoever answers as \(host) is believed where the proxy has no CA of its own; set caCertificates or credentialName"
                )
            }
            for (index, setting) in (policy?.list("portLevelSettings") ?? []).enumerated() {
                guard let mode = isUnchecked(setting["tls"]) else { continue }
                let port = setting.at("port", "number")?.int.map(String.init) ?? "?"
                findings.report(
                    .noServerVerificationAtPort, .destinationrules, rule.meta,
                    "spec.trafficPolicy.portLevelSettings[\(index)].tls.caCertificates",
                    "TLS mode \(mode) at port \(port) without caCertificates: whoever answers as \(host) is believed where the proxy has no CA of its own; set caCertificates or credentialName"
                )
            }
        }
    }

    private static func subsets(_ world: AnalysisWorld, _ findings: inout Findings) {
        for rule in world.configs(.destinationrules) {
            guard let host = rule.spec.text("host"), !host.isEmpty else { continue }
            let full = HostIndex.full(host, in: rule.meta.namespace)
            guard let service = world.hosts.service(full) else {
                if !world.hosts.hasAny(host, in: rule.meta.namespace, client: rule.meta.namespace) {
                    findings.report(
                        .unknownRuleHost, .destinationrules, rule.meta, "spec.host",
                        unless: [world.isFilesAlone ? nil : world.hostGap(host, in: rule.meta.namespace)],
                        "\(full) is no service or ServiceEntry of this mesh: the rule does nothing; mend the host or remove the rule"
                    )
                }
                continue
            }
            guard !service.selector.isEmpty else { continue }
            if world.isFilesAlone, !world.workloads.has([:], in: service.meta.namespace) { continue }
            let pods = world.workloads.matching(service.selector, in: service.meta.namespace)
            for (index, subset) in rule.spec.list("subsets").enumerated() {
                let labels = subset["labels"]?.stringMap ?? [:]
                guard !pods.contains(where: { selects(labels, $0, world) }) else { continue }
                let wanted = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                findings.report(
                    .subsetWithoutPods, .destinationrules, rule.meta, "spec.subsets[\(index)].labels",
                    unless: [world.podGap(in: service.meta.namespace)],
                    "no pod of service \(service.meta.name) has \(SafeText.line(wanted.joined(separator: ","))): requests for subset \(subset.text("name") ?? "") get 503 UH; mend the labels or deploy such pods"
                )
            }
        }
    }

    /// Labels of locality are not the pod's but its node's; without a value they stand for nothing.
    private static func selects(_ labels: [String: String], _ group: PodGroup, _ world: AnalysisWorld) -> Bool {
        labels.allSatisfy { key, value in
            if group.labels[key] == value { return true }
            guard key.hasPrefix("topology.") else { return false }
            guard world.objects.knows(.nodes) else { return true }
            return !value.isEmpty
                && group.nodes.contains { world.objects.nodes[ObjectKey("", $0)]?.meta.labels[key] == value }
        }
    }
}
