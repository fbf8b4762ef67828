// Which client proxies to ask about breakers: few at a time, those that would know first.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

enum EnvoyChoice {
    /// Ready pods with a sidecar, of the workloads that call a host with a DestinationRule, busiest workload first and
    /// one pod of each before a second of any. Without edges, of every workload. `turn` moves on through the pods
    /// where there are more than `limit`, so that every proxy has its turn.
    static func clients(objects: ClusterObjects, edges: [MeshEdge]?, limit: Int, turn: Int) -> [ObjectKey] {
        var pods: [ObjectKey: [ObjectKey]] = [:]
        for pod in objects.pods.values where pod.isReady && pod.hasSidecar && !pod.meta.isDeleting {
            pods[pod.workload.key, default: []].append(pod.meta.key)
        }
        let workloads = edges.map { order($0, guarded(objects)) } ?? pods.keys.sorted()
        let queues = workloads.compactMap { pods[$0]?.sorted() }
        var wanted: [ObjectKey] = []
        for round in 0..<(queues.map(\.count).max() ?? 0) {
            for queue in queues where round < queue.count { wanted.append(queue[round]) }
        }
        guard wanted.count > limit else { return wanted }
        let start = turn * limit % wanted.count
        return Array((wanted + wanted)[start..<(start + limit)])
    }

    /// Services that a DestinationRule is for.
    private static func guarded(_ objects: ClusterObjects) -> Set<ServiceID> {
        var guarded: Set<ServiceID> = []
        for rule in objects.configs[.destinationrules]?.values.map({ $0 }) ?? [] {
            guard let host = rule.spec["host"]?.string, let id = HostNames.service(host, from: rule.meta.namespace)
            else { continue }
            guarded.insert(id)
        }
        return guarded
    }

    private static func order(_ edges: [MeshEdge], _ guarded: Set<ServiceID>) -> [ObjectKey] {
        var rates: [ObjectKey: Double] = [:]
        for edge in edges where guarded.contains(edge.service) {
            let flagged = edge.flags["UO", default: 0] + edge.flags["UH", default: 0]
            // A client that is being refused knows most.
            rates[ObjectKey(edge.source.namespace, edge.source.workload), default: 0] +=
                (edge.requestsPerSecond ?? 0) + flagged * 1000
        }
        return rates.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }
}
