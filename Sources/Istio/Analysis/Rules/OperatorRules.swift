// What no schema forbids and operators meet at night.

internal import Base
internal import Kube
internal import MeshModel

enum OperatorRules {
    static let analyzers = [
        Analyzer("timeouts and retries", reads: [.virtualservices], timeouts),
        Analyzer("ejection of everything", reads: [.destinationrules, .services] + Analyzer.pods, ejection),
        Analyzer(
            "replicas and autoscalers", reads: [.horizontalpodautoscalers, .deployments, .statefulsets], replicas),
        Analyzer(
            "targets of routes", reads: [.httproutes, .grpcroutes, .services, .kubernetesGateways], routeTargets),
        Analyzer(
            "mTLS of both sides", reads: [.peerauthentications, .destinationrules, .services] + Analyzer.pods, mtls),
    ]

    private static func timeouts(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            for (index, rule) in object.spec.list("http").enumerated() {
                guard let timeout = rule["timeout"]?.string.flatMap(Durations.seconds), timeout > 0,
                    let retries = rule["retries"], let attempts = retries["attempts"]?.int, attempts > 0,
                    let each = retries["perTryTimeout"]?.string.flatMap(Durations.seconds), each > 0
                else { continue }
                // The first try and as many more.
                let needed = each * Double(min(attempts, 1000) + 1)
                guard timeout < needed else { continue }
                let tries = max(1, Int(clamping: timeout / each))
                findings.report(
                    .timeoutBelowRetries, .virtualservices, object.meta, "spec.http[\(index)].timeout",
                    "the timeout of \(SafeText.line(rule["timeout"]?.string ?? "")) ends the request after \(tries == 1 ? "the first try" : "\(tries) tries"): \(attempts) retries of \(SafeText.line(retries["perTryTimeout"]?.string ?? "")) need \(seconds(needed)); raise the timeout or lower attempts or perTryTimeout"
                )
            }
        }
    }

    private static func seconds(_ value: Double) -> String {
        "\(JSONValue.double((value * 1000).rounded() / 1000).compactText)s"
    }

    private static func ejection(_ world: AnalysisWorld, _ findings: inout Findings) {
        for rule in world.configs(.destinationrules) {
            for (path, policy) in DeprecationRules.policies(rule) {
                guard let outlier = policy["outlierDetection"] else { continue }
                let percent = outlier["maxEjectionPercent"]?.int ?? 10
                let floor = outlier["minHealthPercent"]?.int ?? 0
                guard percent >= 100, floor <= 0 else { continue }
                findings.report(
                    .ejectsEverything, .destinationrules, rule.meta, "\(path).outlierDetection.maxEjectionPercent",
                    "maxEjectionPercent \(percent) with minHealthPercent \(floor) can eject every host, and then requests get 503 UH; lower it, or set minHealthPercent so that ejection ends in time",
                    fix: Finding.Fix(
                        "set maxEjectionPercent to 50", [replace("\(path).outlierDetection.maxEjectionPercent", 50)]))
            }
        }
    }

    private static func replicas(_ world: AnalysisWorld, _ findings: inout Findings) {
        let scalers = world.objects.autoscalers.values.sorted { $0.meta.key < $1.meta.key }
        let groups = Dictionary(grouping: scalers) { "\($0.meta.namespace)/\($0.targetKind)/\($0.targetName)" }
        for scaler in scalers {
            let key = ObjectKey(scaler.meta.namespace, scaler.targetName)
            let rivals = (groups["\(scaler.meta.namespace)/\(scaler.targetKind)/\(scaler.targetName)"] ?? []).filter {
                $0.meta.key != scaler.meta.key
            }
            if !rivals.isEmpty {
                findings.report(
                    .replicasFight, .horizontalpodautoscalers, scaler.meta, "spec.scaleTargetRef",
                    "\(rivals.map(\.meta.name).joined(separator: ", ")) scales \(scaler.targetKind) \(scaler.targetName) too: they undo each other; leave one"
                )
            }
            if scaler.minimum > scaler.maximum {
                findings.report(
                    .replicasFight, .horizontalpodautoscalers, scaler.meta, "spec.minReplicas",
                    "minReplicas \(scaler.minimum) is above maxReplicas \(scaler.maximum): Kubernetes refuses this")
            }
            let shelf = scaler.targetKind == "StatefulSet" ? world.objects.statefulSets : world.objects.deployments
            let kind: WatchedKind = scaler.targetKind == "StatefulSet" ? .statefulsets : .deployments
            guard let workload = shelf[key], workload.declaresReplicas else { continue }
            findings.report(
                .replicasFight, kind, workload.meta, "spec.replicas",
                "HorizontalPodAutoscaler \(scaler.meta.name) sets the replicas (\(scaler.minimum) to \(scaler.maximum)), and each apply of this manifest sets them to its own number: remove spec.replicas from the manifest"
            )
        }
    }

    private static func routeTargets(_ world: AnalysisWorld, _ findings: inout Findings) {
        for kind in [WatchedKind.httproutes, .grpcroutes] {
            for object in world.configs(kind) {
                for (index, rule) in object.spec.list("rules").enumerated() {
                    for (number, backend) in rule.list("backendRefs").enumerated() {
                        guard (backend.text("kind") ?? "Service") == "Service", let name = backend.text("name") else {
                            continue
                        }
                        let namespace = backend.text("namespace") ?? object.meta.namespace
                        let path = "spec.rules[\(index)].backendRefs[\(number)]"
                        guard let service = world.objects.services[ObjectKey(namespace, name)] else {
                            findings.report(
                                .routeTarget, kind, object.meta, "\(path).name",
                                unless: [world.gap(.services, in: namespace)],
                                "there is no service \(namespace)/\(name): its share of the requests gets a 500; mend the name"
                            )
                            continue
                        }
                        if let port = backend["port"]?.int, !service.ports.contains(where: { $0.number == port }) {
                            findings.report(
                                .routeTarget, kind, object.meta, "\(path).port",
                                "service \(name) has no port \(port); its ports are \(service.ports.map { String($0.number) }.joined(separator: ", "))"
                            )
                        }
                    }
                }
                for (index, parent) in object.spec.list("parentRefs").enumerated() {
                    guard (parent.text("kind") ?? "Gateway") == "Gateway", let name = parent.text("name") else {
                        continue
                    }
                    let key = ObjectKey(parent.text("namespace") ?? object.meta.namespace, name)
                    guard world.objects.configs[.kubernetesGateways]?[key] == nil else { continue }
                    findings.report(
                        .routeTarget, kind, object.meta, "spec.parentRefs[\(index)].name",
                        unless: [world.gap(.kubernetesGateways, in: key.namespace)],
                        "there is no Gateway \(key.namespace)/\(name): no gateway serves this route; mend the name")
                }
            }
        }
    }

    /// A client that a DestinationRule keeps from mTLS in front of a server that takes nothing else.
    private static func mtls(_ world: AnalysisWorld, _ findings: inout Findings) {
        let peers = PeerPolicies(world.configs(.peerauthentications), rootNamespace: world.mesh.rootNamespace)
        for rule in world.configs(.destinationrules) {
            guard let mode = rule.spec.at("trafficPolicy", "tls", "mode")?.string else { continue }
            let (host, path) = (rule.spec.text("host") ?? "", "spec.trafficPolicy.tls.mode")
            guard let service = world.hosts.service(HostIndex.full(host, in: rule.meta.namespace)) else {
                let home = HostNames.service(host, from: rule.meta.namespace)?.namespace
                if let home, let gap = world.gap(.services, in: home) {
                    findings.pass(.mtlsConflict, .destinationrules, rule.meta, path, gap)
                }
                continue
            }
            guard !service.selector.isEmpty else { continue }
            let before = findings.all.count
            defer {
                if findings.all.count == before, let gap = world.podGap(in: service.meta.namespace) {
                    findings.pass(.mtlsConflict, .destinationrules, rule.meta, path, gap)
                }
            }
            for group in world.workloads.matching(service.selector, in: service.meta.namespace)
            where group.facts.hasSidecar {
                let (server, because) = peers.mode(namespace: group.namespace, labels: group.labels, port: nil)
                if server == "STRICT", mode == "DISABLE" || mode == "SIMPLE" {
                    findings.report(
                        .mtlsConflict, .destinationrules, rule.meta, path,
                        "clients of \(service.meta.name) send \(mode == "DISABLE" ? "plain text" : "TLS without a mesh certificate"), and its pods take mTLS alone (\(because)): connections are reset (503 UF,URX); remove tls or use ISTIO_MUTUAL",
                        fix: Finding.Fix("use ISTIO_MUTUAL", [replace(path, "ISTIO_MUTUAL")]))
                    break
                }
                if server == "DISABLE", mode == "ISTIO_MUTUAL" {
                    findings.report(
                        .mtlsConflict, .destinationrules, rule.meta, path,
                        "clients of \(service.meta.name) send mTLS, and its pods take plain text alone (\(because)): connections fail; change one of the two"
                    )
                    break
                }
            }
        }
    }
}
