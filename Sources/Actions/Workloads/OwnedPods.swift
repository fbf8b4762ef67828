// The pods that a workload made, by their controllers: labels tell only what a workload selects, and two may select the
// same. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents

internal import Base
internal import Kube

enum OwnedPods {
    /// The reference to an object's controller; nil where nothing made it.
    static func controller(_ object: JSONValue) -> JSONValue? {
        (object["metadata"] ?? [:]).list("ownerReferences").first { $0["controller"] == true }
    }

    /// Kinds between a workload and its pods: a Deployment's or Rollout's ReplicaSets, a CronJob's Jobs.
    private static let between = [
        ResourcePath(group: "apps", version: "v1", resource: "replicasets"),
        ResourcePath(group: "batch", version: "v1", resource: "jobs"),
    ]
    private static let podPath = ResourcePath(group: "", version: "v1", resource: "pods")
    /// These make their pods themselves.
    private static let direct: Set<String> = ["StatefulSet", "DaemonSet", "ReplicaSet", "Job"]

    /// The pods of a workload in the order of their age. An error when what lies between may not be read: which pods are
    /// its own is then not known.
    static func of(_ workload: JSONValue, _ object: ObjectReference, _ world: PlanWorld) async throws -> [JSONValue] {
        var makers: Set<String> = []
        guard let uid = workload.at("metadata", "uid")?.string, !uid.isEmpty else { return [] }
        makers.insert(uid)
        if !direct.contains(object.kind) {
            for path in between where !(object.kind == "Deployment" && path.resource == "jobs") {
                makers.formUnion(try await children(of: uid, path, object, world))
            }
        }
        return try await world.read(podPath.collection(object.namespace)).list("items").filter {
            controller($0)?["uid"]?.string.map(makers.contains) ?? false
        }.sorted { age($0) < age($1) }
    }

    private static func children(
        of uid: String, _ path: ResourcePath, _ object: ObjectReference, _ world: PlanWorld
    ) async throws -> [String] {
        do {
            return try await world.read(path.collection(object.namespace)).list("items").filter {
                controller($0)?["uid"]?.string == uid
            }.compactMap { $0.at("metadata", "uid")?.string }
        } catch let error as MeshTopError where error.code == .notFound {
            return []
        } catch let error as MeshTopError where error.code == .forbidden {
            throw MeshTopError(
                .forbidden, "\(object.kind) \(object.namespace)/\(object.name)",
                why: "which pods are its own is not known: its \(path.resource) may not be read",
                advice: "name the pod: 'meshtop evict pod/NAME'")
        }
    }

    private static func age(_ pod: JSONValue) -> String {
        "\(pod.at("metadata", "creationTimestamp")?.string ?? "") \(pod.at("metadata", "name")?.string ?? "")"
    }
}
