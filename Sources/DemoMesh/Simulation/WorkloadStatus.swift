// What the workload controllers report of the pods they keep.

internal import Base
internal import Kube

extension WorkloadController {
    func writeStatus(_ key: ObjectKey, _ type: ResourceType, _ hash: String, _ desired: Int, _ now: Timestamp) {
        guard var object = store.get(type, key) else { return }
        let all = pods[key] ?? []
        let ready = all.filter(\.isReady).count
        let updated = all.filter { $0.templateHash == hash }.count
        var status: JSONValue = ["observedGeneration": object.at("metadata", "generation") ?? 1]
        func put(_ name: String, _ value: Int) { if value > 0 { status[name] = .int(Int64(value)) } }
        if type.resource == "daemonsets" {
            for (name, value) in [
                ("currentNumberScheduled", all.count), ("desiredNumberScheduled", desired), ("numberReady", ready),
                ("numberMisscheduled", 0),
            ] { status[name] = .int(Int64(value)) }
            put("numberAvailable", ready)
            put("numberUnavailable", desired - ready)
            put("updatedNumberScheduled", updated)
        } else {
            status["replicas"] = .int(Int64(all.count))
            put("readyReplicas", ready)
            put("availableReplicas", ready)
        }
        switch type.resource {
        case "deployments":
            put("updatedReplicas", updated)
            put("unavailableReplicas", desired - ready)
            status["terminatingReplicas"] = 0
            let done = ready >= desired && updated == all.count
            let isAvailable = ready >= desired
            status["conditions"] = conditions(
                [
                    ("Available", isAvailable, isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
                    ("Progressing", true, done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
                ], object, now)
        case "statefulsets":
            put("updatedReplicas", updated)
            put("currentReplicas", updated == all.count ? updated : all.count - updated)
            status["updateRevision"] = .string("\(key.name)-\(hash)")
            let current = updated == all.count ? hash : all.first { $0.templateHash != hash }?.templateHash ?? hash
            status["currentRevision"] = .string("\(key.name)-\(current)")
            status["collisionCount"] = 0
        case "replicasets":
            put("fullyLabeledReplicas", all.count)
            status["terminatingReplicas"] = 0
        default: break
        }
        object["status"] = status
        store.update(type, object)
        if type.resource == "deployments" { writeReplicaSets(key) }
    }

    /// A condition keeps its time until it changes.
    private func conditions(
        _ wanted: [(type: String, isTrue: Bool, reason: String)], _ object: JSONValue, _ now: Timestamp
    ) -> JSONValue {
        let before = object["status"]?.list("conditions") ?? []
        return .array(
            wanted.map { type, isTrue, reason in
                let status: JSONValue = isTrue ? "True" : "False"
                let known = before.first { $0["type"]?.string == type }
                let time: JSONValue = .string(now.rfc3339)
                let isSame = known?["status"] == status
                return [
                    "type": .string(type), "status": status, "reason": .string(reason),
                    "lastUpdateTime": isSame && known?["reason"]?.string == reason
                        ? known?["lastUpdateTime"] ?? time : time,
                    "lastTransitionTime": isSame ? known?["lastTransitionTime"] ?? time : time,
                ]
            })
    }

    private func writeReplicaSets(_ key: ObjectKey) {
        guard let replicaSetType else { return }
        let all = pods[key] ?? []
        for hash in (revisions[key] ?? [:]).keys.sorted() {
            guard var set = store.get(replicaSetType, ObjectKey(key.namespace, "\(key.name)-\(hash)")) else { continue }
            let own = all.filter { $0.templateHash == hash }
            let ready = own.filter(\.isReady).count
            let before = set.at("spec", "replicas")?.int ?? 0
            set.set(["spec", "replicas"], to: .int(Int64(own.count)))
            var status: JSONValue = [
                "replicas": .int(Int64(own.count)), "terminatingReplicas": 0,
                "observedGeneration": set.at("metadata", "generation") ?? 1,
            ]
            if !own.isEmpty { status["fullyLabeledReplicas"] = .int(Int64(own.count)) }
            if ready > 0 {
                status["readyReplicas"] = .int(Int64(ready))
                status["availableReplicas"] = .int(Int64(ready))
            }
            set["status"] = status
            store.update(replicaSetType, set)
            if before != own.count, let type = kinds[key], let deployment = store.get(type, key) {
                events.record(
                    deployment, "ScalingReplicaSet",
                    "Scaled \(own.count > before ? "up" : "down") replica set \(key.name)-\(hash) from \(before) to \(own.count)",
                    from: "deployment-controller")
            }
        }
    }
}
