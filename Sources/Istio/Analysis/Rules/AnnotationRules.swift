// Istio's annotations on objects: unknown, in the wrong place, with a wrong value, given up or not settled.

internal import Base
internal import Kube
internal import MeshModel

enum AnnotationRules {
    static let analyzers = [
        Analyzer("annotations", reads: [.services, .namespaces, .ingresses] + Analyzer.pods, annotations)
    ]

    private struct Carrier {
        var kind: WatchedKind
        var meta: ObjectMeta
        var annotations: [String: String]
        /// What annotations at this place are of: the pods of a template are pods.
        var place: String
        var path: String
        var isCapturedByCNI = false
    }

    private static func carriers(_ objects: ClusterObjects) -> [Carrier] {
        var all: [Carrier] = []
        func add(_ kind: WatchedKind, _ meta: ObjectMeta) {
            guard !meta.annotations.isEmpty else { return }
            all.append(
                Carrier(
                    kind: kind, meta: meta, annotations: meta.annotations, place: kind.kind,
                    path: "metadata.annotations"))
        }
        for service in objects.services.values { add(.services, service.meta) }
        for namespace in objects.namespaces.values { add(.namespaces, namespace.meta) }
        // A pod that a workload made has its annotations from there, where they are looked at.
        for pod in objects.pods.values where pod.meta.ownerName == nil && !pod.meta.annotations.isEmpty {
            add(.pods, pod.meta)
            all[all.count - 1].isCapturedByCNI = pod.facts.isCapturedByCNI
        }
        for (kind, shelf) in [
            (WatchedKind.deployments, objects.deployments), (.statefulsets, objects.statefulSets),
            (.daemonsets, objects.daemonSets),
        ] {
            for workload in shelf.values {
                add(kind, workload.meta)
                guard !workload.podAnnotations.isEmpty else { continue }
                all.append(
                    Carrier(
                        kind: kind, meta: workload.meta, annotations: workload.podAnnotations, place: "Pod",
                        path: "spec.template.metadata.annotations"))
            }
        }
        return all.sorted { $0.meta.key < $1.meta.key }
    }

    private static func isIstio(_ name: String) -> Bool {
        if name == "kubernetes.io/ingress.class" { return true }
        guard let slash = name.firstIndex(of: "/") else { return false }
        return name[..<slash].hasSuffix("istio.io") && !AnnotationFacts.internalNames.contains(name)
    }

    private static func annotations(_ world: AnalysisWorld, _ findings: inout Findings) {
        for carrier in carriers(world.objects) {
            for (name, value) in carrier.annotations.sorted(by: { $0.key < $1.key }) where isIstio(name) {
                let shown = SafeText.line(name, limit: 120)
                let path = "\(carrier.path)[\(shown)]"
                func report(_ code: FindingCode, _ message: String) {
                    findings.report(code, carrier.kind, carrier.meta, path, message)
                }
                guard let facts = AnnotationFacts.all[name] else {
                    report(
                        .unknownAnnotation,
                        "Istio knows no annotation \(shown): it does nothing; mend its name or remove it")
                    continue
                }
                if let kinds = facts.kinds, !kinds.contains(carrier.place) {
                    report(
                        .misplacedAnnotation,
                        "\(shown) does nothing on a \(carrier.place): it belongs on \(kinds.sorted().joined(separator: " or "))"
                            + (kinds.contains("Pod") && carrier.place != "Pod"
                                ? "; put it into spec.template.metadata" : ""))
                } else if let fault = facts.fault(of: value) {
                    report(.invalidAnnotation, "\(shown) is \(SafeText.line(value, limit: 60)): \(fault)")
                }
                if facts.isDeprecated {
                    report(
                        .deprecatedAnnotation,
                        "\(shown) is deprecated and may stop working; use ProxyConfig or proxy.istio.io/config")
                }
                let isNoise = carrier.isCapturedByCNI && AnnotationFacts.setByInjection.contains(name)
                if facts.stage == .alpha, !isNoise {
                    report(.alphaAnnotation, "\(shown) is an alpha feature, which may change or go")
                }
            }
        }
    }
}
