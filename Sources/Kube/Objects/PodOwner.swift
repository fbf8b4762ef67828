// Which workload a pod belongs to, by its metadata alone. Istio names workloads in its metrics by the same rule.
// https://github.com/istio/istio/blob/master/pkg/kube/util.go, GetWorkloadMetaFromPod

/// A workload by kind and name. What made a pod stands at the end of the chain of its controllers: the Deployment or
/// Rollout behind a ReplicaSet, the CronJob behind a Job, whatever custom kind there is; else the pod itself.
package struct PodOwner: Sendable, Hashable, Comparable {
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String = "", namespace: String = "", name: String = "") {
        (self.kind, self.namespace, self.name) = (kind, namespace, name)
    }

    package var key: ObjectKey { ObjectKey(namespace, name) }

    package static func < (left: PodOwner, right: PodOwner) -> Bool {
        (left.namespace, left.name, left.kind) < (right.namespace, right.name, right.kind)
    }

    /// What a pod itself names as its controller; the pod where it names none.
    package init(maker pod: ObjectMeta) {
        namespace = pod.namespace
        guard pod.isControlled, let kind = pod.ownerKind, let name = pod.ownerName, !name.isEmpty else {
            (self.kind, self.name) = ("Pod", pod.name)
            return
        }
        (self.kind, self.name) = (kind, name)
    }

    /// From a pod's metadata: ReplicaSets and Jobs are not read. Their names and the pod's labels tell who made them,
    /// as long as that is there: `ClusterObjects.owner(of:)` looks.
    package init(_ pod: ObjectMeta) {
        self.init(maker: pod)
        switch kind {
        case "ReplicaSet":
            for (label, maker) in [("pod-template-hash", "Deployment"), ("rollouts-pod-template-hash", "Rollout")] {
                guard let hash = pod.labels[label], !hash.isEmpty, name.hasSuffix(hash) else { continue }
                self.kind = maker
                if name.hasSuffix("-\(hash)") { self.name = String(name.dropLast(hash.count + 1)) }
                break
            }
        case "ReplicationController":
            if let config = pod.labels["deploymentconfig"], !config.isEmpty {
                (self.kind, self.name) = ("DeploymentConfig", config)
            }
        case "Job":
            let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
            let rest = name.dropLast(digits)
            if (8...10).contains(digits), rest.count > 1, rest.hasSuffix("-") {
                (self.kind, self.name) = ("CronJob", String(rest.dropLast()))
            }
        default: break
        }
    }
}
