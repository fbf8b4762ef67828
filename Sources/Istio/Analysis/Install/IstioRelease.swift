// Istio's minor releases: which Kubernetes each needs, and which one runs here.

internal import Kube
package import MeshModel

package enum IstioRelease {
    /// The oldest Kubernetes that each release is supported on.
    /// https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases
    private static let oldestKubernetes: [Int: Int] = [
        13: 20, 14: 21, 15: 22, 16: 22, 17: 23, 18: 24, 19: 25, 20: 25, 21: 26, 22: 27, 23: 27, 24: 28, 25: 29, 26: 29,
        27: 29, 28: 30, 29: 31, 30: 32, 31: 32,
    ]

    package static let newestKnown = MinorVersion(oldestKubernetes.keys.max() ?? 0)

    /// Nil of a release that is not in the table: then nothing is said.
    package static func oldestKubernetes(for release: MinorVersion) -> MinorVersion? {
        oldestKubernetes[release.minor].map(MinorVersion.init)
    }

    /// The newest control plane in the root namespace, by the tags of istiod's images: "1.28.3"; nil where none is
    /// named.
    package static func running(_ objects: ClusterObjects, rootNamespace: String) -> String? {
        objects.deployments.values
            .filter { $0.meta.namespace == rootNamespace && $0.podLabels["app"] == "istiod" }
            .compactMap { $0.facts.controlPlaneImage.flatMap(tag) }.max()
    }

    /// The tag of an image; nil of one that is named by its digest.
    package static func tag(_ image: String) -> String? {
        guard let last = image.split(separator: "/").last, let colon = last.firstIndex(of: ":"), !last.contains("@")
        else { return nil }
        return String(last[last.index(after: colon)...])
    }
}
