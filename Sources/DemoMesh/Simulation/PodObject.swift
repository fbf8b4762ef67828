// A pod as the API shows it, from its creation until it is ready.

internal import Base
internal import Kube

enum PodObject {
    static func make(
        _ key: ObjectKey, template: JSONValue, hash: String?, owner: JSONValue, node: String, ip: String, isReady: Bool,
        now: Timestamp
    ) -> JSONValue {
        var labels = template.at("metadata", "labels")?.stringMap ?? [:]
        if let hash { labels["pod-template-hash"] = hash }
        let spec = template["spec"] ?? [:]
        var pod = Make.object("v1", "Pod", key.namespace, key.name, labels: labels, spec: spec)
        // As controllers make them, StatefulSets as well: metrics name the workload of no other pod by its owner.
        pod.set(["metadata", "generateName"], to: .string("\(owner.at("metadata", "name")?.string ?? "")-"))
        pod.set(["metadata", "annotations"], to: template.at("metadata", "annotations"))
        pod.set(
            ["metadata", "ownerReferences"],
            to: [
                [
                    "apiVersion": "apps/v1", "kind": owner["kind"] ?? "", "name": owner.at("metadata", "name") ?? "",
                    "uid": owner.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
                ]
            ])
        schedule(&pod, node: node, ip: ip, now: now)
        if isReady { markReady(&pod, now) }
        return pod
    }

    /// Bound to a node, with an address, its containers on the way.
    static func schedule(_ pod: inout JSONValue, node: String, ip: String, now: Timestamp) {
        let names = (pod["spec"]?.list("containers") ?? []).compactMap(\.["name"]?.string)
        pod.set(["spec", "nodeName"], to: .string(node))
        pod["status"] = [
            "phase": "Pending", "podIP": .string(ip), "podIPs": [["ip": .string(ip)]],
            "hostIP": .string(NodeObject.address(of: node)), "startTime": .string(now.rfc3339),
            "qosClass": pod.at("status", "qosClass") ?? "Burstable",
            "conditions": [["type": "PodScheduled", "status": "True"], ["type": "Ready", "status": "False"]],
            "containerStatuses": .array(
                names.map {
                    [
                        "name": .string($0), "ready": false, "started": false, "restartCount": 0,
                        "image": image($0, pod),
                        "imageID": "", "state": ["waiting": ["reason": "ContainerCreating"]],
                    ]
                }),
        ]
    }

    private static func image(_ container: String, _ pod: JSONValue) -> JSONValue {
        (pod["spec"]?.list("containers") ?? []).first { $0["name"]?.string == container }?["image"] ?? ""
    }

    static func markReady(_ pod: inout JSONValue, _ now: Timestamp) {
        let started: JSONValue = .string(now.rfc3339)
        let names = (pod.at("spec", "containers")?.array ?? []).compactMap(\.["name"]?.string)
        pod.set(["status", "phase"], to: "Running")
        if pod.at("status", "startTime") == nil { pod.set(["status", "startTime"], to: started) }
        pod.set(
            ["status", "conditions"],
            to: [
                ["type": "PodScheduled", "status": "True"], ["type": "Initialized", "status": "True"],
                ["type": "ContainersReady", "status": "True"],
                ["type": "Ready", "status": "True", "lastTransitionTime": started],
            ])
        pod.set(
            ["status", "containerStatuses"],
            to: .array(
                names.map {
                    [
                        "name": .string($0), "ready": true, "started": true, "restartCount": 0, "image": image($0, pod),
                        "imageID": "", "state": ["running": ["startedAt": started]],
                    ]
                }))
    }
}
