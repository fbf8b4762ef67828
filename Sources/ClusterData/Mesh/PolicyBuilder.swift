// Which security policies hold for each workload.

enum PolicyBuilder {
    static func policies(_ world: MeshWorld) -> [PolicySummary] {
        let peers = PeerPolicies(world.objects.oldestFirst(.peerauthentications), rootNamespace: rootNamespace)
        let authorizations = Scoped(world.objects.oldestFirst(.authorizationpolicies))
        let requests = Scoped(world.objects.oldestFirst(.requestauthentications))
        if peers.isEmpty, authorizations.isEmpty, requests.isEmpty { return [] }
        return world.workloads.filter { world.scope.contains($0.meta.namespace) }.map { workload in
            let (mode, because) = peers.mode(
                namespace: workload.meta.namespace, labels: workload.podLabels, port: nil)
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
}

extension ConfigObject {
    /// `spec.selector.matchLabels`; empty selects everything in the policy's scope.
    var selector: [String: String] { spec.at("selector", "matchLabels")?.stringMap ?? [:] }
}
