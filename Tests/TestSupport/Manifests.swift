// A cluster written as its manifests.

package import Base
package import Istio
import MeshModel

package let testTime = Timestamp(seconds: 1_795_500_000)

/// The world of a few manifests, as files alone.
package func manifests(_ yaml: String, mesh: MeshConfig? = nil) throws -> AnalysisWorld {
    var set = ManifestSet()
    try set.add(Array(yaml.utf8), name: "test", defaultNamespace: "shop")
    return set.world(mesh: mesh, time: testTime)
}

/// "IST0101 VirtualService shop/reviews" of all findings with these codes, or of all.
package func codes(_ yaml: String, _ only: String..., mesh: MeshConfig? = nil) throws -> [String] {
    try Analysis.findings(manifests(yaml, mesh: mesh))
        .filter { only.isEmpty || only.contains($0.code) }.map { "\($0.code) \($0.resource)" }
}

/// A service with a deployment and one pod with a sidecar behind it.
package func application(
    _ name: String, namespace: String = "shop", account: String? = nil, sidecar: Bool = true, port: String = "http",
    version: String = "v1"
) -> String {
    let proxy = sidecar ? "\n  - {name: istio-proxy, image: proxyv2}" : ""
    return """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(namespace)}
        spec: {selector: {app: \(name)}, ports: [{name: \(port), port: 80, targetPort: 8080}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)-\(version), namespace: \(namespace)}
        spec:
          selector: {matchLabels: {app: \(name), version: \(version)}}
          template:
            metadata: {labels: {app: \(name), version: \(version)}}
            spec: {serviceAccountName: \(account ?? name), containers: [{name: app, image: app}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)-\(version)-abc-1
          namespace: \(namespace)
          labels: {app: \(name), version: \(version), pod-template-hash: abc}
          ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: \(name)-\(version)-abc, controller: true}]
        spec:
          serviceAccountName: \(account ?? name)
          containers:
          - {name: app, image: app}\(proxy)

        """
}
