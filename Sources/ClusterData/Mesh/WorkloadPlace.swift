// Where workloads are: in the stores of the kinds that are read, or in their pods alone.

/// A workload's place among all: sorted by namespace and name.
struct WorkloadPlace: Sendable {
    var owner: PodOwner

    static func sorted(_ objects: ClusterObjects) -> [WorkloadPlace] {
        var places: [PodOwner] = []
        func add(_ kind: WatchedKind, _ keys: some Sequence<ObjectKey>) {
            for key in keys { places.append(PodOwner(kind: kind.kind, namespace: key.namespace, name: key.name)) }
        }
        add(.deployments, objects.deployments.keys)
        add(.statefulsets, objects.statefulSets.keys)
        add(.daemonsets, objects.daemonSets.keys)
        add(.rollouts, objects.rollouts.keys)
        places += objects.pods.owners.filter { isKnownByPodsAlone($0, objects) }
        return places.sorted().map(WorkloadPlace.init)
    }

    /// Kinds that nobody reads, and those that may not be read. Of a kind that is read, pods without their workload are
    /// left over from one that is gone, or came before it.
    private static func isKnownByPodsAlone(_ owner: PodOwner, _ objects: ClusterObjects) -> Bool {
        let kind: WatchedKind
        switch owner.kind {
        case "Deployment": kind = .deployments
        case "StatefulSet": kind = .statefulsets
        case "DaemonSet": kind = .daemonsets
        case "Rollout": kind = .rollouts
        default: return true
        }
        switch objects.states[kind]?.state ?? .starting {
        case .ok, .starting, .slow, .stale: return false
        case .absent, .forbidden, .down, .unauthorized: return WorkloadPlace(owner: owner).stored(objects) == nil
        }
    }

    private func stored(_ objects: ClusterObjects) -> Workload? {
        switch owner.kind {
        case "Deployment": objects.deployments[owner.key]
        case "StatefulSet": objects.statefulSets[owner.key]
        case "DaemonSet": objects.daemonSets[owner.key]
        case "Rollout": objects.rollouts[owner.key]?.workload
        default: nil
        }
    }

    func workload(_ objects: ClusterObjects) -> Workload? {
        guard var workload = stored(objects) else {
            let groups = objects.pods.groups(of: owner)
            guard !groups.isEmpty else { return nil }
            return Workload(of: owner, groups, ready: objects.pods.count(of: owner).ready)
        }
        workload.kind = owner.kind
        // A Rollout's own count is as old as its controller's last look.
        if owner.kind == "Rollout", objects.states[.pods]?.state == .ok {
            workload.readyReplicas = objects.pods.count(of: owner).ready
        }
        // The template of a Rollout may be that of the Deployment that it refers to.
        if workload.podLabels.isEmpty { workload.takeTemplate(objects.pods.groups(of: owner)) }
        return workload
    }
}
