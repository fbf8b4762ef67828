// Envoy's own gauges and counters as Prometheus has them, by client pod and upstream.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

/// An upstream as a metric names it. Istio keeps the whole name in `cluster_name`; Envoy's own tags put what follows the
/// first dot into the metric's name, where every sign but letters and digits is an underscore.
struct EnvoyMetricCluster: Sendable, Hashable {
    var port: Int
    var subset: String?
    /// The host, or its first label where `rest` has the others.
    var host: String
    var rest: String?

    /// The host's full name, if it can be this one.
    func isFor(_ fullName: String) -> Bool {
        guard let rest else { return host == fullName }
        let parts = fullName.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.count == 2 && parts[0] == host && Self.sanitized(parts[1]) == rest
    }

    static func sanitized(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    /// From a metric's name and the label that names the cluster, with what the metric measures.
    static func parse(metric: String, cluster: String) -> (cluster: EnvoyMetricCluster, stat: String)? {
        guard metric.hasPrefix("envoy_cluster_") else { return nil }
        let tail = String(metric.dropFirst("envoy_cluster_".count))
        let trimmed = cluster.hasSuffix(";") ? String(cluster.dropLast()) : cluster
        let parts = trimmed.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "outbound", let port = Int(parts[1]) else { return nil }
        let subset = parts[2].isEmpty ? nil : parts[2]
        guard let stat = EnvoyStatNames.clusterStats.first(where: { tail == $0 || tail.hasSuffix("_\($0)") }) else {
            return nil
        }
        let rest = tail == stat ? nil : String(tail.dropLast(stat.count + 1))
        return (EnvoyMetricCluster(port: port, subset: subset, host: parts[3], rest: rest), stat)
    }
}

struct EnvoyStats: Sendable {
    struct Gauges: Sendable {
        var isOpen = false
        var ejections: Int?
        var connections: Int?
        var requests: Int?
        var pending: Int?
        var overflow: Double?
        /// Requests per second that were given to all hosts, ejected or not.
        var panics: Double?
        /// Ejections per second by what was detected.
        var reasons: [String: Double] = [:]

        /// Of Envoy's stats with several values of one (priorities, tags) the largest holds.
        mutating func take(_ stat: String, _ value: Double) {
            let count = JSONValue.bounded(Int(clamping: max(-1e15, min(1e15, value))))
            func larger(_ old: inout Int?) { old = max(old ?? count, count) }
            switch stat {
            case "outlier_detection_ejections_active": larger(&ejections)
            case "upstream_cx_active": larger(&connections)
            case "upstream_rq_active": larger(&requests)
            case "upstream_rq_pending_active": larger(&pending)
            case let other where other.hasSuffix("_open"): isOpen = isOpen || value > 0
            case "lb_healthy_panic": panics = (panics ?? 0) + value
            case let other where other.hasPrefix("outlier_detection_ejections_enforced_"):
                reasons[String(other.dropFirst("outlier_detection_ejections_enforced_".count)), default: 0] += value
            case "upstream_rq_pending_overflow", "upstream_rq_active_overflow": overflow = (overflow ?? 0) + value
            default: break
            }
        }
    }

    /// By proxy: the pod's name, or the address that was scraped.
    private(set) var proxies: [ObjectKey: [EnvoyMetricCluster: Gauges]] = [:]

    init(_ metrics: MetricsReading?, isCurrent: Bool) {
        guard let metrics, isCurrent else { return }
        take(metrics.breakerStats, TrafficColumns.proxyStats) { !EnvoyStatNames.isCounter($0) }
        take(metrics.breakerRates, TrafficColumns.proxyStats) { EnvoyStatNames.isCounter($0) }
        // Prometheus' own rate of refused requests is over the whole window.
        let rates = metrics.overflows.map {
            MetricSample(labels: ["envoy_cluster_upstream_rq_pending_overflow"] + $0.labels, value: $0.value)
        }
        for (pod, clusters) in Self.parsed(rates, TrafficColumns.proxyStats, { _ in true }) {
            for (cluster, stats) in clusters {
                let known = proxies[pod]?[cluster]?.overflow ?? 0
                proxies[pod, default: [:]][cluster, default: Gauges()].overflow = max(
                    known, stats["upstream_rq_pending_overflow"] ?? 0)
            }
        }
    }

    private mutating func take(_ samples: [MetricSample], _ schema: LabelSchema, _ isWanted: (String) -> Bool) {
        for (pod, clusters) in Self.parsed(samples, schema, isWanted) {
            for (cluster, stats) in clusters {
                for (stat, value) in stats { proxies[pod, default: [:]][cluster, default: Gauges()].take(stat, value) }
            }
        }
    }

    /// Samples by proxy, upstream and stat.
    static func parsed(
        _ samples: [MetricSample], _ schema: LabelSchema, _ isWanted: (String) -> Bool
    ) -> [ObjectKey: [EnvoyMetricCluster: [String: Double]]] {
        func columns(_ names: [String]) -> [Int] { names.compactMap(schema.index) }
        let clusters = columns(["cluster_name", "envoy_cluster_name"])
        let namespaces = columns(["namespace", "kubernetes_namespace"])
        let pods = columns(["pod", "pod_name", "kubernetes_pod_name", "instance"])
        func first(_ columns: [Int], _ sample: MetricSample) -> String {
            columns.lazy.map { sample.labels[$0] }.first { !$0.isEmpty } ?? ""
        }
        var found: [ObjectKey: [EnvoyMetricCluster: [String: Double]]] = [:]
        for sample in samples where sample.labels.count == schema.names.count && sample.value.isFinite {
            guard let parsed = EnvoyMetricCluster.parse(metric: sample.labels[0], cluster: first(clusters, sample)),
                isWanted(parsed.stat)
            else { continue }
            let pod = ObjectKey(first(namespaces, sample), first(pods, sample))
            found[pod, default: [:]][parsed.cluster, default: [:]][parsed.stat, default: 0] += sample.value
        }
        return found
    }
}

/// Rates of counters between two ticks.
struct CounterBook: Sendable {
    private var before: [[String]: Double] = [:]
    private var asOf: Timestamp?

    /// Samples of counters with their growth per second since the tick before; none at the first.
    mutating func rates(_ samples: [MetricSample], at time: Timestamp) -> [MetricSample] {
        let seconds = asOf.map { time - $0 } ?? 0
        var next: [[String]: Double] = [:]
        var rates: [MetricSample] = []
        for sample in samples where sample.value.isFinite {
            guard let name = sample.labels.first,
                name.hasSuffix("overflow") || name.hasSuffix("panic") || name.contains("_enforced_")
            else { continue }
            next[sample.labels] = sample.value
            guard seconds > 0, let old = before[sample.labels] else { continue }
            // A proxy that was restarted counts from zero.
            rates.append(
                MetricSample(
                    labels: sample.labels,
                    value: max(0, sample.value < old ? sample.value : sample.value - old) / seconds))
        }
        (before, asOf) = (next, time)
        return rates
    }
}
