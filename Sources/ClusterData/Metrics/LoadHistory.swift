// What a group of workloads carried in the past, and how fast it answered: what a prediction rests on.

package struct LoadHistory: Sendable, Hashable {
    package struct Point: Sendable, Hashable {
        /// Requests per second over all of the workloads' pods.
        package var rate: Double
        package var p99: Double?

        package init(rate: Double, p99: Double?) {
            self.rate = rate
            self.p99 = p99
        }
    }
    package var seconds: Int
    /// One for each window that had requests, oldest first; milliseconds.
    package var points: [Point]

    package init(seconds: Int, points: [Point]) {
        self.seconds = seconds
        self.points = points
    }

    package var most: Double? { points.map(\.rate).max() }
}

extension LoadHistory {
    private static let pastSeconds = 3600
    /// Windows that do not overlap, so that each is an observation of its own.
    private static let stepSeconds = 60

    /// Two range queries over the last hour. Nil where nothing is known of these workloads.
    static func read(
        _ prometheus: PrometheusClient, _ workloads: Set<ObjectKey>, end: Timestamp
    ) async throws -> LoadHistory? {
        guard let namespace = workloads.first?.namespace, !workloads.isEmpty else { return nil }
        let names = PromQL.oneOf(workloads.map(\.name).sorted())
        let selector =
            "reporter=~\"destination|waypoint\",destination_workload_namespace=\"\(PromQL.quoted(namespace))\",destination_workload=~\"\(names)\""
        let window = "[\(stepSeconds)s]"
        func ask(_ query: String) async throws -> [Double: Double] {
            let answer = try await prometheus.queryRange(
                query, schema: LabelSchema([]), start: end + Double(-pastSeconds), end: end, stepSeconds: stepSeconds)
            let points = (answer.series.first?.points ?? []).map { ($0.time.rounded(), $0.value) }
            return Dictionary(points) { $1 }.filter { $0.value.isFinite }
        }
        let rates = try await ask("sum(rate(istio_requests_total{\(selector)}\(window)))")
        let slowest = try await ask(
            "histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{\(selector)}\(window))))"
        )
        let points = rates.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map {
            Point(rate: $0.value, p99: slowest[$0.key])
        }
        return points.isEmpty ? nil : LoadHistory(seconds: pastSeconds, points: points)
    }
}

extension MeshSession {
    /// What the workloads behind a destination carried; nil where no Prometheus says.
    package func loadHistory(_ workloads: Set<ObjectKey>) async -> LoadHistory? {
        guard !isSampled, let prometheus = try? await metricsAPI() else { return nil }
        return try? await LoadHistory.read(prometheus, workloads, end: clock.now)
    }
}
