// Which security policies hold for each workload.

enum PolicyBuilder {
    static func policies(_ world: MeshWorld) -> [PolicySummary] {
        let peers = Scoped(world.objects.oldestFirst(.peerauthentications))
        let authorizations = Scoped(world.objects.oldestFirst(.authorizationpolicies))
        let requests = Scoped(world.objects.oldestFirst(.requestauthentications))
        if peers.isEmpty, authorizations.isEmpty, requests.isEmpty { return [] }
        return world.workloads.filter { world.scope.contains($0.meta.namespace) }.map { workload in
            let (mode, because) = mtls(workload, peers)
            return PolicySummary(
                namespace: workload.meta.namespace, workload: workload.meta.name, mtlsMode: mode, mtlsBecause: because,
                authorization: authorizations.selecting(workload).map {
                    "\($0.object.spec.text("action") ?? "ALLOW") \($0.object.meta.namespace)/\($0.object.meta.name)"
                },
                jwt: requests.selecting(workload).map { "\($0.object.meta.namespace)/\($0.object.meta.name)" })
        }
    }

    /// Policies of one kind by namespace, oldest first, with their selectors read once.
    private struct Scoped {
        struct Policy {
            var object: ConfigObject
            var selector: [String: String]

            func selects(_ workload: Workload) -> Bool {
                selector.allSatisfy { workload.podLabels[$0.key] == $0.value }
            }
        }
        private var byNamespace: [String: [Policy]] = [:]
        var isEmpty: Bool { byNamespace.isEmpty }

        init(_ objects: [ConfigObject]) {
            for object in objects {
                byNamespace[object.meta.namespace, default: []].append(
                    Policy(object: object, selector: object.selector))
            }
        }

        func of(_ namespace: String) -> [Policy] { byNamespace[namespace] ?? [] }

        /// Those of the workload's namespace and of the root namespace that hold for it.
        func selecting(_ workload: Workload) -> [Policy] {
            let own = of(workload.meta.namespace)
            let root = workload.meta.namespace == rootNamespace ? [] : of(rootNamespace)
            return (root + own).filter {
                $0.object.spec["targetRefs"] == nil && $0.object.spec["targetRef"] == nil && $0.selects(workload)
            }
        }
    }

    static let rootNamespace = "istio-system"

    /// Narrowest scope with a mode wins; within a scope the oldest object (istio: ComposePeerAuthentication).
    private static func mtls(_ workload: Workload, _ peers: Scoped) -> (mode: String, because: String) {
        let isRoot = workload.meta.namespace == rootNamespace
        let own = isRoot ? [] : peers.of(workload.meta.namespace)
        let scopes = [
            ("workload", own.first { !$0.selector.isEmpty && $0.selects(workload) }),
            ("namespace", own.first { $0.selector.isEmpty }),
            ("mesh", peers.of(rootNamespace).first { $0.selector.isEmpty }),
        ]
        for (scope, policy) in scopes {
            guard let object = policy?.object, let mode = object.spec.at("mtls", "mode")?.string, mode != "UNSET"
            else { continue }
            return (SafeText.line(mode), "\(scope) policy \(object.meta.namespace)/\(object.meta.name)")
        }
        return ("PERMISSIVE", "Istio's default: no PeerAuthentication applies")
    }
}

extension ConfigObject {
    /// `spec.selector.matchLabels`; empty selects everything in the policy's scope.
    var selector: [String: String] { spec.at("selector", "matchLabels")?.stringMap ?? [:] }
}
