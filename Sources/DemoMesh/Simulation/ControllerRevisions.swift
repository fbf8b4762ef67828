// The ControllerRevisions of StatefulSets and DaemonSets: one for each template, numbered as they became current.

internal import Base
internal import Kube

extension WorkloadController {
    /// Makes the revision of a template that is new, and gives an old one that is current again the next number.
    func ensureControllerRevision(_ key: ObjectKey, _ type: ResourceType, _ workload: JSONValue, _ hash: String) {
        guard newestTemplate[key] != hash,
            let revisionType = ResourceType.find(group: "apps", resource: "controllerrevisions")
        else { return }
        newestTemplate[key] = hash
        let name = ObjectKey(key.namespace, "\(key.name)-\(hash)")
        let own = store.entries(revisionType, namespace: key.namespace).filter {
            ($0.value["metadata"] ?? [:]).list("ownerReferences").contains {
                $0["uid"] == workload.at("metadata", "uid")
            }
        }
        let newest = own.compactMap { $0.value["revision"]?.int }.max() ?? 0
        if var known = store.get(revisionType, name) {
            guard known["revision"]?.int != newest else { return }
            known["revision"] = .int(Int64(newest + 1))
            store.update(revisionType, known)
            return
        }
        var template = workload.at("spec", "template") ?? [:]
        // The way the controllers write it: a patch that puts back the whole template.
        template["$patch"] = "replace"
        var labels = workload.at("spec", "selector", "matchLabels")?.stringMap ?? [:]
        labels[type.resource == "daemonsets" ? "controller-revision-hash" : "controller.kubernetes.io/hash"] = hash
        var revision = Make.object("apps/v1", "ControllerRevision", key.namespace, name.name, labels: labels)
        revision["data"] = ["spec": ["template": template]]
        revision["revision"] = .int(Int64(newest + 1))
        revision.set(
            ["metadata", "ownerReferences"],
            to: [
                [
                    "apiVersion": "apps/v1", "kind": .string(type.kind), "name": .string(key.name),
                    "uid": workload.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
                ]
            ])
        store.create(revisionType, revision)
    }
}
