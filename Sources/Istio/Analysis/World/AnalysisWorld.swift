// What analyzers read: objects from a cluster, from files or from files laid over a cluster, with the indexes they share.

package import Base
package import Kube
internal import MeshModel

package struct AnalysisWorld: Sendable {
    package let objects: ClusterObjects
    package let mesh: MeshConfig
    /// Networks of a mesh of several, where they are known.
    package let networks: JSONValue?
    /// By name; nil where secrets were not read, and then nothing is said of them.
    package let secrets: [ObjectKey: SecretFacts]?
    /// Nothing but files: what they do not hold may be somewhere else.
    package let isFilesAlone: Bool
    /// For how long certificates are good.
    package let time: Timestamp
    let workloads: WorkloadIndex
    let hosts: HostIndex

    package init(
        objects: ClusterObjects, mesh: MeshConfig? = nil, networks: JSONValue? = nil,
        secrets: [ObjectKey: SecretFacts]? = nil, isFilesAlone: Bool = false, time: Timestamp
    ) {
        self.objects = objects
        self.mesh = mesh ?? MeshConfig(objects)
        self.networks = networks
        self.secrets = secrets
        self.isFilesAlone = isFilesAlone
        self.time = time
        workloads = WorkloadIndex(objects)
        hosts = HostIndex(objects)
    }

    func configs(_ kind: WatchedKind) -> [ConfigObject] { objects.oldestFirst(kind) }

    /// Whether a namespace's pods get a sidecar when nothing in the pod says otherwise.
    func injects(_ namespace: String) -> Bool {
        objects.namespaces[ObjectKey("", namespace)]?.injectsSidecars ?? false
    }

    package func isAmbient(_ namespace: String) -> Bool { objects.isAmbient(namespace) }

    /// Namespaces that no mesh is made of.
    static func isSystem(_ namespace: String) -> Bool {
        ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"].contains(namespace)
    }
}

/// Of a secret what can be told without showing it.
package struct SecretFacts: Sendable, Hashable {
    package var type: String
    package var keys: Set<String>
    /// The certificate in `tls.crt` or `cert`, decoded from base64.
    package var certificate: [UInt8]?
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]

    package init(_ object: JSONValue) {
        type = object.text("type") ?? "Opaque"
        let data = object["data"]?.object
        let plain = object["stringData"]?.object
        keys = Set((data?.keys ?? []) + (plain?.keys ?? []))
        let encoded = (data?["tls.crt"] ?? data?["cert"])?.string
        certificate =
            encoded.flatMap { Base64.decode($0) }
            ?? (plain?["tls.crt"] ?? plain?["cert"])?.string
            .map { Array($0.utf8) }
        labels = object.at("metadata", "labels")?.stringMap ?? [:]
        annotations = object.at("metadata", "annotations")?.stringMap ?? [:]
    }
}
