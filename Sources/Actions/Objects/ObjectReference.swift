// An object that a verb acts on, by its names.

package import MeshModel

package struct ObjectReference: Sendable, Hashable {
    /// "VirtualService", "HTTPRoute", "Deployment", …
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

extension MeshSnapshot {
    /// What is known of a workload; nil for what is none, or is not there.
    package func workload(_ object: ObjectReference) -> WorkloadSummary? {
        workloads.first { $0.namespace == object.namespace && $0.kind == object.kind && $0.name == object.name }
    }
}
