// Kubernetes NetworkPolicies, as far as they cut what a mesh needs.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/

internal import Base
internal import Kube
internal import MeshModel

package struct NetworkPolicies: Sendable {
    private struct Policy: Sendable {
        var meta: ObjectMeta
        var selector: LabelSelector
        var ingress: [JSONValue]
        var egress: [JSONValue]
        var isIngress: Bool
        var isEgress: Bool
    }
    private var byNamespace: [String: [Policy]] = [:]
    private let namespaces: [String: [String: String]]

    package init(_ objects: ClusterObjects) {
        namespaces = Dictionary(
            objects.namespaces.values.map { namespace in
                var labels = namespace.meta.labels
                labels["kubernetes.io/metadata.name"] = namespace.meta.name
                return (namespace.meta.name, labels)
            }, uniquingKeysWith: { $1 })
        for object in objects.oldestFirst(.networkpolicies) {
            let types = object.spec.texts("policyTypes")
            byNamespace[object.meta.namespace, default: []].append(
                Policy(
                    meta: object.meta, selector: LabelSelector(object.spec["podSelector"]) ?? LabelSelector(),
                    ingress: object.spec.list("ingress"), egress: object.spec.list("egress"),
                    isIngress: types.isEmpty || types.contains("Ingress"),
                    isEgress: types.isEmpty ? object.spec["egress"] != nil : types.contains("Egress")))
        }
    }

    /// A pod, as policies see it.
    package struct End: Sendable {
        var namespace: String
        var labels: [String: String]

        package init(namespace: String, labels: [String: String]) {
            self.namespace = namespace
            self.labels = labels
        }
    }

    /// Whether a connection from one pod to a port of another is let in; with the names of the policies that decide.
    /// Where nobody is named as source, whether anybody is let in.
    package func admits(_ port: Int?, of target: End, from source: End?) -> (truth: Truth, policies: [String]) {
        let selecting = (byNamespace[target.namespace] ?? []).filter {
            $0.isIngress && $0.selector.matches(target.labels)
        }
        let names = selecting.map { "\($0.meta.namespace)/\($0.meta.name)" }
        guard !selecting.isEmpty else { return (.yes, []) }
        let rules = selecting.flatMap { policy in
            policy.ingress.map { rule in
                Truth.all([portMatches(rule, port), peerMatches(rule.list("from"), source, policy.meta.namespace)])
            }
        }
        return (.any(rules), names)
    }

    private func portMatches(_ rule: JSONValue, _ port: Int?) -> Truth {
        let ports = rule.list("ports")
        guard !ports.isEmpty else { return .yes }
        guard let port else { return .unknown("the port") }
        return .any(
            ports.map { entry in
                if (entry.text("protocol") ?? "TCP") != "TCP" { return .no }
                guard let written = entry["port"] else { return .yes }
                guard let first = written.int else { return .unknown("the number of port \(entry.text("port") ?? "")") }
                return Truth((first...max(first, entry["endPort"]?.int ?? first)).contains(port))
            })
    }

    private func peerMatches(_ peers: [JSONValue], _ source: End?, _ namespace: String) -> Truth {
        guard !peers.isEmpty, let source else { return .yes }
        return .any(
            peers.map { peer in
                if peer["ipBlock"] != nil { return .unknown("the client's address") }
                let place =
                    peer["namespaceSelector"].map { selector in
                        LabelSelector(selector).selects(
                            namespaces[source.namespace] ?? ["kubernetes.io/metadata.name": source.namespace])
                    } ?? (source.namespace == namespace)
                // A peer with a namespace selector alone means all pods there.
                let pods = LabelSelector(peer["podSelector"]) ?? LabelSelector()
                return Truth(place && pods.matches(source.labels))
            })
    }
}
