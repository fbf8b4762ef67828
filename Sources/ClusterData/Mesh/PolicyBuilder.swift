// Which security policies hold for each workload.

enum PolicyBuilder {
    static func policies(_ world: MeshWorld) -> [PolicySummary] {
        let peers = world.objects.oldestFirst(.peerauthentications)
        let authorizations = world.objects.oldestFirst(.authorizationpolicies)
        let requests = world.objects.oldestFirst(.requestauthentications)
        if peers.isEmpty, authorizations.isEmpty, requests.isEmpty { return [] }
        return world.workloads.filter { world.scope.contains($0.meta.namespace) }.map { workload in
            let (mode, because) = mtls(workload, peers)
            return PolicySummary(
                namespace: workload.meta.namespace, workload: workload.meta.name, mtlsMode: mode, mtlsBecause: because,
                authorization: authorizations.filter { selects($0, workload, rootSelectors: true) }.map {
                    "\($0.spec.text("action") ?? "ALLOW") \($0.meta.namespace)/\($0.meta.name)"
                },
                jwt: requests.filter { selects($0, workload, rootSelectors: true) }.map {
                    "\($0.meta.namespace)/\($0.meta.name)"
                })
        }
    }

    static let rootNamespace = "istio-system"

    /// Narrowest scope with a mode wins; within a scope the oldest object (istio: ComposePeerAuthentication).
    private static func mtls(_ workload: Workload, _ peers: [ConfigObject]) -> (mode: String, because: String) {
        let own = peers.filter { $0.meta.namespace == workload.meta.namespace }
        let scopes: [(String, ConfigObject?)] = [
            (
                "workload",
                own.first {
                    !$0.selector.isEmpty && $0.meta.namespace != rootNamespace
                        && $0.selector.allSatisfy { workload.podLabels[$0.key] == $0.value }
                }
            ),
            ("namespace", own.first { $0.selector.isEmpty && $0.meta.namespace != rootNamespace }),
            ("mesh", peers.first { $0.selector.isEmpty && $0.meta.namespace == rootNamespace }),
        ]
        for (scope, object) in scopes {
            guard let object, let mode = object.spec.at("mtls", "mode")?.string, mode != "UNSET" else { continue }
            return (SafeText.line(mode), "\(scope) policy \(object.meta.namespace)/\(object.meta.name)")
        }
        return ("PERMISSIVE", "Istio's default: no PeerAuthentication applies")
    }

    private static func selects(_ object: ConfigObject, _ workload: Workload, rootSelectors: Bool) -> Bool {
        guard object.meta.namespace == workload.meta.namespace || object.meta.namespace == rootNamespace else {
            return false
        }
        if object.spec["targetRefs"] != nil || object.spec["targetRef"] != nil { return false }
        return object.selector.allSatisfy { workload.podLabels[$0.key] == $0.value }
    }
}

extension ConfigObject {
    /// `spec.selector.matchLabels`; empty selects everything in the policy's scope.
    var selector: [String: String] { spec.at("selector", "matchLabels")?.stringMap ?? [:] }
}
