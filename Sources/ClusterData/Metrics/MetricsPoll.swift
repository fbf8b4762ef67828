// One tick's queries, asked together.

package enum MetricsPoll {
    /// All grouped queries at one evaluation time, so that their answers describe the same moment. `silent` are the
    /// workloads whose latency only their clients know.
    package static func read(
        _ prometheus: PrometheusClient, window: Int, at time: Timestamp, silent: [String] = []
    ) async throws -> MetricsReading {
        var reading = MetricsReading(asOf: time, windowSeconds: window)
        async let requests = prometheus.query(
            IstioQueries.requests(window: window), schema: IstioQueries.requestLabels, time: time)
        async let buckets = prometheus.query(
            IstioQueries.durationBuckets(window: window), schema: IstioQueries.bucketLabels, time: time)
        async let unreported = prometheus.query(
            IstioQueries.unreportedDurationBuckets(window: window, silent: silent), schema: IstioQueries.bucketLabels,
            time: time)
        async let sent = prometheus.query(
            IstioQueries.tcpSent(window: window), schema: IstioQueries.tcpLabels, time: time)
        async let received = prometheus.query(
            IstioQueries.tcpReceived(window: window), schema: IstioQueries.tcpLabels, time: time)
        async let connections = prometheus.query(
            IstioQueries.tcpConnections(window: window), schema: IstioQueries.connectionLabels, time: time)
        async let requestBytes = prometheus.query(
            IstioQueries.httpBytes("request", window: window), schema: IstioQueries.byteLabels, time: time)
        async let responseBytes = prometheus.query(
            IstioQueries.httpBytes("response", window: window), schema: IstioQueries.byteLabels, time: time)
        async let gauges = prometheus.query(
            IstioQueries.breakerStats, schema: IstioQueries.breakerLabels, time: time)
        async let overflows = prometheus.query(
            IstioQueries.overflows(window: window), schema: IstioQueries.overflowLabels, time: time)
        let answers = [
            try await requests, try await buckets, try await unreported, try await sent, try await received,
            try await requestBytes, try await responseBytes, try await gauges, try await overflows,
            try await connections,
        ]
        reading.requests = answers[0].samples
        reading.buckets = answers[1].samples + answers[2].samples
        reading.tcpSent = answers[3].samples
        reading.tcpReceived = answers[4].samples
        reading.requestBytes = answers[5].samples
        reading.responseBytes = answers[6].samples
        reading.breakerStats = answers[7].samples
        reading.overflows = answers[8].samples
        reading.tcpConnections = answers[9].samples
        reading.warnings = Array(Set(answers.flatMap(\.warnings))).sorted()
        return reading
    }

    private static let mostEdges = 500

    /// The services' and edges' past, so that sparklines are drawn at the first tick.
    package static func backfill(
        _ prometheus: PrometheusClient, stepSeconds: Int, window: Int, end: Timestamp, edges: Int
    ) async throws -> MetricsHistory {
        var history = MetricsHistory(stepSeconds: stepSeconds)
        let count = MetricsHistory.capacity - 1
        let start = end + -Double((count - 1) * stepSeconds)
        let queries: [(MetricsHistory.Measure, String)] = [
            (.requests, IstioQueries.requestHistory(window: window)),
            (.errors, IstioQueries.errorHistory(window: window)),
            (.p50, IstioQueries.quantileHistory(0.5, window: window)),
            (.p95, IstioQueries.quantileHistory(0.95, window: window)),
            (.p99, IstioQueries.quantileHistory(0.99, window: window)),
        ]
        for (measure, query) in queries {
            let answer = try await prometheus.queryRange(
                query, schema: IstioQueries.historyLabels, start: start, end: end, stepSeconds: stepSeconds)
            history.backfill(measure, answer.series, start: start.seconds, count: count)
        }
        // A mesh with very many edges shows their past from now on: the query would cost more than it tells.
        if edges <= mostEdges {
            let answer = try await prometheus.queryRange(
                IstioQueries.edgeQuantileHistory(0.99, window: window), schema: IstioQueries.edgeHistoryLabels,
                start: start, end: end,
                stepSeconds: stepSeconds)
            history.backfillEdges(answer.series, start: start.seconds, count: count)
        }
        return history
    }
}
