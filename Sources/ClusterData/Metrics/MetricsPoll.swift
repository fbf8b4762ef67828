// One tick's queries, asked together.

package import Base

package enum MetricsPoll {
    /// All grouped queries at one evaluation time, so that their answers describe the same moment. `silent` are the
    /// workloads whose latency only their clients know; with `identities` the labels that they stand for are not asked;
    /// `turn` names the services whose latency is.
    package static func read(
        _ prometheus: PrometheusClient, window: Int, at time: Timestamp, silent: [String] = [],
        identities: EdgeIdentities? = nil, turn: LatencyTurn = .everybody, mostSeries: Int = Self.mostSeries
    ) async throws -> MetricsReading {
        var questions: [Question] = []
        func ask(
            _ field: Field, _ schema: LabelSchema, _ query: String
        ) {
            questions.append(Question(field: field, schema: schema, query: query))
        }
        if identities == nil {
            ask(\.requests, IstioQueries.requestLabels, IstioQueries.requests(window: window))
        } else {
            for (query, schema) in IstioQueries.briefRequests(window: window) { ask(\.requests, schema, query) }
        }
        for selector in turn.selectors {
            let query = IstioQueries.durationBuckets(window: window, selector: selector)
            ask(\.buckets, IstioQueries.ownBucketLabels, query)
        }
        let unreported = IstioQueries.unreportedDurationBuckets(window: window, silent: silent)
        ask(\.buckets, IstioQueries.clientBucketLabels, unreported)
        ask(\.tcpSent, IstioQueries.tcpLabels, IstioQueries.tcpSent(window: window))
        ask(\.tcpReceived, IstioQueries.tcpLabels, IstioQueries.tcpReceived(window: window))
        ask(\.tcpConnections, IstioQueries.connectionLabels, IstioQueries.tcpConnections(window: window))
        ask(\.requestBytes, IstioQueries.byteLabels, IstioQueries.httpBytes("request", window: window))
        ask(\.responseBytes, IstioQueries.byteLabels, IstioQueries.httpBytes("response", window: window))
        ask(\.breakerStats, IstioQueries.breakerLabels, IstioQueries.breakerStats)
        ask(\.overflows, IstioQueries.overflowLabels, IstioQueries.overflows(window: window))

        var reading = MetricsReading(asOf: time, windowSeconds: window)
        reading.identities = identities
        var warnings: Set<String> = []
        var series = 0
        try await withThrowingTaskGroup(of: (Question, PrometheusAnswer).self) { group in
            for question in questions {
                group.addTask {
                    (question, try await prometheus.query(question.query, schema: question.schema, time: time))
                }
            }
            for try await (question, answer) in group {
                series += answer.samples.count
                guard series <= mostSeries else {
                    throw MeshTopError(
                        .decoding, "metrics at \(prometheus.endpoint.name)",
                        why: "the answers of one round have more than \(mostSeries) series",
                        advice: "narrow the scope with -n NAMESPACE, or give a Prometheus of this mesh alone")
                }
                reading[keyPath: question.field] += answer.samples
                warnings.formUnion(answer.warnings)
            }
        }
        reading.warnings = warnings.sorted()
        return reading
    }

    private typealias Field = any WritableKeyPath<MetricsReading, [MetricSample]> & Sendable

    private struct Question: Sendable {
        var field: Field
        var schema: LabelSchema
        var query: String
    }

    private static let mostEdges = 500
    /// Of all answers of one tick; one alone may have half of it.
    package static let mostSeries = 400_000

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
