// What every canned API server says alike, and the way to it.

package import Base
package import Kube
internal import MeshModel

extension CannedServer {
    /// Aggregated discovery of every kind that MeshTop reads.
    package static let discovery: JSONValue = [
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "items": .array(
            WatchedKind.all.map { kind in
                let resource: JSONValue = [
                    "resource": .string(kind.resource), "scope": "Namespaced",
                    "responseKind": ["kind": .string(kind.kind)], "verbs": ["list", "watch", "get", "patch"],
                ]
                return [
                    "metadata": ["name": .string(kind.group)],
                    "versions": [["version": .string(kind.versions[0]), "resources": [resource]]],
                ]
            }),
    ]

    /// A client of it, as a kubeconfig would give one.
    package func client(clock: any TimeSource = .system) throws -> KubeClient { try Self.client(of: url, clock: clock) }

    package static func client(of url: String, clock: any TimeSource = .system) throws -> KubeClient {
        var kubeconfig = Kubeconfig()
        let text =
            "{current-context: a, contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a, cluster: {server: '\(url)'}}]}"
        try kubeconfig.merge(Array(text.utf8), file: "test")
        return KubeClient(access: try kubeconfig.access(), loop: CurlLoop(), clock: clock)
    }
}
