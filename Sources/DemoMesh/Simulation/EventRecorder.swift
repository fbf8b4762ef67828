// The events that Kubernetes' components tell of what they do, for `kubectl describe` and `kubectl get events`.

internal import Base
internal import Kube

final class EventRecorder {
    private let store: ObjectStore
    private var written: [ObjectKey] = []
    private let type = ResourceType.find(group: "", resource: "events")
    /// A real server forgets events after an hour; this one keeps as many.
    private let limit = 1000

    init(store: ObjectStore) { self.store = store }

    func record(
        _ object: JSONValue, _ reason: String, _ message: String, from component: String, host: String? = nil,
        type severity: JSONValue = "Normal"
    ) {
        guard let type else { return }
        let key = ObjectStore.key(object)
        let namespace = key.namespace.isEmpty ? "default" : key.namespace
        let now: JSONValue = .string(store.clock().rfc3339)
        let suffix =
            String(UInt64(clamping: max(0, store.clock().seconds * 1e6)), radix: 16)
            + String(store.version % 4096, radix: 16)
        var event = Make.object("v1", "Event", namespace, "\(key.name).\(suffix)")
        var involved: JSONValue = ["kind": object["kind"] ?? "", "name": .string(key.name)]
        if !key.namespace.isEmpty { involved["namespace"] = .string(key.namespace) }
        involved["uid"] = object.at("metadata", "uid")
        involved["apiVersion"] = object["apiVersion"]
        involved["resourceVersion"] = object.at("metadata", "resourceVersion")
        event["involvedObject"] = involved
        event["reason"] = .string(reason)
        event["message"] = .string(message)
        event["source"] =
            host.map { ["component": .string(component), "host": .string($0)] } ?? ["component": .string(component)]
        event["firstTimestamp"] = now
        event["lastTimestamp"] = now
        event["count"] = 1
        event["type"] = severity
        event["reportingComponent"] = .string(component)
        event["reportingInstance"] = .string(host ?? "")
        store.create(type, event)
        written.append(ObjectKey(namespace, "\(key.name).\(suffix)"))
        if written.count > limit { store.delete(type, written.removeFirst()) }
    }

    func scheduled(_ pod: JSONValue) {
        let key = ObjectStore.key(pod)
        let node = pod.at("spec", "nodeName")?.string ?? ""
        record(
            pod, "Scheduled", "Successfully assigned \(key.namespace)/\(key.name) to \(node)", from: "default-scheduler"
        )
    }

    func started(_ pod: JSONValue) {
        let node = pod.at("spec", "nodeName")?.string
        for container in pod["spec"]?.list("containers") ?? [] {
            let name = container["name"]?.string ?? ""
            let image = container["image"]?.string ?? ""
            record(
                pod, "Pulled", "Container image \"\(image)\" already present on machine", from: "kubelet", host: node)
            record(pod, "Created", "Created container: \(name)", from: "kubelet", host: node)
            record(pod, "Started", "Started container \(name)", from: "kubelet", host: node)
        }
    }
}
