// Which of Envoy's own stats are read, and by which query.

internal import MeshModel

package enum EnvoyStatNames {
    private static let gauges = [
        "circuit_breakers_default_cx_open", "circuit_breakers_default_rq_open",
        "circuit_breakers_default_rq_pending_open", "circuit_breakers_default_rq_retry_open",
        "outlier_detection_ejections_active", "upstream_rq_pending_active", "upstream_cx_active", "upstream_rq_active",
    ]
    private static let counters = [
        // Newer proxies count what max_requests refuses apart.
        "upstream_rq_pending_overflow", "upstream_rq_active_overflow", "upstream_rq_retry_overflow", "lb_healthy_panic",
        "outlier_detection_ejections_enforced_consecutive_5xx",
        "outlier_detection_ejections_enforced_consecutive_gateway_failure",
        "outlier_detection_ejections_enforced_consecutive_local_origin_failure",
    ]
    /// What is read of an upstream, as its metric's name ends.
    package static let clusterStats = gauges + counters

    package static func isCounter(_ stat: String) -> Bool { counters.contains(stat) }

    /// Envoy's own breaker and outlier stats, where the install exposes them (a default install does not), by Istio's
    /// naming and by Envoy's, which has the rest of the host in the metric's name. Counters come as they are: a rate over
    /// several names has no name to tell them apart by.
    /// https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
    package static let query: String = {
        let names = clusterStats.joined(separator: "|")
        return
            "{__name__=~\"envoy_cluster_(\(names))\",cluster_name=~\"outbound.*\"} or {__name__=~\"envoy_cluster_(.+_)?(\(names))\",envoy_cluster_name=~\"outbound.*\"}"
    }()

    /// Requests refused for a limit, per second.
    package static func overflows(window: Int) -> String {
        "sum by (\(TrafficColumns.overflows.list)) (rate(envoy_cluster_upstream_rq_pending_overflow[\(window)s]))"
    }
}
