// Sidecar resources and policies that are aimed at pods: nothing selected, or the same pods twice.

internal import Base
internal import Kube
internal import MeshModel

enum SelectorRules {
    static let analyzers = [
        Analyzer("sidecar selectors", reads: [.sidecars, .namespaces] + Analyzer.pods, sidecars),
        Analyzer(
            "selectors of Kubernetes gateways",
            reads: [.authorizationpolicies, .requestauthentications, .telemetries, .wasmplugins] + Analyzer.pods,
            kubernetesGateways),
    ]

    /// Objects of one kind that select pods, in the codes that their kind has.
    struct Aimed {
        var kind: WatchedKind
        var selector: (ConfigObject) -> [String: String]
        var path: String
        var conflict: FindingCode
    }

    /// Selectors that select nothing, and pods that several objects select.
    static func check(_ aimed: Aimed, _ world: AnalysisWorld, _ findings: inout Findings) {
        var claims: [String: [ConfigObject]] = [:]
        for object in world.configs(aimed.kind) {
            let labels = aimed.selector(object)
            guard !labels.isEmpty else { continue }
            let groups = world.workloads.matching(labels, in: object.meta.namespace)
            if groups.isEmpty {
                let words = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                findings.report(
                    .notFound, aimed.kind, object.meta, aimed.path, unless: [world.podGap(in: object.meta.namespace)],
                    "no pod of namespace \(object.meta.namespace) has \(SafeText.line(words.joined(separator: ","))): this does nothing; mend the labels"
                )
            }
            for group in groups { claims["\(group.namespace)/\(group.example)", default: []].append(object) }
        }
        var said: Set<ObjectKey> = []
        for (pod, objects) in claims.sorted(by: { $0.key < $1.key }) where objects.count > 1 {
            for object in objects where said.insert(object.meta.key).inserted {
                let others = objects.filter { $0.meta.key != object.meta.key }.map(\.meta.name).sorted()
                findings.report(
                    aimed.conflict, aimed.kind, object.meta, aimed.path,
                    "pod \(pod) is selected by \(others.joined(separator: ", ")) too, and which holds is not defined; leave one of them for it"
                )
            }
        }
    }

    /// Objects of a kind without a selector, of which a namespace has one.
    static func checkDefaults(
        _ kind: WatchedKind, _ code: FindingCode, _ path: String, _ isDefault: (ConfigObject) -> Bool,
        _ world: AnalysisWorld, _ findings: inout Findings
    ) {
        let groups = Dictionary(grouping: world.configs(kind).filter(isDefault)) { $0.meta.namespace }
        for (namespace, objects) in groups.sorted(by: { $0.key < $1.key }) where objects.count > 1 {
            for object in objects {
                let others = objects.filter { $0.meta.key != object.meta.key }.map(\.meta.name).sorted()
                findings.report(
                    code, kind, object.meta, path,
                    "\(others.joined(separator: ", ")) of namespace \(namespace) has no selector either, and which holds is not defined; merge them or give one a selector"
                )
            }
        }
    }

    private static func sidecars(_ world: AnalysisWorld, _ findings: inout Findings) {
        func labels(_ object: ConfigObject) -> [String: String] {
            object.spec.at("workloadSelector", "labels")?.stringMap ?? [:]
        }
        let inSidecarNamespaces = { (object: ConfigObject) in
            labels(object).isEmpty && !world.isAmbient(object.meta.namespace)
        }
        check(
            Aimed(
                kind: .sidecars, selector: labels, path: "spec.workloadSelector.labels", conflict: .conflictingSidecars),
            world, &findings)
        checkDefaults(
            .sidecars, .sidecarsWithoutSelector, "spec.workloadSelector", inSidecarNamespaces, world, &findings)
        for object in world.configs(.sidecars) {
            let selector = labels(object)
            let isAmbient: Bool
            if selector.isEmpty {
                isAmbient = world.isAmbient(object.meta.namespace)
            } else {
                let groups = world.workloads.matching(selector, in: object.meta.namespace)
                isAmbient =
                    !groups.isEmpty
                    && groups.allSatisfy { $0.isAmbient || world.isAmbient($0.namespace) && !$0.facts.hasSidecar }
            }
            guard isAmbient else { continue }
            findings.report(
                .ineffectivePolicy, .sidecars, object.meta, selector.isEmpty ? "spec" : "spec.workloadSelector.labels",
                "these pods are in ambient mode, and ztunnel reads no Sidecar: this does nothing; remove it")
        }
    }

    private static func kubernetesGateways(_ world: AnalysisWorld, _ findings: inout Findings) {
        for kind in [WatchedKind.authorizationpolicies, .requestauthentications, .telemetries, .wasmplugins] {
            for object in world.configs(kind) where !object.hasTarget {
                let labels = object.selector
                guard !labels.isEmpty,
                    let group = world.workloads.matching(labels, in: object.meta.namespace).first(where: \.isGateway),
                    let gateway = group.labels["gateway.networking.k8s.io/gateway-name"]
                else { continue }
                findings.report(
                    .ineffectiveSelector, kind, object.meta, "spec.selector",
                    "it selects pods of the Kubernetes Gateway \(SafeText.line(gateway)), where selectors do not count; name the Gateway in spec.targetRefs instead",
                    fix: Finding.Fix(
                        "aim it at Gateway \(SafeText.line(gateway)) with targetRefs",
                        [
                            patchOperation("remove", "spec.selector", nil),
                            patchOperation(
                                "add", "spec.targetRefs",
                                [
                                    [
                                        "group": "gateway.networking.k8s.io", "kind": "Gateway",
                                        "name": .string(gateway),
                                    ]
                                ]),
                        ]))
            }
        }
    }
}

extension ConfigObject {
    /// Aimed at a Gateway or a service instead of at pods.
    package var hasTarget: Bool { spec["targetRef"] != nil || !(spec["targetRefs"]?.array ?? []).isEmpty }
}
