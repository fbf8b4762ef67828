// Pods that nobody's template made: what a scheduler and a kubelet do for them.

internal import Base
internal import Kube

final class BarePods {
    private let store: ObjectStore
    private let controller: WorkloadController
    /// Waiting pods, with the time they become ready once they have a node.
    private var waiting: [ObjectKey: Timestamp?] = [:]
    private let pods = ResourceType.find(group: "", resource: "pods")

    init(store: ObjectStore, controller: WorkloadController) {
        self.store = store
        self.controller = controller
    }

    /// Told of every change in the store.
    func note(_ type: ResourceType, _ event: StoreEvent) {
        guard type.key == "pods.", event.kind != .modified else { return }
        let key = ObjectStore.key(event.object)
        if event.kind == .deleted {
            waiting[key] = nil
        } else if event.object.at("status", "podIP") == nil,
            event.object["metadata"]?.list("ownerReferences").isEmpty != false
        {
            waiting.updateValue(nil, forKey: key)
        }
    }

    func tick(now: Timestamp) {
        guard let pods, !waiting.isEmpty else { return }
        for (key, readyAt) in waiting {
            guard var pod = store.get(pods, key) else {
                waiting[key] = nil
                continue
            }
            if let readyAt {
                guard readyAt <= now else { continue }
                PodObject.markReady(&pod, now)
                waiting[key] = nil
                controller.events.started(store.update(pods, pod))
            } else {
                let (ip, node) = controller.place()
                PodObject.schedule(&pod, node: pod.at("spec", "nodeName")?.string ?? node, ip: ip, now: now)
                waiting.updateValue(now + controller.startSeconds(), forKey: key)
                controller.events.scheduled(store.update(pods, pod))
            }
        }
    }
}
