// Which pods a changed template replaces, as a StatefulSet's or DaemonSet's strategy says.
// https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies

internal import Base
internal import Kube

struct UpdateStrategy {
    private let isOnDelete: Bool
    /// Pods with a lower ordinal keep the template that they have.
    private let partition: Int

    init(_ workload: JSONValue) {
        isOnDelete = workload.at("spec", "updateStrategy", "type") == "OnDelete"
        partition = workload.at("spec", "updateStrategy", "rollingUpdate", "partition")?.int ?? 0
    }

    /// Whether the controller replaces a pod of another template by itself.
    func replaces(_ pod: SimulatedPod) -> Bool { !isOnDelete && pod.ordinal >= partition }

    /// Whether a new pod of this ordinal is made of the template before.
    func keepsOld(_ ordinal: Int) -> Bool { !isOnDelete && ordinal < partition }
}

extension WorkloadController {
    /// The template that a StatefulSet's pods had before the newest; nil when all have one.
    func oldRevision(_ key: ObjectKey, _ workload: JSONValue) -> (template: JSONValue, hash: String)? {
        guard let name = workload.at("status", "currentRevision")?.string, name.hasPrefix("\(key.name)-"),
            let type = ResourceType.find(group: "apps", resource: "controllerrevisions"),
            var template = store.get(type, ObjectKey(key.namespace, name))?.at("data", "spec", "template")
        else { return nil }
        template["$patch"] = nil
        return (template, String(name.dropFirst(key.name.count + 1)))
    }
}
