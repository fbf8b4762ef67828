// Circuit breakers and outlier ejection, per client workload and host, as Envoy keeps them per proxy.

internal import Base
internal import Glibc
internal import Insights
internal import Istio
internal import Kube
internal import MeshModel

struct BreakerBook {
    /// What one client workload asks of one host.
    struct Demand {
        var rate: Double
        var latencyMs: Double
        var overflow: Double
    }

    private(set) var demands: [ServiceID: [ObjectKey: Demand]] = [:]
    private var nextCheck: [ServiceID: Timestamp] = [:]
    private var gauges: [String: [String: Series]] = [:]
    private var fresh: [ServiceID: [ObjectKey: Demand]] = [:]

    /// The limits of a DestinationRule's host level; nil is none.
    struct Limits {
        var connections: Int?
        var pending: Int?
        var requests: Int?
        var retries: Int?

        init(_ rule: JSONValue?) {
            let pool = rule?.at("spec", "trafficPolicy", "connectionPool")
            connections = pool?.at("tcp", "maxConnections")?.int
            pending = pool?.at("http", "http1MaxPendingRequests")?.int
            requests = pool?.at("http", "http2MaxRequests")?.int
            retries = pool?.at("http", "maxRetries")?.int
        }
    }

    /// The share of requests that exceed the limits: more would be under way at each client proxy than it may have.
    func overflowShare(_ rule: JSONValue?, rate: Double, clients: Int, latencyMs: Double) -> Double {
        let limits = Limits(rule)
        guard let limit = [limits.requests, limits.connections].compactMap({ $0 }).min(), limit > 0 else { return 0 }
        let underWay = rate / Double(max(1, clients)) * latencyMs / 1000
        // Arrivals are random: the limit is touched before the mean reaches it.
        let pressure = underWay / Double(limit)
        return pressure <= 0.7 ? 0 : min(0.95, max(0, 1 - 0.9 / pressure) + 0.02)
    }

    mutating func note(_ service: ServiceID, from client: ObjectKey, rate: Double, latencyMs: Double, overflow: Double)
    {
        var demand = fresh[service]?[client] ?? Demand(rate: 0, latencyMs: latencyMs, overflow: 0)
        demand.rate += rate
        demand.latencyMs = latencyMs
        demand.overflow = max(demand.overflow, overflow)
        fresh[service, default: [:]][client] = demand
    }

    /// Lets hosts return whose time is over.
    mutating func expire(_ controller: WorkloadController, at time: Timestamp) {
        if !fresh.isEmpty { demands = fresh }
        fresh = [:]
        for (workload, pods) in controller.pods {
            for (index, pod) in pods.enumerated() {
                if let until = pod.ejectedUntil, until <= time {
                    controller.updatePod(workload, at: index) { $0.ejectedUntil = nil }
                }
            }
        }
    }

    /// Ejects hosts that fail often enough in a row, as far as maxEjectionPercent allows (one host always may be).
    mutating func eject(_ simulation: Simulation, at time: Timestamp, speed: Double, random: inout SeededRandom) {
        for (service, rule) in simulation.routing.rules.sorted(by: { $0.key < $1.key }) {
            guard let outlier = rule.at("spec", "trafficPolicy", "outlierDetection"), let app = simulation.app(service)
            else { continue }
            let interval = Durations.seconds(outlier["interval"]?.string ?? "10s") ?? 10
            guard time >= nextCheck[service] ?? Timestamp(seconds: 0) else { continue }
            nextCheck[service] = time + interval
            let needed = outlier["consecutive5xxErrors"]?.int ?? 5
            guard needed > 0 else { continue }
            let base = Durations.seconds(outlier["baseEjectionTime"]?.string ?? "30s") ?? 30
            let percent = outlier["maxEjectionPercent"]?.int ?? 10
            for version in app.versions where version.errorRatio > 0.01 || !version.badPods.isEmpty {
                let workload = ObjectKey(app.namespace, app.workloadName(version))
                let pods = simulation.controller.pods[workload] ?? []
                let allowed = max(1, pods.count * percent / 100)
                let rate = (demands[service] ?? [:]).values.reduce(0) { $0 + $1.rate } / Double(max(1, pods.count))
                for (index, pod) in pods.enumerated() where pod.isReady && pod.ejectedUntil == nil {
                    let ejected = (simulation.controller.pods[workload] ?? []).filter { $0.ejectedUntil != nil }.count
                    guard ejected < allowed else { break }
                    let errors = version.badPods.contains(pod.ordinal) ? 0.6 : version.errorRatio
                    let chance = min(1, rate * interval * pow(errors, Double(needed)))
                    if Double(random.next() % 1_000_000) / 1_000_000 < chance {
                        simulation.controller.updatePod(workload, at: index) { pod in
                            pod.ejections += 1
                            pod.ejectedUntil = time + base * Double(min(pod.ejections, 10)) / max(0.1, speed)
                        }
                    }
                }
            }
        }
    }

    /// Envoy's own gauges for the two clients whose pods carry a proxyStatsMatcher; others are a default install.
    mutating func publish(_ simulation: Simulation, seconds: Double) {
        for client in [ObjectKey("shop", "frontend-v1"), ObjectKey("shop", "checkout-v1")] {
            let pods = simulation.controller.readyPods(client)
            for pod in pods {
                for (service, clients) in demands {
                    guard let demand = clients[client], let app = simulation.app(service) else { continue }
                    let limits = Limits(simulation.routing.rules[service])
                    let active = min(
                        demand.rate / Double(max(1, pods.count)) * demand.latencyMs / 1000,
                        Double(limits.requests ?? .max))
                    let name = "outbound|\(app.port)||\(HostNames.fullName(service))"
                    let labels = ["namespace": pod.key.namespace, "pod": pod.key.name, "cluster_name": name]
                    let ejected = app.versions.reduce(0) { sum, version in
                        let pods = simulation.controller.pods[ObjectKey(app.namespace, app.workloadName(version))] ?? []
                        return sum + pods.filter { $0.ejectedUntil != nil }.count
                    }
                    let values: [(String, Double)] = [
                        ("circuit_breakers_default_rq_open", demand.overflow > 0 ? 1 : 0),
                        ("circuit_breakers_default_cx_open", 0), ("circuit_breakers_default_rq_pending_open", 0),
                        ("upstream_rq_active", active.rounded()), ("upstream_cx_active", max(1, active.rounded(.up))),
                        ("upstream_rq_pending_active", demand.overflow > 0 ? Double(limits.pending ?? 0) : 0),
                        ("outlier_detection_ejections_active", Double(ejected)),
                    ]
                    var known = gauges[pod.key.name + name] ?? [:]
                    for (suffix, value) in values {
                        let metric = "envoy_cluster_\(suffix)"
                        let series = known[metric] ?? simulation.series.series(metric, labels)
                        series.value = value
                        known[metric] = series
                    }
                    let metric = "envoy_cluster_upstream_rq_pending_overflow"
                    let counter = known[metric] ?? simulation.series.series(metric, labels)
                    counter.add(demand.rate * demand.overflow * seconds / Double(max(1, pods.count)))
                    known[metric] = counter
                    gauges[pod.key.name + name] = known
                }
            }
        }
    }
}
