// The mesh's own settings: the ConfigMap `istio` in the root namespace.
// https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/

package import Base
internal import Kube
internal import MeshModel

/// MeshConfig as far as MeshTop reads it. Defaults are Istio's.
package struct MeshConfig: Sendable, Hashable {
    /// Where Istio is installed and where mesh-wide policies live, unless the mesh says otherwise.
    package static let rootNamespace = "istio-system"

    /// The whole of it, as written.
    package var tree: JSONValue
    /// False where neither the cluster nor a file gave one: everything is then Istio's default.
    package var isKnown: Bool

    package init(_ tree: JSONValue? = nil) {
        self.tree = tree.map(MeshConfigTypes.mesh) ?? [:]
        isKnown = tree != nil
    }

    /// From the ConfigMap `istio`, or `istio-REVISION` where that is the only one.
    package init(_ objects: ClusterObjects) {
        let maps = objects.configs[.configmaps] ?? [:]
        let named =
            maps[ObjectKey(Self.rootNamespace, "istio")]
            ?? maps.values.filter { $0.meta.name.hasPrefix("istio-") && $0.spec.at("data", "mesh") != nil }
            .min { $0.meta.name < $1.meta.name }
        self.init(
            named?.spec.at("data", "mesh")?.string.flatMap { text in
                // One that cannot be read never gets here: its map was left out and named.
                try? YAML.document(Array(text.utf8))
            })
    }

    /// What of its text would be misread: "data.mesh: enableAutoMtls is no truth value"; nil of what reads as it should.
    package static func fault(in text: String) -> String? { MeshConfigTypes.fault(mesh: text) }

    package var rootNamespace: String { tree.text("rootNamespace") ?? Self.rootNamespace }
    package var trustDomain: String { tree.text("trustDomain") ?? "cluster.local" }
    package var trustDomainAliases: [String] { tree.texts("trustDomainAliases") }
    package var enableAutoMtls: Bool { tree["enableAutoMtls"]?.bool ?? true }
    package var proxyMetadata: [String: String] { tree.at("defaultConfig", "proxyMetadata")?.stringMap ?? [:] }
    package var imageType: String? { tree.at("defaultConfig", "image", "imageType")?.string }
    package var extensionProviders: [JSONValue] { tree.list("extensionProviders") }
    /// The baseline under every DestinationRule, in newer versions.
    package var defaultTrafficPolicy: JSONValue? { tree["defaultTrafficPolicy"] }
}
