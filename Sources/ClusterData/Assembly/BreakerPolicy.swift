// connectionPool and outlierDetection as they take effect: the mesh's baseline, the host's policy, its ports, its subsets.
// https://istio.io/latest/docs/reference/config/networking/destination-rule/#TrafficPolicy and istio's
// cluster_traffic_policy.go, which writes them into Envoy's clusters.

internal import Base
internal import Istio
internal import MeshModel

struct BreakerPolicy: Sendable, Hashable {
    var limits: BreakerSummary.Limits?
    var outliers: BreakerSummary.OutlierDetection?

    init(_ policy: JSONValue?) {
        if let pool = policy?["connectionPool"] {
            // Zero is "unset" in Istio: a limit of zero cannot be expressed.
            func positive(_ value: JSONValue?) -> Int? { value?.int.flatMap { $0 > 0 ? $0 : nil } }
            limits = BreakerSummary.Limits(
                connections: positive(pool.at("tcp", "maxConnections")),
                pending: positive(pool.at("http", "http1MaxPendingRequests")),
                requests: positive(pool.at("http", "http2MaxRequests")),
                retries: positive(pool.at("http", "maxRetries")),
                requestsPerConnection: positive(pool.at("http", "maxRequestsPerConnection")))
        }
        if let outlier = policy?["outlierDetection"] {
            outliers = BreakerSummary.OutlierDetection(
                consecutive5xxErrors: outlier["consecutive5xxErrors"]?.int ?? 5,
                consecutiveGatewayErrors: outlier["consecutiveGatewayErrors"]?.int,
                interval: outlier.text("interval") ?? "10s",
                baseEjectionTime: outlier.text("baseEjectionTime") ?? "30s",
                maxEjectionPercent: outlier["maxEjectionPercent"]?.int ?? 10,
                minHealthPercent: outlier["minHealthPercent"]?.int ?? 0)
        }
    }

    /// Blocks of this one, and of the other where this has none.
    func over(_ base: BreakerPolicy) -> BreakerPolicy {
        var merged = self
        merged.limits = limits ?? base.limits
        merged.outliers = outliers ?? base.outliers
        return merged
    }

    var isEmpty: Bool { (limits?.isEmpty ?? true) && outliers == nil }
}

/// One set of limits that Envoy keeps: for a host, or for one of its subsets or ports.
struct BreakerLevel: Sendable {
    var subset: String?
    var port: Int?
    var policy: BreakerPolicy

    /// Everything that a rule says apart, the host as a whole first.
    package static func all(_ rule: EffectiveRule?, baseline: BreakerPolicy) -> [BreakerLevel] {
        guard let rule else { return baseline.isEmpty ? [] : [BreakerLevel(policy: baseline)] }
        let top = rule.trafficPolicy
        let host = BreakerPolicy(top)
        var levels = [BreakerLevel(policy: host.over(baseline))]
        var ports: [Int: BreakerPolicy] = [:]
        for setting in top?.list("portLevelSettings") ?? [] {
            guard let port = setting.at("port", "number")?.int else { continue }
            // A port's settings stand in the place of the host's; they do not inherit from it.
            ports[port] = BreakerPolicy(setting)
            levels.append(BreakerLevel(port: port, policy: BreakerPolicy(setting).over(baseline)))
        }
        for subset in rule.subsets {
            guard let policy = subset.value["trafficPolicy"] else { continue }
            let own = BreakerPolicy(policy)
            levels.append(BreakerLevel(subset: subset.name, policy: own.over(host).over(baseline)))
            for setting in policy.list("portLevelSettings") {
                guard let port = setting.at("port", "number")?.int else { continue }
                // A port of a subset replaces even what it does not name.
                levels.append(
                    BreakerLevel(subset: subset.name, port: port, policy: BreakerPolicy(setting).over(baseline)))
            }
        }
        return levels
    }
}
