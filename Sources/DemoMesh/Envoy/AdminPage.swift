// A client proxy's admin page /clusters?format=json, made from the simulation.
// https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--clusters

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

extension Simulation {
    /// The page of a pod's proxy; nil when the pod has none.
    func envoyClusters(of pod: ObjectKey) -> JSONValue? {
        guard let workload = controller.workload(of: pod), let own = app(of: workload), own.hasSidecar else {
            return nil
        }
        let clients = max(1, controller.readyPods(workload).count)
        var statuses: [JSONValue] = []
        let called = own.calls.map { ServiceID(namespace: $0.namespace, name: $0.service) }
        for service in called {
            guard let target = app(service) else { continue }
            let demand = breakers.demands[service]?[workload]
            for subset in [nil] + routing.subsetNames(service).map(Optional.some) {
                statuses.append(cluster(service, target, subset, demand, clients))
            }
        }
        return ["cluster_statuses": .array(statuses)]
    }

    private func cluster(
        _ service: ServiceID, _ target: AppSpec, _ subset: String?, _ demand: BreakerBook.Demand?, _ clients: Int
    ) -> JSONValue {
        let limits = BreakerBook.Limits(routing.rules[service])
        let wanted = subset.flatMap { routing.labels(of: $0, in: service) } ?? [:]
        let pods = target.versions.filter { version in
            let labels = Make.podLabels(target, version)
            return wanted.allSatisfy { labels[$0.key] == $0.value }
        }.flatMap { controller.readyPods(ObjectKey(target.namespace, target.workloadName($0))) }
        let underWay = (demand?.rate ?? 0) / Double(clients) * (demand?.latencyMs ?? 0) / 1000
        let active = min(underWay, Double(limits.requests ?? .max))
        let receiving = pods.filter { $0.ejectedUntil == nil }.count
        func limit(_ value: Int?) -> JSONValue { .int(Int64(value ?? 4_294_967_295)) }
        return [
            "name": .string("outbound|\(target.port)|\(subset ?? "")|\(HostNames.fullName(service))"),
            "added_via_api": true,
            "circuit_breakers": [
                "thresholds": [
                    [
                        "max_connections": limit(limits.connections), "max_pending_requests": limit(limits.pending),
                        "max_requests": limit(limits.requests), "max_retries": limit(limits.retries),
                    ],
                    [
                        "priority": "HIGH", "max_connections": 1024, "max_pending_requests": 1024, "max_requests": 1024,
                        "max_retries": 3,
                    ],
                ]
            ],
            "host_statuses": .array(
                pods.enumerated().map { index, pod in
                    let part =
                        pod.ejectedUntil == nil && receiving > 0
                        ? Int(clamping: (active / Double(receiving)).rounded()) : 0
                    var health: JSONValue = ["eds_health_status": "HEALTHY"]
                    if pod.ejectedUntil != nil { health["failed_outlier_check"] = true }
                    return [
                        "address": [
                            "socket_address": ["address": .string(pod.ip), "port_value": .int(Int64(target.port))]
                        ],
                        "stats": [
                            ["name": "cx_active", "value": .string(String(max(part, 1))), "type": "GAUGE"],
                            ["name": "rq_active", "value": .string(String(part)), "type": "GAUGE"],
                        ], "health_status": health, "weight": 1, "hostname": "", "locality": [:],
                    ]
                }),
        ]
    }
}

extension Simulation {
    /// What a pod's own proxy counts: its part of its workload's series. Nil when the pod has no proxy.
    func exposition(of pod: ObjectKey) -> String? {
        guard let workload = controller.workload(of: pod), let own = app(of: workload) else { return nil }
        let isGateway = own.name.contains("gateway") && own.namespace == "istio-system"
        guard own.hasSidecar || isGateway else { return nil }
        countUntilNow()
        let part = 1 / Double(max(1, controller.readyPods(workload).count))
        return series.exposition { series in
            let labels = series.labels
            if let name = labels["pod"] { return name == pod.name && labels["namespace"] == pod.namespace ? 1 : nil }
            guard let reporter = labels["reporter"] else { return nil }
            let isOwn =
                labels["\(reporter)_workload"] == workload.name
                && labels["\(reporter)_workload_namespace"] == workload.namespace
            return isOwn ? part : nil
        }
    }
}
