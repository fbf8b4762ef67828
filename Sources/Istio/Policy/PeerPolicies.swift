// Which mTLS mode a pod's port takes, and which policy says so.
// https://istio.io/latest/docs/reference/config/security/peer_authentication/ and istio's ComposePeerAuthentication.

internal import Base
internal import Kube

package struct PeerPolicies: Sendable {
    private struct Policy: Sendable {
        var object: ConfigObject
        var selector: [String: String]
        var mode: String?
    }
    /// By namespace, oldest first.
    private var policies: [String: [Policy]] = [:]
    private let root: String

    /// `objects` oldest first: of several in one scope the oldest holds.
    package init(_ objects: [ConfigObject], rootNamespace: String) {
        root = rootNamespace
        for object in objects {
            policies[object.meta.namespace, default: []].append(
                Policy(
                    object: object, selector: object.selector,
                    mode: object.spec.at("mtls", "mode")?.string.flatMap { $0 == "UNSET" ? nil : SafeText.line($0) }))
        }
    }

    package var isEmpty: Bool { policies.isEmpty }

    /// Narrowest scope with a mode wins: port, workload, namespace, mesh. A selector in the root namespace does not count.
    package func mode(
        namespace: String, labels: [String: String], port: Int?
    ) -> (mode: String, because: String) {
        let own = namespace == root ? [] : policies[namespace] ?? []
        let workload = own.first { policy in
            !policy.selector.isEmpty && policy.selector.allSatisfy { labels[$0.key] == $0.value }
        }
        if let port, let workload,
            let mode = workload.object.spec.at("portLevelMtls", String(port), "mode")?.string, mode != "UNSET"
        {
            return (SafeText.line(mode), "port \(port) of workload policy \(name(workload))")
        }
        let scopes = [
            ("workload", workload), ("namespace", own.first { $0.selector.isEmpty }),
            ("mesh", (policies[root] ?? []).first { $0.selector.isEmpty }),
        ]
        for (scope, policy) in scopes {
            if let policy, let mode = policy.mode { return (mode, "\(scope) policy \(name(policy))") }
        }
        return ("PERMISSIVE", "Istio's default: no PeerAuthentication applies")
    }

    /// The ports for which the pod's own policy says something else than for the rest, with that policy's reason.
    package func portModes(namespace: String, labels: [String: String]) -> [(port: Int, mode: String, because: String)]
    {
        let own = namespace == root ? [] : policies[namespace] ?? []
        guard
            let workload = own.first(where: { policy in
                !policy.selector.isEmpty && policy.selector.allSatisfy { labels[$0.key] == $0.value }
            }), let ports = workload.object.spec["portLevelMtls"]?.object
        else { return [] }
        return ports.keys.compactMap(Int.init).sorted().map { port in
            let (mode, because) = mode(namespace: namespace, labels: labels, port: port)
            return (port, mode, because)
        }
    }

    private func name(_ policy: Policy) -> String { "\(policy.object.meta.namespace)/\(policy.object.meta.name)" }
}
