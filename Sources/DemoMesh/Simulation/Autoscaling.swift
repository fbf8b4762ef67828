// What the horizontal autoscaler does: as many replicas as the load asks for, within its bounds.

internal import Base
internal import Kube

extension WorkloadController {
    /// The bounds alone, when they were changed: nobody waits for the next look at the load.
    func keepBounds() {
        guard let type = ResourceType.find(group: "autoscaling", resource: "horizontalpodautoscalers"),
            let deployments = ResourceType.find(group: "apps", resource: "deployments")
        else { return }
        for hpa in store.entries(type) {
            let target = ObjectKey(hpa.key.namespace, hpa.value.at("spec", "scaleTargetRef", "name")?.string ?? "")
            guard var deployment = store.get(deployments, target), let current = deployment.at("spec", "replicas")?.int,
                current > 0
            else { continue }
            let minimum = hpa.value.at("spec", "minReplicas")?.int ?? 1
            let wanted = min(max(current, minimum), hpa.value.at("spec", "maxReplicas")?.int ?? current)
            guard wanted != current else { continue }
            deployment.set(["spec", "replicas"], to: .int(Int64(wanted)))
            store.update(deployments, deployment)
        }
    }

    func autoscale() {
        guard let type = ResourceType.find(group: "autoscaling", resource: "horizontalpodautoscalers"),
            let deployments = ResourceType.find(group: "apps", resource: "deployments")
        else { return }
        for var hpa in store.list(type) {
            let namespace = hpa.at("metadata", "namespace")?.string ?? ""
            let target = ObjectKey(namespace, hpa.at("spec", "scaleTargetRef", "name")?.string ?? "")
            guard var deployment = store.get(deployments, target) else { continue }
            let current = deployment.at("spec", "replicas")?.int ?? 1
            // Nobody knows the load of what is no part of the scene; the real autoscaler leaves such a target alone.
            let used = utilisation[target]
            let goal = hpa["spec"]?.list("metrics").first?.at("resource", "target", "averageUtilization")?.double ?? 70
            let minimum = hpa.at("spec", "minReplicas")?.int ?? 1
            let maximum = hpa.at("spec", "maxReplicas")?.int ?? 1
            // Kubernetes leaves a deviation of a tenth alone.
            let ratio = used.map { $0 / goal } ?? 1
            var wanted = abs(ratio - 1) <= 0.1 ? current : Int(clamping: (Double(current) * ratio).rounded(.up))
            // Up by at most the double, down by one at a time; the bounds hold at once.
            wanted = min(wanted, current * 2)
            if wanted < current { wanted = max(wanted, current - 1) }
            wanted = min(max(wanted, minimum), maximum)
            if current > 0, wanted != current {
                deployment.set(["spec", "replicas"], to: .int(Int64(wanted)))
                store.update(deployments, deployment)
            }
            hpa["status"] = status(used, pods[target]?.count ?? 0, wanted)
            store.update(type, hpa)
        }
    }

    private func status(_ used: Double?, _ current: Int, _ wanted: Int) -> JSONValue {
        var status: JSONValue = ["currentReplicas": .int(Int64(current)), "desiredReplicas": .int(Int64(wanted))]
        let able: JSONValue = ["type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"]
        guard let used else {
            status["conditions"] = [
                able, ["type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"],
            ]
            return status
        }
        let percent = JSONValue.int(Int64(clamping: used))
        status["currentMetrics"] = [
            ["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": percent]]]
        ]
        status["conditions"] = [able, ["type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"]]
        return status
    }
}
