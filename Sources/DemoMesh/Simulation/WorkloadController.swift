// What Kubernetes' controllers would do: make and replace pods, count them, follow the autoscalers.

internal import Base
internal import Insights
internal import Kube

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
    let store: ObjectStore
    let events: EventRecorder
    /// Pods that a workload gets at a time, as Kubernetes' controllers make them, and how many the quota lets it have.
    private static let (burst, mostPods) = (500, 2000)
    private let speed: Double
    private var random: SeededRandom
    var pods: [ObjectKey: [SimulatedPod]] = [:]
    private(set) var unstable: Set<ObjectKey> = []
    private(set) var kinds: [ObjectKey: ResourceType] = [:]
    private var owners: [ObjectKey: ObjectKey] = [:]
    private var nextAddress = 10
    private var nextAutoscale = Timestamp(seconds: 0)
    /// An autoscaler changed: its bounds hold at once, whenever the next look at the load is.
    private var boundsChanged = false
    private var isWriting = false
    /// The revisions of each Deployment by template, and the template that is the newest.
    var revisions: [ObjectKey: [String: Int]] = [:]
    var newestTemplate: [ObjectKey: String] = [:]
    /// CPU use of a workload's pods in percent of what they asked for.
    var utilisation: [ObjectKey: Double] = [:]

    let podType = ResourceType.find(group: "", resource: "pods")
    private let nodeType = ResourceType.find(group: "", resource: "nodes")
    let replicaSetType = ResourceType.find(group: "apps", resource: "replicasets")

    init(store: ObjectStore, speed: Double, seed: UInt64) {
        self.store = store
        events = EventRecorder(store: store)
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
        switch type.key {
        case "replicasets.apps": noteReplicaSet(type, key, event)
        case "controllerrevisions.apps": break
        case _ where type.group == "apps":
            // At once: the next object of that name may come before the next tick.
            if event.kind == .deleted { return forget(key) }
            kinds[key] = type
            if event.object["spec"] != event.previous?["spec"] { unstable.insert(key) }
        case "horizontalpodautoscalers.autoscaling" where event.object["spec"] != event.previous?["spec"]:
            boundsChanged = true
        case "nodes." where event.kind != .modified:
            for (workload, kind) in kinds where kind.resource == "daemonsets" { unstable.insert(workload) }
        case "pods." where event.kind == .deleted && !isWriting:
            guard let owner = owners[key] else { return }
            pods[owner]?.removeAll { $0.key == key }
            owners[key] = nil
            unstable.insert(owner)
        default: break
        }
    }

    /// One that a Deployment owns is the Deployment's business; one that nobody owns keeps its own pods.
    private func noteReplicaSet(_ type: ResourceType, _ key: ObjectKey, _ event: StoreEvent) {
        if let owner = event.object["metadata"]?.list("ownerReferences").first, event.kind != .deleted {
            kinds[key] = nil
            guard owner["kind"] == "Deployment" else { return }
        } else if event.kind == .deleted {
            if kinds[key] == nil { forgetRevision(key) } else { forget(key) }
        } else {
            kinds[key] = type
            unstable.insert(key)
        }
    }

    func tick(now: Timestamp) {
        for key in unstable { reconcile(key, now: now, atOnce: false) }
        if boundsChanged {
            boundsChanged = false
            keepBounds()
        }
        if now >= nextAutoscale {
            nextAutoscale = now + 15 / speed
            autoscale()
        }
    }

    // MARK: Pods

    private func reconcile(_ key: ObjectKey, now: Timestamp, atOnce: Bool) {
        guard let type = kinds[key] else {
            unstable.remove(key)
            return
        }
        guard let object = store.get(type, key) else { return forget(key) }
        let hash = type.resource == "replicasets" ? "" : Self.hash(object.at("spec", "template") ?? [:])
        let desired = type.resource == "daemonsets" ? nodes.count : object.at("spec", "replicas")?.int ?? 1
        if pods[key] == nil, !atOnce { adoptPods(key, of: object.at("metadata", "uid")?.string ?? "", hash) }
        if object.at("spec", "paused") != true || atOnce {
            becomeReady(key, now)
            switch type.resource {
            case "deployments": ensureRevision(key, object, hash, atOnce: atOnce)
            case "statefulsets", "daemonsets": ensureControllerRevision(key, type, object, hash)
            default: break
            }
            adjust(key, type, object, hash, desired, now, atOnce)
        }
        writeStatus(key, type, hash, desired, now)
        let all = pods[key] ?? []
        let settled =
            all.count == desired
            && all.allSatisfy { $0.isReady && ($0.templateHash == hash || !UpdateStrategy(object).replaces($0)) }
        if settled { unstable.remove(key) } else { unstable.insert(key) }
    }

    private var nodes: [String] { nodeType.map { store.keys($0).map(\.name) } ?? [] }

    /// Its pods went with it, or were left to themselves on purpose.
    private func forget(_ key: ObjectKey) {
        for pod in pods[key] ?? [] { owners[pod.key] = nil }
        pods[key] = nil
        kinds[key] = nil
        revisions[key] = nil
        newestTemplate[key] = nil
        unstable.remove(key)
    }

    /// Takes over pods that are there already: of a ReplicaSet that lost its Deployment.
    func adoptPods(_ key: ObjectKey, of uid: String, _ hash: String) {
        guard let podType else { return }
        for entry in store.entries(podType, namespace: key.namespace)
        where entry.value["metadata"]?.list("ownerReferences").contains(where: { $0["uid"]?.string == uid }) == true {
            let isReady = (entry.value["status"]?.list("conditions") ?? []).contains {
                $0["type"] == "Ready" && $0["status"] == "True"
            }
            let adopted = SimulatedPod(
                key: entry.key, ip: entry.value.at("status", "podIP")?.string ?? "", templateHash: hash,
                ordinal: pods[key]?.count ?? 0, readyAt: isReady ? nil : store.clock())
            owners[entry.key] = key
            pods[key, default: []].append(adopted)
        }
    }

    private func becomeReady(_ key: ObjectKey, _ now: Timestamp) {
        for index in (pods[key] ?? []).indices {
            guard let pod = pods[key]?[index], let readyAt = pod.readyAt, readyAt <= now else { continue }
            pods[key]?[index].readyAt = nil
            writePod(pod.key) { PodObject.markReady(&$0, now) }
            if let podType, let object = store.get(podType, pod.key) { events.started(object) }
        }
    }

    private func adjust(
        _ key: ObjectKey, _ type: ResourceType, _ object: JSONValue, _ hash: String, _ desired: Int, _ now: Timestamp,
        _ atOnce: Bool
    ) {
        let all = pods[key] ?? []
        let current = all.filter { $0.templateHash == hash }
        let old = all.filter { $0.templateHash != hash && UpdateStrategy(object).replaces($0) }
        // One more than wanted while old pods are replaced; a StatefulSet replaces in place.
        let surge = old.isEmpty || type.resource == "statefulsets" ? 0 : 1
        let missing = min(desired - current.count, desired + surge - all.count)
        let (most, room) = atOnce ? (missing, missing) : (Self.burst, max(0, Self.mostPods - all.count))
        for ordinal in freeOrdinals(key, max(0, min(missing, most, room))) {
            makePod(key, type, object, hash, now, atOnce, ordinal)
        }
        if missing > room, room > 0 {
            var owner = object
            owner["kind"] = .string(type.kind)
            events.record(
                owner, "FailedCreate",
                "Error creating: pods is forbidden: exceeded quota: demo, limited: pods=\(Self.mostPods)",
                from: "\(type.singular)-controller", type: "Warning")
        }
        let readyCurrent = (pods[key] ?? []).filter { $0.templateHash == hash && $0.isReady }.count
        let readyAll = (pods[key] ?? []).filter(\.isReady).count
        if let victim = old.last,
            readyAll > desired || (type.resource != "deployments" && readyCurrent == current.count)
        {
            remove(victim, from: key)
        }
        if old.isEmpty, all.count > desired {
            for pod in all.suffix(all.count - desired).reversed() { remove(pod, from: key) }
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

    private func freeOrdinals(_ key: ObjectKey, _ count: Int) -> [Int] {
        let used = Set((pods[key] ?? []).map(\.ordinal))
        return Array((0..<(used.count + count)).lazy.filter { !used.contains($0) }.prefix(count))
    }

    private func makePod(
        _ key: ObjectKey, _ type: ResourceType, _ object: JSONValue, _ hash: String, _ now: Timestamp, _ atOnce: Bool,
        _ ordinal: Int
    ) {
        guard let podType else { return }
        var (template, hash) = (object.at("spec", "template") ?? [:], hash)
        if UpdateStrategy(object).keepsOld(ordinal), let old = oldRevision(key, object) { (template, hash) = old }
        let name =
            switch type.resource {
            case "statefulsets": "\(key.name)-\(ordinal)"
            case "deployments": "\(key.name)-\(hash)-\(suffix())"
            default: "\(key.name)-\(suffix())"
            }
        let (ip, node) = place(onNode: type.resource == "daemonsets" ? ordinal : nil)
        let podKey = ObjectKey(key.namespace, name)
        var owner = object
        owner["kind"] = .string(type.kind)
        if type.resource == "deployments", let replicaSetType,
            let set = store.get(replicaSetType, ObjectKey(key.namespace, "\(key.name)-\(hash)"))
        {
            owner = set
            owner["kind"] = "ReplicaSet"
        }
        var pod = PodObject.make(
            podKey, template: template, hash: type.resource == "deployments" ? hash : nil,
            owner: owner, node: node, ip: ip, isReady: atOnce, now: now)
        if object.at("spec", "template", "metadata", "annotations", "sidecar.istio.io/status") != nil {
            pod.set(["metadata", "managedFields"], to: BulkyPod.managedFields)
        }
        owners[podKey] = key
        pods[key, default: []].append(
            SimulatedPod(
                key: podKey, ip: ip, templateHash: hash, ordinal: ordinal, readyAt: atOnce ? nil : now + startSeconds())
        )
        isWriting = true
        let made = store.create(podType, pod)
        isWriting = false
        guard !atOnce else { return }
        events.record(owner, "SuccessfulCreate", "Created pod: \(name)", from: "\(type.singular)-controller")
        events.scheduled(made)
    }

    /// An address and a node for one more pod, the nodes in turn unless one is asked for.
    func place(onNode index: Int? = nil) -> (ip: String, node: String) {
        nextAddress += 1
        let ip = "10.\(244 + nextAddress / 65000).\(nextAddress / 250 % 250).\(nextAddress % 250 + 1)"
        let nodes = nodes
        return (ip, nodes.isEmpty ? "" : nodes[(index ?? nextAddress) % nodes.count])
    }

    /// How long a pod takes from its creation to readiness.
    func startSeconds() -> Double { (3 + Double(random.next() % 300) / 100) / speed }

    private func writePod(_ key: ObjectKey, _ change: (inout JSONValue) -> Void) {
        guard let podType, var pod = store.get(podType, key) else { return }
        change(&pod)
        isWriting = true
        store.update(podType, pod)
        isWriting = false
    }

    private func suffix() -> String {
        String((0..<5).map { _ in StableName.alphabet[Int(random.next() % UInt64(StableName.alphabet.count))] })
    }

    /// A stable name for a template, as pod-template-hash is.
    private static func hash(_ template: JSONValue) -> String {
        StableName.of(StableName.canonical(template), length: 9)
    }
}
