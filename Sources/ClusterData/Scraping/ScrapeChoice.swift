// Which sidecars to scrape where there is no Prometheus: those behind what somebody looks at, few of each workload.

internal import Istio
internal import Kube
internal import MeshModel

enum ScrapeChoice {
    /// No more than this many pods in a round, and of a workload.
    static let mostPods = 30
    static let mostOfOne = 2

    /// `interest` are the services on the screen, the most important first; without any, all. The pods that were chosen
    /// before stay chosen: a rate takes two pages of the same proxy.
    static func targets(
        _ objects: ClusterObjects, interest: [ServiceID], before: Set<ObjectKey>
    ) -> [ScrapeTarget] {
        var pods: [ObjectKey: [Pod]] = [:]
        for pod in objects.pods.values where pod.isReady && pod.hasSidecar && !pod.meta.isDeleting {
            pods[pod.workload.key, default: []].append(pod)
        }
        var order: [ObjectKey] = []
        var taken: Set<ObjectKey> = []
        func take(_ workload: ObjectKey) { if taken.insert(workload).inserted { order.append(workload) } }
        let wanted = interest.compactMap { objects.services[ObjectKey($0.namespace, $0.name)] }
        for service in wanted where !service.selector.isEmpty {
            for (workload, found) in pods.sorted(by: { $0.key < $1.key })
            where workload.namespace == service.meta.namespace {
                guard let pod = found.first, service.selector.allSatisfy({ pod.meta.labels[$0.key] == $0.value })
                else { continue }
                take(workload)
            }
        }
        // What room is left goes to the rest of the mesh, so that callers are seen too.
        pods.keys.sorted().forEach(take)
        let chosen = order.map { workload in
            (pods[workload] ?? []).map(\.meta.key).sorted {
                (before.contains($0) ? 0 : 1, $0.name) < (before.contains($1) ? 0 : 1, $1.name)
            }
        }
        // One of each before a second of any: a workload that is not asked is not known at all.
        var targets: [ScrapeTarget] = []
        for round in 0..<mostOfOne {
            for (workload, names) in zip(order, chosen) where names.count > round && targets.count < mostPods {
                targets.append(ScrapeTarget(pod: names[round], workload: workload))
            }
        }
        return targets
    }
}
