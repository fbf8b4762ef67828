// What Kubernetes' controllers would do: make and replace pods, count them, follow the autoscalers.

internal import ClusterData

/// A pod as the simulation knows it.
struct SimulatedPod {
    var key: ObjectKey
    var ip: String
    var templateHash: String
    var ordinal: Int
    /// When it becomes ready; nil once it is.
    var readyAt: Timestamp?
    var ejectedUntil: Timestamp?
    var ejections = 0

    var isReady: Bool { readyAt == nil }
}

final class WorkloadController {
    private let store: ObjectStore
    private let speed: Double
    private var random: SeededRandom
    private(set) var pods: [ObjectKey: [SimulatedPod]] = [:]
    private var unstable: Set<ObjectKey> = []
    private var kinds: [ObjectKey: ResourceType] = [:]
    private var owners: [ObjectKey: ObjectKey] = [:]
    private var nextAddress = 10
    private var nextAutoscale = Timestamp(seconds: 0)
    private var isWriting = false
    /// CPU use of a workload's pods in percent of what they asked for.
    var utilisation: [ObjectKey: Double] = [:]

    private let podType = ResourceType.find(group: "", resource: "pods")
    private let replicaSetType = ResourceType.find(group: "apps", resource: "replicasets")

    init(store: ObjectStore, speed: Double, seed: UInt64) {
        self.store = store
        self.speed = max(0.1, speed)
        random = SeededRandom(seed: seed &+ 77)
    }

    func readyPods(_ workload: ObjectKey) -> [SimulatedPod] { (pods[workload] ?? []).filter(\.isReady) }
    func workload(of pod: ObjectKey) -> ObjectKey? { owners[pod] }

    func updatePod(_ workload: ObjectKey, at index: Int, _ change: (inout SimulatedPod) -> Void) {
        guard pods[workload]?.indices.contains(index) == true else { return }
        pods[workload]?.withContiguousMutableStorageIfAvailable { change(&$0[index]) }
    }

    /// Makes every pod of a new mesh at once, ready.
    func start(now: Timestamp) {
        for resource in ["deployments", "statefulsets", "daemonsets"] {
            guard let type = ResourceType.find(group: "apps", resource: resource) else { continue }
            for key in store.keys(type) {
                kinds[key] = type
                reconcile(key, now: now, atOnce: true)
            }
        }
        unstable = []
    }

    /// Told of every change in the store.
    func note(_ type: ResourceType, _ event: StoreEvent) {
        let key = ObjectStore.key(event.object)
        if type.group == "apps", type.resource != "replicasets" {
            kinds[key] = type
            if event.object["spec"] != event.previous?["spec"] { unstable.insert(key) }
        } else if type.resource == "pods", event.kind == .deleted, !isWriting, let owner = owners[key] {
            pods[owner]?.removeAll { $0.key == key }
            owners[key] = nil
            unstable.insert(owner)
        }
    }

    func tick(now: Timestamp) {
        for key in unstable { reconcile(key, now: now, atOnce: false) }
        if now >= nextAutoscale {
            nextAutoscale = now + 15 / speed
            autoscale()
        }
    }

    // MARK: Pods

    private func reconcile(_ key: ObjectKey, now: Timestamp, atOnce: Bool) {
        guard let type = kinds[key] else { return }
        guard let object = store.get(type, key) else {
            for pod in pods[key] ?? [] { deletePod(pod, of: key) }
            pods[key] = nil
            unstable.remove(key)
            return
        }
        let hash = Self.hash(object.at("spec", "template") ?? [:])
        let desired = type.resource == "daemonsets" ? 3 : object.at("spec", "replicas")?.int ?? 1
        if object.at("spec", "paused") != true || atOnce {
            becomeReady(key, now)
            adjust(key, type, object, hash, desired, now, atOnce)
        }
        writeStatus(key, type, hash, desired)
        let all = pods[key] ?? []
        let settled = all.count == desired && all.allSatisfy { $0.isReady && $0.templateHash == hash }
        if settled { unstable.remove(key) } else { unstable.insert(key) }
    }

    private func becomeReady(_ key: ObjectKey, _ now: Timestamp) {
        for index in (pods[key] ?? []).indices {
            guard let pod = pods[key]?[index], let readyAt = pod.readyAt, readyAt <= now else { continue }
            pods[key]?[index].readyAt = nil
            writePod(pod.key) { PodObject.markReady(&$0, now) }
        }
    }

    private func adjust(
        _ key: ObjectKey, _ type: ResourceType, _ object: JSONValue, _ hash: String, _ desired: Int, _ now: Timestamp,
        _ atOnce: Bool
    ) {
        let all = pods[key] ?? []
        let current = all.filter { $0.templateHash == hash }
        let old = all.filter { $0.templateHash != hash }
        // One more than wanted while old pods are replaced; a StatefulSet replaces in place.
        let surge = old.isEmpty || type.resource == "statefulsets" ? 0 : 1
        var missing = min(desired - current.count, desired + surge - all.count)
        while missing > 0 {
            makePod(key, type, object, hash, now, atOnce)
            missing -= 1
        }
        let readyCurrent = (pods[key] ?? []).filter { $0.templateHash == hash && $0.isReady }.count
        let readyAll = (pods[key] ?? []).filter(\.isReady).count
        if let victim = old.last,
            readyAll > desired || (type.resource != "deployments" && readyCurrent == current.count)
        {
            remove(victim, from: key)
        }
        if old.isEmpty, current.count > desired {
            for pod in current.suffix(current.count - desired).reversed() { remove(pod, from: key) }
        }
    }

    private func remove(_ pod: SimulatedPod, from key: ObjectKey) {
        pods[key]?.removeAll { $0.key == pod.key }
        deletePod(pod, of: key)
    }

    private func deletePod(_ pod: SimulatedPod, of key: ObjectKey) {
        guard let podType else { return }
        owners[pod.key] = nil
        isWriting = true
        store.delete(podType, pod.key)
        isWriting = false
    }

    private func makePod(
        _ key: ObjectKey, _ type: ResourceType, _ object: JSONValue, _ hash: String, _ now: Timestamp, _ atOnce: Bool
    ) {
        guard let podType else { return }
        let used = Set((pods[key] ?? []).map(\.ordinal))
        let ordinal = (0...).first { !used.contains($0) } ?? 0
        let name: String
        switch type.resource {
        case "statefulsets": name = "\(key.name)-\(ordinal)"
        case "daemonsets": name = "\(key.name)-\(suffix())"
        default: name = "\(key.name)-\(hash)-\(suffix())"
        }
        nextAddress += 1
        let ip = "10.\(244 + nextAddress / 65000).\(nextAddress / 250 % 250).\(nextAddress % 250 + 1)"
        let podKey = ObjectKey(key.namespace, name)
        var owner = (kind: type.kind, name: key.name, uid: object.at("metadata", "uid")?.string ?? "")
        if type.resource == "deployments" {
            owner = ("ReplicaSet", "\(key.name)-\(hash)", replicaSet(key, object, hash))
        }
        var pod = PodObject.make(
            podKey, template: object.at("spec", "template") ?? [:], hash: type.resource == "deployments" ? hash : nil,
            owner: owner, node: "node-\(nextAddress % 3 + 1)", ip: ip, isReady: atOnce, now: now)
        if object.at("spec", "template", "metadata", "annotations", "sidecar.istio.io/status") != nil {
            pod.set(["metadata", "managedFields"], to: BulkyPod.managedFields)
        }
        let delay = 3 + Double(random.next() % 300) / 100
        owners[podKey] = key
        pods[key, default: []].append(
            SimulatedPod(
                key: podKey, ip: ip, templateHash: hash, ordinal: ordinal, readyAt: atOnce ? nil : now + delay / speed))
        isWriting = true
        store.create(podType, pod)
        isWriting = false
    }

    private func writePod(_ key: ObjectKey, _ change: (inout JSONValue) -> Void) {
        guard let podType, var pod = store.get(podType, key) else { return }
        change(&pod)
        isWriting = true
        store.update(podType, pod)
        isWriting = false
    }

    /// The ReplicaSet of a template, made when it is first needed; gives its uid.
    private func replicaSet(_ key: ObjectKey, _ deployment: JSONValue, _ hash: String) -> String {
        guard let replicaSetType, let type = kinds[key] else { return "" }
        let name = ObjectKey(key.namespace, "\(key.name)-\(hash)")
        if let known = store.get(replicaSetType, name) { return known.at("metadata", "uid")?.string ?? "" }
        let revision =
            (deployment.at("metadata", "annotations", "deployment.kubernetes.io/revision")?.string).flatMap { Int($0) }
            ?? 0
        var template = deployment.at("spec", "template") ?? [:]
        template.set(["metadata", "labels", "pod-template-hash"], to: .string(hash))
        var object = Make.object(
            "apps/v1", "ReplicaSet", key.namespace, name.name,
            labels: template.at("metadata", "labels")?.stringMap ?? [:],
            spec: ["replicas": 0, "selector": deployment.at("spec", "selector") ?? [:], "template": template],
            status: [:])
        object.set(
            ["metadata", "annotations"], to: ["deployment.kubernetes.io/revision": .string(String(revision + 1))])
        object.set(
            ["metadata", "ownerReferences"],
            to: [
                [
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": .string(key.name),
                    "uid": deployment.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
                ]
            ])
        object.set(["spec", "selector", "matchLabels", "pod-template-hash"], to: .string(hash))
        let made = store.create(replicaSetType, object)
        if var changed = store.get(type, key) {
            changed.set(
                ["metadata", "annotations", "deployment.kubernetes.io/revision"], to: .string(String(revision + 1)))
            store.update(type, changed)
        }
        return made.at("metadata", "uid")?.string ?? ""
    }

    private func suffix() -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<5).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
    }

    /// A stable name for a template, as pod-template-hash is.
    private static func hash(_ template: JSONValue) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in template.compactText.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        var text = ""
        for _ in 0..<9 {
            text.append(alphabet[Int(value % 27)])
            value /= 27
        }
        return text
    }

    // MARK: Status

    private func writeStatus(_ key: ObjectKey, _ type: ResourceType, _ hash: String, _ desired: Int) {
        guard var object = store.get(type, key) else { return }
        let all = pods[key] ?? []
        let ready = all.filter(\.isReady).count
        let updated = all.filter { $0.templateHash == hash }.count
        var status: JSONValue = ["observedGeneration": object.at("metadata", "generation") ?? 1]
        func put(_ name: String, _ value: Int) { if value > 0 { status[name] = .int(Int64(value)) } }
        if type.resource == "daemonsets" {
            for (name, value) in [
                ("currentNumberScheduled", all.count), ("desiredNumberScheduled", desired), ("numberAvailable", ready),
                ("numberReady", ready), ("updatedNumberScheduled", updated),
            ] { put(name, value) }
            status["numberMisscheduled"] = 0
        } else {
            put("replicas", all.count)
            put("readyReplicas", ready)
            put("availableReplicas", ready)
            put("updatedReplicas", updated)
            if ready < desired { put("unavailableReplicas", desired - ready) }
            let done = ready >= desired && updated == all.count
            status["conditions"] = [
                [
                    "type": "Available", "status": .string(ready >= desired ? "True" : "False"),
                    "reason": .string(ready >= desired ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
                ],
                [
                    "type": "Progressing", "status": "True",
                    "reason": .string(done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
                ],
            ]
        }
        object["status"] = status
        store.update(type, object)
        if type.resource == "deployments" { writeReplicaSets(key) }
    }

    private func writeReplicaSets(_ key: ObjectKey) {
        guard let replicaSetType else { return }
        let all = pods[key] ?? []
        for hash in Set(all.map(\.templateHash)).union(knownHashes(key)) {
            guard var set = store.get(replicaSetType, ObjectKey(key.namespace, "\(key.name)-\(hash)")) else { continue }
            let own = all.filter { $0.templateHash == hash }
            set.set(["spec", "replicas"], to: .int(Int64(own.count)))
            set["status"] = [
                "replicas": .int(Int64(own.count)), "readyReplicas": .int(Int64(own.filter(\.isReady).count)),
            ]
            store.update(replicaSetType, set)
        }
    }

    private func knownHashes(_ key: ObjectKey) -> [String] {
        guard let replicaSetType, unstable.contains(key) else { return [] }
        return store.keys(replicaSetType).filter { $0.namespace == key.namespace && $0.name.hasPrefix("\(key.name)-") }
            .map { String($0.name.dropFirst(key.name.count + 1)) }
    }

    // MARK: Autoscaling

    private func autoscale() {
        guard let type = ResourceType.find(group: "autoscaling", resource: "horizontalpodautoscalers"),
            let deployments = ResourceType.find(group: "apps", resource: "deployments")
        else { return }
        for var hpa in store.list(type) {
            let namespace = hpa.at("metadata", "namespace")?.string ?? ""
            let target = ObjectKey(namespace, hpa.at("spec", "scaleTargetRef", "name")?.string ?? "")
            guard var deployment = store.get(deployments, target) else { continue }
            let current = deployment.at("spec", "replicas")?.int ?? 1
            let used = utilisation[target] ?? 0
            let goal = hpa["spec"]?.list("metrics").first?.at("resource", "target", "averageUtilization")?.double ?? 70
            let minimum = hpa.at("spec", "minReplicas")?.int ?? 1
            let maximum = hpa.at("spec", "maxReplicas")?.int ?? 1
            // Kubernetes leaves a deviation of a tenth alone.
            let ratio = used / goal
            var wanted = abs(ratio - 1) <= 0.1 ? current : Int((Double(current) * ratio).rounded(.up))
            wanted = min(max(wanted, minimum), maximum, max(current * 2, minimum))
            if wanted < current { wanted = max(wanted, current - 1) }
            if current > 0, wanted != current {
                deployment.set(["spec", "replicas"], to: .int(Int64(wanted)))
                store.update(deployments, deployment)
            }
            hpa["status"] = [
                "currentReplicas": .int(Int64(pods[target]?.count ?? 0)), "desiredReplicas": .int(Int64(wanted)),
                "currentMetrics": [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "current": ["averageUtilization": .int(Int64(used))]],
                    ]
                ],
                "conditions": [["type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"]],
            ]
            store.update(type, hpa)
        }
    }
}

enum PodObject {
    static func make(
        _ key: ObjectKey, template: JSONValue, hash: String?, owner: (kind: String, name: String, uid: String),
        node: String,
        ip: String, isReady: Bool, now: Timestamp
    ) -> JSONValue {
        var labels = template.at("metadata", "labels")?.stringMap ?? [:]
        if let hash { labels["pod-template-hash"] = hash }
        var spec = template["spec"] ?? [:]
        spec["nodeName"] = .string(node)
        let names = spec.list("containers").compactMap(\.["name"]?.string)
        var pod = Make.object("v1", "Pod", key.namespace, key.name, labels: labels, spec: spec)
        pod.set(
            ["metadata", "ownerReferences"],
            to: [
                [
                    "apiVersion": "apps/v1", "kind": .string(owner.kind), "name": .string(owner.name),
                    "uid": .string(owner.uid),
                    "controller": true, "blockOwnerDeletion": true,
                ]
            ])
        pod["status"] = [
            "phase": "Pending", "podIP": .string(ip), "podIPs": [["ip": .string(ip)]], "hostIP": "192.168.0.10",
            "conditions": [["type": "PodScheduled", "status": "True"], ["type": "Ready", "status": "False"]],
            "containerStatuses": .array(
                names.map {
                    [
                        "name": .string($0), "ready": false, "restartCount": 0,
                        "state": ["waiting": ["reason": "ContainerCreating"]],
                    ]
                }),
        ]
        if isReady { markReady(&pod, now) }
        return pod
    }

    static func markReady(_ pod: inout JSONValue, _ now: Timestamp) {
        let started: JSONValue = .string(now.rfc3339)
        let names = (pod.at("spec", "containers")?.array ?? []).compactMap(\.["name"]?.string)
        pod.set(["status", "phase"], to: "Running")
        pod.set(["status", "startTime"], to: started)
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
                        "name": .string($0), "ready": true, "restartCount": 0,
                        "state": ["running": ["startedAt": started]],
                    ]
                }))
    }
}
