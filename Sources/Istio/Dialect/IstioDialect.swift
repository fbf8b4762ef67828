// Istio's standard metrics as a dialect.
// https://istio.io/latest/docs/reference/config/metrics/

internal import Base
package import MeshModel

package struct IstioDialect: MeshDialect {
    package init() {}

    package func tick(_ request: TickRequest) -> [(field: MetricField, question: MetricQuestion)] {
        let window = request.window
        var all: [(field: MetricField, question: MetricQuestion)] = []
        func ask(_ field: MetricField, _ schema: LabelSchema, _ query: String) {
            all.append((field, MetricQuestion(query, schema)))
        }
        if request.knowsIdentities {
            for (query, schema) in IstioQueries.briefRequests(window: window) { ask(.requests, schema, query) }
        } else {
            ask(.requests, TrafficColumns.requests, IstioQueries.requests(window: window))
        }
        for services in request.latencyOf {
            ask(
                .buckets, IstioQueries.ownBucketLabels,
                IstioQueries.durationBuckets(window: window, selector: matchers(services)))
        }
        ask(
            .buckets, IstioQueries.clientBucketLabels,
            IstioQueries.unreportedDurationBuckets(window: window, silent: request.silent))
        ask(.tcpSent, TrafficColumns.tcp, IstioQueries.tcpSent(window: window))
        ask(.tcpReceived, TrafficColumns.tcp, IstioQueries.tcpReceived(window: window))
        ask(.tcpConnections, TrafficColumns.connections, IstioQueries.tcpConnections(window: window))
        ask(.requestBytes, TrafficColumns.bytes, IstioQueries.httpBytes("request", window: window))
        ask(.responseBytes, TrafficColumns.bytes, IstioQueries.httpBytes("response", window: window))
        ask(.proxyStats, TrafficColumns.proxyStats, EnvoyStatNames.query)
        ask(.overflows, TrafficColumns.overflows, EnvoyStatNames.overflows(window: window))
        return all
    }

    package func requests(window: Int) -> MetricQuestion {
        MetricQuestion(IstioQueries.requests(window: window), TrafficColumns.requests)
    }

    package func matchers(_ services: ServiceMatch) -> String {
        [
            ("destination_service_namespace", services.namespaces), ("destination_service_name", services.names),
        ].compactMap { label, values in values.map { "\(label)=~\"\(PromQL.oneOf($0))\"" } }.joined(separator: ",")
    }

    package func past(_ measure: SeriesMeasure, window: Int) -> MetricQuestion? {
        let query: String? =
            switch measure {
            case .requests: IstioQueries.requestHistory(window: window)
            case .errors: IstioQueries.errorHistory(window: window)
            case .p50: IstioQueries.quantileHistory(0.5, window: window)
            case .p95: IstioQueries.quantileHistory(0.95, window: window)
            case .p99: IstioQueries.quantileHistory(0.99, window: window)
            // Four metrics with the same labels: it would take four queries.
            case .bytes: nil as String?
            }
        return query.map { MetricQuestion($0, TrafficColumns.service) }
    }

    package func edgePast(quantile: Double, window: Int) -> MetricQuestion {
        MetricQuestion(IstioQueries.edgeQuantileHistory(quantile, window: window), TrafficColumns.edge)
    }

    package func load(
        of workloads: [String], in namespace: String, window: Int
    ) -> (requests: MetricQuestion, p99: MetricQuestion) {
        let selector =
            "\(IstioQueries.served),destination_workload_namespace=\"\(PromQL.quoted(namespace))\",destination_workload=~\"\(PromQL.oneOf(workloads))\""
        let none = LabelSchema([])
        return (
            MetricQuestion("sum(rate(istio_requests_total{\(selector)}[\(window)s]))", none),
            MetricQuestion(
                "histogram_quantile(0.99, sum by (le) (rate(\(IstioQueries.durations){\(selector)}[\(window)s])))", none
            )
        )
    }

    // MARK: Objectives

    private func selector(_ first: String, _ services: ServiceMatch) -> String {
        let matchers = matchers(services)
        return matchers.isEmpty ? first : "\(first),\(matchers)"
    }

    package func objective(_ part: ObjectivePart, _ services: ServiceMatch, window: Int) -> MetricQuestion {
        let served = selector(IstioQueries.served, services)
        let requests =
            switch part {
            case .served: served
            case .failedByCode: "\(served),response_code=~\"5..|0\""
            case .failedByStatus: "\(served),response_code=~\"[1-4]..\",grpc_response_status=~\"[1-9]|1[0-6]\""
            // What never arrived, only clients know of.
            case .unreached: selector("reporter=\"source\",response_flags=~\".*(UO|UH|NR|UF).*\"", services)
            }
        return MetricQuestion(
            "sum by (\(TrafficColumns.service.list)) (rate(istio_requests_total{\(requests)}[\(window)s]))",
            TrafficColumns.service)
    }

    package func objectiveBuckets(_ services: ServiceMatch, window: Int) -> MetricQuestion {
        let served = selector(IstioQueries.served, services)
        return MetricQuestion(
            "sum by (\(TrafficColumns.service.list),le) (rate(\(IstioQueries.durations){\(served)}[\(window)s]))",
            TrafficColumns.serviceBuckets)
    }

    // MARK: Counters of clients

    package func counters(_ services: ServiceMatch) -> MetricQuestion {
        MetricQuestion(
            "istio_requests_total{\(selector("reporter=\"source\"", services))}", TrafficColumns.proxyRequests)
    }

    package func bucketCounters(_ services: ServiceMatch, bounds: [String]) -> MetricQuestion {
        let selector = selector("reporter=\"source\"", services)
        return MetricQuestion(
            "\(IstioQueries.durations){\(selector),le=~\"\(PromQL.oneOf(bounds + ["+Inf"]))\"}",
            TrafficColumns.proxyBuckets)
    }

    package func bucketGrowth(_ services: ServiceMatch, window: Int) -> MetricQuestion {
        let selector = selector("reporter=\"source\"", services)
        return MetricQuestion(
            "sum by (\(TrafficColumns.workloadBuckets.list)) (increase(\(IstioQueries.durations){\(selector)}[\(window)s]))",
            TrafficColumns.workloadBuckets)
    }

    // MARK: A sidecar's own page

    package var scraped: [String: (field: MetricField, schema: LabelSchema)] {
        [
            "istio_requests_total": (.requests, TrafficColumns.requests),
            IstioQueries.durations: (.buckets, TrafficColumns.buckets),
            "istio_tcp_sent_bytes_total": (.tcpSent, TrafficColumns.tcp),
            "istio_tcp_received_bytes_total": (.tcpReceived, TrafficColumns.tcp),
            "istio_tcp_connections_closed_total": (.tcpConnections, TrafficColumns.connections),
            "istio_request_bytes_sum": (.requestBytes, TrafficColumns.bytes),
            "istio_response_bytes_sum": (.responseBytes, TrafficColumns.bytes),
        ]
    }

    package var proxyStatPrefix: String { "envoy_cluster_" }

    package var scrapedPrefixes: [String] {
        [
            "istio_requests_total", IstioQueries.durations, "istio_tcp_", "istio_request_bytes_sum",
            "istio_response_bytes_sum", proxyStatPrefix,
        ]
    }
}
