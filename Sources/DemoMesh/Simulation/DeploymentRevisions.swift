// The ReplicaSets of a Deployment: one for each template, numbered in the order in which they were current.

internal import Base
internal import Kube

extension WorkloadController {
    private static let annotation = ["metadata", "annotations", "deployment.kubernetes.io/revision"]

    /// Makes the ReplicaSet of a template that is new, and gives an old one that is current again the next number:
    /// its former number is gone then, as after `kubectl rollout undo` on a real cluster.
    func ensureRevision(_ key: ObjectKey, _ deployment: JSONValue, _ hash: String, atOnce: Bool) {
        guard newestTemplate[key] != hash, let replicaSetType, let type = kinds[key] else { return }
        newestTemplate[key] = hash
        let name = ObjectKey(key.namespace, "\(key.name)-\(hash)")
        // A new mesh has no orphans to look for.
        if revisions[key] == nil, !atOnce { adoptOrphans(key, deployment) }
        let newest = revisions[key]?.values.max() ?? 0
        let known = revisions[key]?[hash]
        let number = known == newest && newest > 0 ? newest : newest + 1
        revisions[key, default: [:]][hash] = number
        if var set = store.get(replicaSetType, name) {
            set.set(Self.annotation, to: .string(String(number)))
            store.update(replicaSetType, set)
        } else {
            store.create(replicaSetType, replicaSet(name, key, deployment, hash, number))
        }
        if var changed = store.get(type, key) {
            changed.set(Self.annotation, to: .string(String(number)))
            store.update(type, changed)
        }
    }

    func forgetRevision(_ set: ObjectKey) {
        for (key, known) in revisions where key.namespace == set.namespace && set.name.hasPrefix("\(key.name)-") {
            let hash = String(set.name.dropFirst(key.name.count + 1))
            guard known[hash] != nil else { continue }
            revisions[key]?[hash] = nil
            if newestTemplate[key] == hash { newestTemplate[key] = nil }
        }
    }

    private static func owner(_ key: ObjectKey, _ deployment: JSONValue) -> JSONValue {
        [
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "name": .string(key.name),
                "uid": deployment.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
            ]
        ]
    }

    private func replicaSet(
        _ name: ObjectKey, _ key: ObjectKey, _ deployment: JSONValue, _ hash: String, _ number: Int
    ) -> JSONValue {
        var template = deployment.at("spec", "template") ?? [:]
        template.set(["metadata", "labels", "pod-template-hash"], to: .string(hash))
        var object = Make.object(
            "apps/v1", "ReplicaSet", key.namespace, name.name,
            labels: template.at("metadata", "labels")?.stringMap ?? [:],
            spec: ["replicas": 0, "selector": deployment.at("spec", "selector") ?? [:], "template": template],
            status: ["replicas": 0])
        object.set(Self.annotation, to: .string(String(number)))
        let desired = deployment.at("spec", "replicas")?.int ?? 1
        object.set(
            ["metadata", "annotations", "deployment.kubernetes.io/desired-replicas"], to: .string(String(desired)))
        object.set(["metadata", "ownerReferences"], to: Self.owner(key, deployment))
        object.set(["spec", "selector", "matchLabels", "pod-template-hash"], to: .string(hash))
        return object
    }

    /// ReplicaSets that were left when an earlier Deployment of this name was deleted without them.
    private func adoptOrphans(_ key: ObjectKey, _ deployment: JSONValue) {
        guard let replicaSetType, let selector = LabelSelector(deployment.at("spec", "selector")) else {
            return
        }
        for entry in store.entries(replicaSetType, namespace: key.namespace)
        where entry.key.name.hasPrefix("\(key.name)-") {
            let labels = entry.value.at("metadata", "labels")
            guard entry.value["metadata"]?.list("ownerReferences").isEmpty != false,
                selector.matches(labels?.stringMap ?? [:])
            else { continue }
            let hash = String(entry.key.name.dropFirst(key.name.count + 1))
            var adopted = entry.value
            adopted.set(["metadata", "ownerReferences"], to: Self.owner(key, deployment))
            store.update(replicaSetType, adopted)
            let number = entry.value.at("metadata", "annotations", "deployment.kubernetes.io/revision")?.string
            revisions[key, default: [:]][hash] = number.flatMap { Int($0) } ?? 1
            pods[entry.key] = nil
            adoptPods(key, of: entry.value.at("metadata", "uid")?.string ?? "", hash)
        }
    }
}
