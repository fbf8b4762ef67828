// The grouped queries on Istio's standard metrics: one set per tick for the whole mesh, not one per service.
// Metrics and labels: https://istio.io/latest/docs/reference/config/metrics/

internal import Base
package import MeshModel

package enum IstioQueries {
    /// What the side that serves reports; waypoints count as the destination does.
    static let served = "reporter=~\"destination|waypoint\""

    /// Requests per second by edge, code, flag and mTLS, of both reporters.
    package static func requests(window: Int) -> String {
        "sum by (\(TrafficColumns.requests.list)) (rate(istio_requests_total[\(window)s])) > 0"
    }

    private static let briefNames =
        (TrafficColumns.edge.names + ["request_protocol", "response_code", "grpc_response_status", "response_flags"])
        .joined(separator: ",")

    /// The same without the labels that hardly change, for ticks in between; in two parts, which a server works out at
    /// the same time. A client does not know whether its requests were encrypted.
    package static func briefRequests(window: Int) -> [(query: String, schema: LabelSchema)] {
        func query(_ matcher: String, _ names: String) -> String {
            "sum by (\(names)) (rate(istio_requests_total{\(matcher)}[\(window)s])) > 0"
        }
        return [
            (query("reporter=\"source\"", briefNames), TrafficColumns.requests.knowing("reporter", "source")),
            (
                query("reporter!=\"source\"", briefNames + ",reporter,connection_security_policy"),
                TrafficColumns.requests
            ),
        ]
    }

    /// Waypoints count as the destination does.
    package static let ownBucketLabels = TrafficColumns.buckets.knowing("reporter", "destination")
    package static let clientBucketLabels = TrafficColumns.buckets.knowing("reporter", "source")
    private static let bucketsBy = TrafficColumns.buckets.names.filter { $0 != "reporter" }.joined(separator: ",")

    static let durations = "istio_request_duration_milliseconds_bucket"

    /// Duration buckets by edge; empty ones too, since interpolation starts at the bound below. Source-reported ones are
    /// needed only where no proxy sits at the destination. `selector` names the services; empty stands for all.
    package static func durationBuckets(window: Int, selector: String = "") -> String {
        let matchers = "\(served)" + (selector.isEmpty ? "" : ",\(selector)")
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
        "sum by (\(TrafficColumns.tcp.list)) (rate(istio_tcp_sent_bytes_total[\(window)s])) > 0"
    }

    package static func tcpReceived(window: Int) -> String {
        "sum by (\(TrafficColumns.tcp.list)) (rate(istio_tcp_received_bytes_total[\(window)s])) > 0"
    }

    /// TCP connections that ended, per second, with why.
    package static func tcpConnections(window: Int) -> String {
        "sum by (\(TrafficColumns.connections.list)) (rate(istio_tcp_connections_closed_total[\(window)s])) > 0"
    }

    /// Bytes of HTTP and gRPC bodies per second, by edge.
    package static func httpBytes(_ direction: String, window: Int) -> String {
        "sum by (\(TrafficColumns.bytes.list)) (rate(istio_\(direction)_bytes_sum[\(window)s])) > 0"
    }

    /// A service's past, for sparklines drawn before MeshTop has seen anything itself.
    package static func requestHistory(window: Int) -> String {
        "sum by (\(TrafficColumns.service.list)) (rate(istio_requests_total{\(served)}[\(window)s]))"
    }

    package static func errorHistory(window: Int) -> String {
        "sum by (\(TrafficColumns.service.list)) (rate(istio_requests_total{\(served),response_code=~\"5..|0\"}[\(window)s]))"
    }

    package static func quantileHistory(_ quantile: Double, window: Int) -> String {
        "histogram_quantile(\(quantile), sum by (le,\(TrafficColumns.service.list)) (rate(\(durations){\(served)}[\(window)s])))"
    }

    /// An edge's past 99th percentile.
    package static func edgeQuantileHistory(_ quantile: Double, window: Int) -> String {
        "histogram_quantile(\(quantile), sum by (le,\(TrafficColumns.edge.list)) (rate(\(durations){\(served)}[\(window)s])))"
    }
}
