// Which client proxies to ask about breakers: few, and those that would know.

enum EnvoyChoice {
    /// One ready pod with a sidecar of each workload that calls a host with a DestinationRule, busiest first.
    static func clients(objects: ClusterObjects, reading: MetricsReading?, limit: Int) -> [ObjectKey] {
        guard let reading else { return [] }
        var guarded: Set<ServiceID> = []
        for rule in objects.configs[.destinationrules]?.values.map({ $0 }) ?? [] {
            guard let host = rule.spec["host"]?.string,
                let id = HostNames.service(host, from: rule.meta.namespace)
            else { continue }
            guarded.insert(id)
        }
        var rates: [ObjectKey: Double] = [:]
        for edge in EdgeReconciler(reading).edges where guarded.contains(edge.service) {
            let flagged = edge.flags["UO", default: 0] + edge.flags["UH", default: 0]
            // A client that is being refused knows most.
            rates[ObjectKey(edge.source.namespace, edge.source.workload), default: 0] +=
                (edge.requestsPerSecond ?? 0) + flagged * 1000
        }
        let wanted = rates.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        var podOf: [ObjectKey: ObjectKey] = [:]
        for pod in objects.pods.values where pod.isReady && pod.hasSidecar && !pod.meta.isDeleting {
            guard let owner = pod.workload else { continue }
            let workload = ObjectKey(pod.meta.namespace, owner.name)
            if let known = podOf[workload], known < pod.meta.key { continue }
            podOf[workload] = pod.meta.key
        }
        return wanted.compactMap { podOf[$0.key] }
    }
}
