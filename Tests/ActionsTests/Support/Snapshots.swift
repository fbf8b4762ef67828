// A mesh as the planners see it, without having to wait for metrics.

import Base
import Kube
import MeshModel

enum Snapshots {
    /// Calls of `service` in the shop at 100 requests per second with a p99 of 200 ms.
    static func calls(
        to service: String = "payment", ready: Int = 3,
        from sources: [(workload: String, rate: Double, mtls: Double)] = [("checkout-v1", 100, 1)]
    ) -> MeshSnapshot {
        let id = ServiceID(namespace: "shop", name: service)
        let edges = sources.map { source in
            MeshEdge(
                source: MeshNode(namespace: "shop", workload: source.workload),
                destination: MeshNode(namespace: "shop", workload: "\(service)-v1"), service: id, host: service,
                requestsPerSecond: source.rate, mtlsRatio: source.mtls)
        }
        let clients = sources.map {
            WorkloadSummary(
                namespace: "shop", kind: "Deployment", name: $0.workload, desired: 2, ready: 2, dataPlane: .sidecar)
        }
        return MeshSnapshot(
            time: .now(), context: "meshtop-demo", sources: [SourceStatus(name: .metrics, state: .ok)],
            workloads: clients,
            services: [
                ServiceSummary(
                    id: id, requestsPerSecond: sources.reduce(0) { $0 + $1.rate },
                    latencyMs: Latency(p50: 50, p99: 200),
                    readyPods: ready)
            ], edges: edges)
    }
}
