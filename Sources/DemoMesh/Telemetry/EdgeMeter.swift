// Istio's standard metrics of one edge, as both proxies would count them.

internal import Glibc
internal import Istio
internal import MeshModel

/// Counts what flows from one workload to another through one service.
final class EdgeMeter {
    struct Ends {
        var sourceNamespace: String
        var source: String
        var sourceApp: String
        var sourceVersion: String
        var service: ServiceID
        var destinationNamespace: String
        var destination: String
        var destinationApp: String
        var destinationVersion: String
        var wire: AppSpec.Wire
        var destinationHasSidecar: Bool
        /// The source reports at all: it has a proxy.
        var sourceHasProxy = true
        var sourceHasIdentity = true
    }

    /// Istio's default bucket bounds in milliseconds.
    static let bounds: [Double] = [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1_800_000,
        3_600_000,
    ]

    private struct Counters {
        var requests: Series
        var buckets: [Series]
        var sum: Series
        var count: Series
        var requestBytes: Series
        var responseBytes: Series
    }

    let ends: Ends
    private let store: TimeSeriesStore
    private let chance: Chance?
    private var counters: [String: [Counters]] = [:]
    private var tcp: [(sent: Series, received: Series, opened: Series, closed: Series)] = []

    init(_ ends: Ends, store: TimeSeriesStore, chance: Chance?) {
        self.ends = ends
        self.store = store
        self.chance = chance
    }

    /// Adds requests that were answered by the destination with a code after about `medianMs`.
    func add(_ requests: Double, code: String, medianMs: Double, grpcStatus: String? = nil) {
        guard requests > 0 else { return }
        let reporters = (ends.sourceHasProxy ? ["source"] : []) + (ends.destinationHasSidecar ? ["destination"] : [])
        record(requests, key: "\(code)|-|\(grpcStatus ?? "")", code, "-", grpcStatus, medianMs, reporters)
    }

    /// Adds requests that never reached a destination: only the source knows of them.
    func addUnreached(_ requests: Double, code: String, flags: String) {
        guard requests > 0, ends.sourceHasProxy else { return }
        let status = ends.wire == .grpc ? "14" : nil
        let requests = chance?.arrivals(requests) ?? requests
        record(requests, key: "\(code)|\(flags)|", code, flags, status, 0.4, ["source"])
    }

    func addTCP(_ connections: Double, bytesOut: Double, bytesIn: Double) {
        if tcp.isEmpty {
            let reporters =
                (ends.sourceHasProxy ? ["source"] : []) + (ends.destinationHasSidecar ? ["destination"] : [])
            tcp = reporters.map { reporter in
                var labels = base(reporter)
                labels["request_protocol"] = "tcp"
                labels["response_flags"] = "-"
                return (
                    store.series("istio_tcp_sent_bytes_total", labels),
                    store.series("istio_tcp_received_bytes_total", labels),
                    store.series("istio_tcp_connections_opened_total", labels),
                    store.series("istio_tcp_connections_closed_total", labels)
                )
            }
        }
        for series in tcp {
            series.sent.add(bytesIn)
            series.received.add(bytesOut)
            series.opened.add(connections)
            series.closed.add(connections)
        }
    }

    private func record(
        _ requests: Double, key: String, _ code: String, _ flags: String, _ grpcStatus: String?, _ medianMs: Double,
        _ reporters: [String]
    ) {
        let known = counters[key] ?? reporters.map { make($0, code, flags, grpcStatus) }
        counters[key] = known
        let shares = Self.bounds.map { Self.share(below: $0, medianMs: medianMs) }
        let below = chance?.spread(requests, below: shares) ?? shares.map { requests * $0 }
        for counter in known {
            counter.requests.add(requests)
            for (count, series) in zip(below, counter.buckets) { series.add(count) }
            counter.buckets.last?.add(requests)
            counter.sum.add(requests * medianMs * 1.25)
            counter.count.add(requests)
            counter.requestBytes.add(requests * 640)
            counter.responseBytes.add(requests * (code == "200" ? 2900 : 180))
        }
    }

    /// A log-logistic spread around the median: p95 is 2.3 and p99 3.7 medians.
    private static func share(below bound: Double, medianMs: Double) -> Double {
        1 / (1 + pow(max(medianMs, 0.05) / bound, 3.5))
    }

    private func make(_ reporter: String, _ code: String, _ flags: String, _ grpcStatus: String?) -> Counters {
        var labels = base(reporter)
        labels["request_protocol"] = ends.wire == .grpc ? "grpc" : "http"
        labels["response_code"] = code
        labels["response_flags"] = flags
        if ends.wire == .grpc { labels["grpc_response_status"] = grpcStatus ?? "0" }
        let name = "istio_request_duration_milliseconds"
        var buckets = Self.bounds.map { bound in
            store.series("\(name)_bucket", labels.merging(["le": PromFormat.number(bound)]) { $1 })
        }
        buckets.append(store.series("\(name)_bucket", labels.merging(["le": "+Inf"]) { $1 }))
        return Counters(
            requests: store.series("istio_requests_total", labels), buckets: buckets,
            sum: store.series("\(name)_sum", labels), count: store.series("\(name)_count", labels),
            requestBytes: store.series("istio_request_bytes_sum", labels),
            responseBytes: store.series("istio_response_bytes_sum", labels))
    }

    /// The identity in a workload's certificate; service accounts are named after their apps here.
    private static func principal(_ namespace: String, _ account: String) -> String {
        "spiffe://cluster.local/ns/\(namespace)/sa/\(account)"
    }

    private func base(_ reporter: String) -> [String: String] {
        let isMutual = ends.sourceHasIdentity && ends.destinationHasSidecar
        return [
            "reporter": reporter, "source_app": ends.sourceApp, "source_version": ends.sourceVersion,
            "destination_app": ends.destinationApp, "destination_version": ends.destinationVersion,
            "source_principal": isMutual ? Self.principal(ends.sourceNamespace, ends.sourceApp) : "unknown",
            "destination_principal": isMutual
                ? Self.principal(ends.destinationNamespace, ends.destinationApp) : "unknown",
            "source_cluster": "Kubernetes", "source_workload_namespace": ends.sourceNamespace,
            "source_workload": ends.source, "source_canonical_service": ends.sourceApp,
            "source_canonical_revision": ends.sourceVersion, "destination_cluster": "Kubernetes",
            "destination_service": HostNames.fullName(ends.service), "destination_service_name": ends.service.name,
            "destination_service_namespace": ends.service.namespace,
            "destination_workload_namespace": ends.destinationNamespace, "destination_workload": ends.destination,
            "destination_canonical_service": ends.destinationApp,
            "destination_canonical_revision": ends.destinationVersion,
            "connection_security_policy": reporter == "source" ? "unknown" : isMutual ? "mutual_tls" : "none",
        ]
    }
}
