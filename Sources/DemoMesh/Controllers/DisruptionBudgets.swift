// What the disruption controller and the eviction subresource do: count what each budget leaves, and refuse.
// https://kubernetes.io/docs/tasks/run-application/configure-pdb/

internal import Base
internal import Kube

struct DisruptionBudgets {
    let store: ObjectStore

    private static let type = ResourceType.find(group: "policy", resource: "poddisruptionbudgets")
    private static let podType = ResourceType.find(group: "", resource: "pods")

    /// What a budget comes to now, in pods.
    struct Count: Equatable {
        var expected: Int
        var healthy: Int
        var desired: Int
        var allowed: Int { max(0, healthy - desired) }
    }

    // MARK: Status

    /// Writes the status of every budget, where it changed.
    func refresh() {
        guard let type = Self.type else { return }
        for entry in store.entries(type) {
            var budget = entry.value
            let count = count(budget)
            let isAllowed = count.allowed > 0
            let before = (budget["status"] ?? [:]).list("conditions").first
            let state: JSONValue = isAllowed ? "True" : "False"
            let time = before?["status"] == state ? before?["lastTransitionTime"] : nil
            let generation = budget.at("metadata", "generation") ?? 1
            budget["status"] = [
                "observedGeneration": generation, "disruptionsAllowed": .int(Int64(count.allowed)),
                "currentHealthy": .int(Int64(count.healthy)), "desiredHealthy": .int(Int64(count.desired)),
                "expectedPods": .int(Int64(count.expected)),
                "conditions": [
                    [
                        "type": "DisruptionAllowed", "status": state,
                        "reason": isAllowed ? "SufficientPods" : "InsufficientPods", "message": "",
                        "observedGeneration": generation,
                        "lastTransitionTime": time ?? .string(store.clock().rfc3339),
                    ]
                ],
            ]
            store.update(type, budget)
        }
    }

    private func count(_ budget: JSONValue) -> Count {
        let pods = pods(of: budget)
        let healthy = pods.filter(Self.isHealthy).count
        if let least = budget.at("spec", "minAvailable") {
            if let number = least.int { return Count(expected: pods.count, healthy: healthy, desired: number) }
            let expected = wanted(pods)
            return Count(expected: expected, healthy: healthy, desired: Self.share(least, of: expected))
        }
        let expected = wanted(pods)
        guard let most = budget.at("spec", "maxUnavailable") else {
            return Count(expected: expected, healthy: healthy, desired: 0)
        }
        return Count(
            expected: expected, healthy: healthy,
            desired: max(0, expected - (most.int ?? Self.share(most, of: expected))))
    }

    /// A share of pods, rounded up as Kubernetes does.
    private static func share(_ value: JSONValue, of expected: Int) -> Int {
        let percent = value.string.flatMap { Int($0.drop { $0 == "+" }.prefix { $0.isNumber }) } ?? 0
        return (expected * percent + 99) / 100
    }

    private func pods(of budget: JSONValue) -> [JSONValue] {
        guard let podType = Self.podType else { return [] }
        let namespace = budget.at("metadata", "namespace")?.string ?? ""
        return store.list(podType, namespace: namespace).filter { Self.selects(budget, $0) }
    }

    /// An empty selector selects all pods of the namespace, none selects none.
    private static func selects(_ budget: JSONValue, _ pod: JSONValue) -> Bool {
        LabelSelector(budget.at("spec", "selector")).selects(pod.at("metadata", "labels")?.stringMap ?? [:])
    }

    private static func isHealthy(_ pod: JSONValue) -> Bool {
        pod.at("metadata", "deletionTimestamp") == nil
            && (pod["status"] ?? [:]).list("conditions").contains { $0["type"] == "Ready" && $0["status"] == "True" }
    }

    /// The replicas that the pods' controllers are to have, each controller once.
    private func wanted(_ pods: [JSONValue]) -> Int {
        var found: Set<ObjectKey> = []
        var sum = 0
        for pod in pods {
            let namespace = pod.at("metadata", "namespace")?.string ?? ""
            guard var owner = controller(pod) else { continue }
            if owner["kind"] == "ReplicaSet", let type = ResourceType.find(kind: "ReplicaSet", group: "apps"),
                let set = store.get(type, ObjectKey(namespace, owner["name"]?.string ?? "")),
                let above = controller(set)
            {
                owner = above
            }
            let kind = owner["kind"]?.string ?? ""
            guard let type = ResourceType.find(kind: kind, group: "apps"), type.hasScale,
                let name = owner["name"]?.string, found.insert(ObjectKey("\(kind)/\(namespace)", name)).inserted
            else { continue }
            sum += store.get(type, ObjectKey(namespace, name))?.at("spec", "replicas")?.int ?? 1
        }
        return sum
    }

    private func controller(_ object: JSONValue) -> JSONValue? {
        (object["metadata"] ?? [:]).list("ownerReferences").first { $0["controller"] == true }
    }

    // MARK: Evictions

    /// Throws what the real server answers when a budget does not let the pod go.
    func admitEviction(of pod: JSONValue) throws(APIFailure) {
        guard let type = Self.type, !["Succeeded", "Failed", "Pending"].contains(pod.at("status", "phase")) else {
            return
        }
        let namespace = pod.at("metadata", "namespace")?.string ?? ""
        let budgets = store.list(type, namespace: namespace).filter { Self.selects($0, pod) }
        guard let budget = budgets.first else { return }
        guard budgets.count == 1 else {
            throw APIFailure(
                code: 500, reason: nil,
                message:
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
        }
        let count = count(budget)
        if !Self.isHealthy(pod) {
            // One that is down disrupts nobody, as long as the others are enough.
            if budget.at("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow" { return }
            if count.healthy >= count.desired, count.desired > 0 { return }
        }
        guard count.allowed == 0 else { return }
        let name = budget.at("metadata", "name")?.string ?? ""
        throw APIFailure(
            code: 429, reason: "TooManyRequests",
            message: "Cannot evict pod as it would violate the pod's disruption budget.",
            details: [
                "causes": [
                    [
                        "reason": "DisruptionBudget",
                        "message": .string(
                            "The disruption budget \(name) needs \(count.desired) healthy pods and has \(count.healthy) currently"
                        ),
                    ]
                ]
            ])
    }
}
