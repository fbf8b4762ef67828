// The grouped queries on Istio's standard metrics: one set per tick for the whole mesh, not one per service.
// Metrics and labels: https://istio.io/latest/docs/reference/config/metrics/

package enum IstioQueries {
    /// Labels that name both ends of an edge.
    package static let ends = [
        "source_cluster", "source_workload_namespace", "source_workload", "source_canonical_service",
        "source_canonical_revision", "destination_cluster", "destination_service_namespace", "destination_service",
        "destination_service_name", "destination_workload_namespace", "destination_workload",
        "destination_canonical_service", "destination_canonical_revision",
    ]
    package static let requestLabels = LabelSchema(
        ends + [
            "reporter", "request_protocol", "response_code", "grpc_response_status", "response_flags",
            "connection_security_policy",
        ])
    package static let bucketLabels = LabelSchema(
        [
            "le", "reporter", "source_workload_namespace", "source_workload", "destination_service_namespace",
            "destination_service_name", "destination_workload_namespace", "destination_workload",
        ])
    package static let tcpLabels = LabelSchema(ends + ["reporter", "connection_security_policy"])

    /// Requests per second by edge, code, flag and mTLS, of both reporters.
    package static func requests(window: Int) -> String {
        "sum by (\(requestLabels.names.joined(separator: ","))) (rate(istio_requests_total[\(window)s])) > 0"
    }

    private static let briefNames = [
        "source_workload_namespace", "source_workload", "destination_service_namespace", "destination_service_name",
        "destination_workload_namespace", "destination_workload", "request_protocol", "response_code",
        "grpc_response_status", "response_flags",
    ].joined(separator: ",")

    /// The same without the labels that hardly change, for ticks in between; in two parts, which a server works out at
    /// the same time. A client does not know whether its requests were encrypted.
    package static func briefRequests(window: Int) -> [(query: String, schema: LabelSchema)] {
        func query(_ matcher: String, _ names: String) -> String {
            "sum by (\(names)) (rate(istio_requests_total{\(matcher)}[\(window)s])) > 0"
        }
        return [
            (query("reporter=\"source\"", briefNames), requestLabels.knowing("reporter", "source")),
            (query("reporter!=\"source\"", briefNames + ",reporter,connection_security_policy"), requestLabels),
        ]
    }

    /// Waypoints count as the destination does.
    package static let ownBucketLabels = bucketLabels.knowing("reporter", "destination")
    package static let clientBucketLabels = bucketLabels.knowing("reporter", "source")
    private static let bucketsBy = bucketLabels.names.filter { $0 != "reporter" }.joined(separator: ",")

    private static let durations = "istio_request_duration_milliseconds_bucket"

    /// Duration buckets by edge; empty ones too, since interpolation starts at the bound below. Source-reported ones are
    /// needed only where no proxy sits at the destination. `selector` names the services; empty stands for all.
    package static func durationBuckets(window: Int, selector: String = "") -> String {
        let matchers = "reporter=~\"destination|waypoint\"" + (selector.isEmpty ? "" : ",\(selector)")
        return "sum by (\(bucketsBy)) (rate(\(durations){\(matchers)}[\(window)s]))"
    }

    /// The clients' account of latency, for requests that reached nobody and for workloads without a proxy.
    package static func unreportedDurationBuckets(window: Int, silent: [String] = []) -> String {
        let names = PromQL.oneOf(["unknown"] + silent.prefix(50))
        return
            "sum by (\(bucketsBy)) (rate(\(durations){reporter=\"source\",destination_workload=~\"\(names)\"}[\(window)s]))"
    }

    /// Bytes to the client per second. Istio's TCP metrics name them from the server's side (istio/istio#32399).
    package static func tcpSent(window: Int) -> String {
        "sum by (\(tcpLabels.names.joined(separator: ","))) (rate(istio_tcp_sent_bytes_total[\(window)s])) > 0"
    }

    package static func tcpReceived(window: Int) -> String {
        "sum by (\(tcpLabels.names.joined(separator: ","))) (rate(istio_tcp_received_bytes_total[\(window)s])) > 0"
    }

    package static let connectionLabels = LabelSchema(
        ends + ["reporter", "connection_security_policy", "response_flags"])

    /// TCP connections that ended, per second, with why.
    package static func tcpConnections(window: Int) -> String {
        "sum by (\(connectionLabels.names.joined(separator: ","))) (rate(istio_tcp_connections_closed_total[\(window)s])) > 0"
    }

    package static let byteLabels = LabelSchema([
        "reporter", "source_workload_namespace", "source_workload", "destination_service_namespace",
        "destination_service_name", "destination_workload_namespace", "destination_workload",
    ])

    /// Bytes of HTTP and gRPC bodies per second, by edge.
    package static func httpBytes(_ direction: String, window: Int) -> String {
        let by = byteLabels.names.joined(separator: ",")
        return "sum by (\(by)) (rate(istio_\(direction)_bytes_sum[\(window)s])) > 0"
    }

    package static let historyLabels = LabelSchema(["destination_service_namespace", "destination_service_name"])
    private static let historyBy = "destination_service_namespace,destination_service_name"

    /// A service's past, for sparklines drawn before MeshTop has seen anything itself.
    package static func requestHistory(window: Int) -> String {
        "sum by (\(historyBy)) (rate(istio_requests_total{reporter=~\"destination|waypoint\"}[\(window)s]))"
    }

    package static func errorHistory(window: Int) -> String {
        "sum by (\(historyBy)) (rate(istio_requests_total{reporter=~\"destination|waypoint\",response_code=~\"5..|0\"}[\(window)s]))"
    }

    package static func quantileHistory(_ quantile: Double, window: Int) -> String {
        "histogram_quantile(\(quantile), sum by (le,\(historyBy)) (rate(istio_request_duration_milliseconds_bucket{reporter=~\"destination|waypoint\"}[\(window)s])))"
    }

    package static let edgeHistoryLabels = LabelSchema([
        "source_workload_namespace", "source_workload", "destination_service_namespace", "destination_service_name",
        "destination_workload_namespace", "destination_workload",
    ])

    /// An edge's past 99th percentile.
    package static func edgeQuantileHistory(_ quantile: Double, window: Int) -> String {
        let by = edgeHistoryLabels.names.joined(separator: ",")
        return
            "histogram_quantile(\(quantile), sum by (le,\(by)) (rate(istio_request_duration_milliseconds_bucket{reporter=~\"destination|waypoint\"}[\(window)s])))"
    }

    /// A metric's name, the proxy as scrape configurations call it, and the upstream by Istio's tag or by Envoy's own.
    package static let breakerLabels = LabelSchema([
        "__name__", "namespace", "pod", "kubernetes_namespace", "kubernetes_pod_name", "pod_name", "instance",
        "cluster_name", "envoy_cluster_name",
    ])

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
    static let clusterStats = gauges + counters

    static func isCounter(_ stat: String) -> Bool { counters.contains(stat) }

    /// Envoy's own breaker and outlier stats, where the install exposes them (a default install does not), by Istio's
    /// naming and by Envoy's, which has the rest of the host in the metric's name. Counters come as they are: a rate over
    /// several names has no name to tell them apart by.
    /// https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
    package static let breakerStats: String = {
        let names = clusterStats.joined(separator: "|")
        return
            "{__name__=~\"envoy_cluster_(\(names))\",cluster_name=~\"outbound.*\"} or {__name__=~\"envoy_cluster_(.+_)?(\(names))\",envoy_cluster_name=~\"outbound.*\"}"
    }()

    package static let overflowLabels = LabelSchema(Array(breakerLabels.names.dropFirst()))

    /// Requests refused for a limit, per second.
    package static func overflows(window: Int) -> String {
        "sum by (\(overflowLabels.names.joined(separator: ","))) (rate(envoy_cluster_upstream_rq_pending_overflow[\(window)s]))"
    }
}
