// What a mesh calls its metrics. Everything else of MeshTop knows columns, not names of metrics or labels.

/// A query in PromQL, and the columns of its answer.
package struct MetricQuestion: Sendable {
    package var query: String
    package var schema: LabelSchema

    package init(_ query: String, _ schema: LabelSchema) {
        self.query = query
        self.schema = schema
    }
}

/// What samples are of. Rates are per second.
package enum MetricField: Sendable, CaseIterable {
    case requests, buckets, tcpSent, tcpReceived, tcpConnections, requestBytes, responseBytes
    /// Envoy's gauges and counters as they are, and requests that it refused for a limit.
    case proxyStats, overflows
}

/// What a tick asks.
package struct TickRequest: Sendable {
    /// Seconds that rates are over.
    package var window: Int
    /// Workloads whose latency only their clients know.
    package var silent: [String] = []
    /// The labels that hardly change are known: they need not be asked.
    package var knowsIdentities = false
    /// The services whose latency is asked, a query each.
    package var latencyOf = [ServiceMatch.all]

    package init(window: Int) { self.window = window }
}

/// The numbers of a past.
package enum SeriesMeasure: Sendable, CaseIterable { case requests, errors, p50, p95, p99, bytes }

/// Requests that count for an objective: all that were served, those of them that failed by their code and by their
/// gRPC status, and those that reached nobody.
package enum ObjectivePart: Sendable, CaseIterable { case served, failedByCode, failedByStatus, unreached }

/// Services by name; nil stands for all.
package struct ServiceMatch: Sendable, Hashable {
    package var namespaces: [String]?
    package var names: [String]?

    package static let all = ServiceMatch(namespaces: nil, names: nil)

    package init(namespaces: [String]?, names: [String]?) {
        self.namespaces = namespaces
        self.names = names
    }
}

/// The questions of one kind of mesh. Pure.
package protocol MeshDialect: Sendable {
    /// All of a tick, to be asked together.
    func tick(_ request: TickRequest) -> [(field: MetricField, question: MetricQuestion)]
    /// A tick's requests with all their labels.
    func requests(window: Int) -> MetricQuestion
    /// By service; nil where the mesh has no such metric.
    func past(_ measure: SeriesMeasure, window: Int) -> MetricQuestion?
    func edgePast(quantile: Double, window: Int) -> MetricQuestion
    /// What a group of workloads carried: requests per second, and the slowest hundredth's milliseconds.
    func load(
        of workloads: [String], in namespace: String, window: Int
    ) -> (requests: MetricQuestion, p99: MetricQuestion)
    func objective(_ part: ObjectivePart, _ services: ServiceMatch, window: Int) -> MetricQuestion
    func objectiveBuckets(_ services: ServiceMatch, window: Int) -> MetricQuestion
    /// Counters of the clients of services, by proxy; of latency those buckets alone.
    func counters(_ services: ServiceMatch) -> MetricQuestion
    func bucketCounters(_ services: ServiceMatch, bounds: [String]) -> MetricQuestion
    /// By workload, over a window.
    func bucketGrowth(_ services: ServiceMatch, window: Int) -> MetricQuestion
    /// The metrics of a proxy's own page, by name; those of the proxy itself begin with the prefix.
    var scraped: [String: (field: MetricField, schema: LabelSchema)] { get }
    var scrapedPrefixes: [String] { get }
    var proxyStatPrefix: String { get }
}
