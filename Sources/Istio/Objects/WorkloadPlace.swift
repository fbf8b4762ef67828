// Where workloads are: in the stores of the kinds that are read, or in their pods alone.

package import Kube
internal import MeshModel

/// A workload's place among all: sorted by namespace and name.
package struct WorkloadPlace: Sendable {
    package var owner: PodOwner

    package init(owner: PodOwner) {
        self.owner = owner
    }

    package static func sorted(_ objects: ClusterObjects) -> [WorkloadPlace] {
        var places: [PodOwner] = []
        func add(_ kind: WatchedKind, _ keys: some Sequence<ObjectKey>) {
            for key in keys { places.append(PodOwner(kind: kind.kind, namespace: key.namespace, name: key.name)) }
        }
        add(.deployments, objects.deployments.keys)
        add(.statefulsets, objects.statefulSets.keys)
        add(.daemonsets, objects.daemonSets.keys)
        add(.rollouts, objects.rollouts.keys)
        // Kinds that nobody reads, what could not be read, and what is left over of a workload that is gone.
        let others = Set(objects.pods.groups.values.map(objects.owner(of:)))
        places += others.filter { WorkloadPlace(owner: $0).stored(objects) == nil }
        return places.sorted().map(WorkloadPlace.init)
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

    package func workload(_ objects: ClusterObjects) -> Workload? {
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

extension ClusterObjects {
    /// The workload at the end of a pod's chain of controllers, as far as it is known: what names and labels tell of
    /// counts while its object is listed, or may be.
    package func owner(of group: PodShare) -> PodOwner { mayStand(group.owner) ? group.owner : group.maker }
    package func owner(of pod: Pod) -> PodOwner { mayStand(pod.workload) ? pod.workload : pod.maker }

    private func mayStand(_ owner: PodOwner) -> Bool {
        let (kind, isListed): (WatchedKind, Bool)
        switch owner.kind {
        case "Deployment": (kind, isListed) = (.deployments, deployments[owner.key] != nil)
        case "Rollout": (kind, isListed) = (.rollouts, rollouts[owner.key] != nil)
        case "CronJob": (kind, isListed) = (.cronjobs, cronJobs[owner.key] != nil)
        // Named by the pods themselves, or of a kind that nobody reads.
        default: return true
        }
        return isListed || !isRead(kind, in: owner.namespace) || isOdd(kind, owner.key)
    }
}
