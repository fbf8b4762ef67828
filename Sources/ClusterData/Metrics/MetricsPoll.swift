// One tick's queries, asked together.

package import Base
internal import Istio
package import MeshModel

package enum MetricsPoll {
    /// All grouped queries at one evaluation time, so that their answers describe the same moment. `silent` are the
    /// workloads whose latency only their clients know; with `identities` the labels that they stand for are not asked;
    /// `turn` names the services whose latency is.
    package static func read(
        _ api: any MetricsSource, _ dialect: any MeshDialect = IstioDialect(), window: Int, at time: Timestamp,
        silent: [String] = [], identities: EdgeIdentities? = nil, turn: LatencyTurn = .everybody,
        mostSeries: Int = Self.mostSeries
    ) async throws -> MetricsReading {
        var request = TickRequest(window: window)
        request.silent = silent
        request.knowsIdentities = identities != nil
        request.latencyOf = turn.queries
        let questions = dialect.tick(request)
        var reading = MetricsReading(asOf: time, windowSeconds: window)
        reading.identities = identities
        var warnings: Set<String> = []
        var series = 0
        try await withThrowingTaskGroup(of: (MetricField, PrometheusAnswer).self) { group in
            for (field, question) in questions {
                group.addTask { (field, try await api.query(question, at: time)) }
            }
            for try await (field, answer) in group {
                series += answer.samples.count
                guard series <= mostSeries else {
                    throw MeshTopError(
                        .decoding, "metrics at \(api.name)",
                        why: "the answers of one round have more than \(mostSeries) series",
                        advice: "narrow the scope with -n NAMESPACE, or give a Prometheus of this mesh alone")
                }
                reading[field] += answer.samples
                warnings.formUnion(answer.warnings)
            }
        }
        reading.warnings = warnings.sorted()
        return reading
    }

    private static let mostEdges = 500
    /// Of all answers of one tick; one alone may have half of it.
    package static let mostSeries = 400_000

    /// The past of services and edges at one resolution, so that sparklines are drawn at the first tick. The points of
    /// the coarser ones stand at multiples of their step, and edges have none.
    static func past(
        _ api: any MetricsSource, _ dialect: any MeshDialect, _ resolution: (place: Int, Resolution),
        _ measures: [SeriesMeasure] = SeriesMeasure.allCases, window: Int, end: Timestamp, edges: Int = 0
    ) async throws -> SeriesPast {
        let (place, grid) = resolution
        let step = Double(grid.stepSeconds)
        let last = place == 0 ? end : Timestamp(seconds: (end.seconds / step).rounded(.down) * step)
        let start = last + -Double(grid.capacity - 1) * step
        var past = SeriesPast(resolution: place, end: last.seconds, count: grid.capacity)
        for measure in measures {
            guard let question = dialect.past(measure, window: window) else { continue }
            let answer = try await api.range(question, start: start, end: last, stepSeconds: grid.stepSeconds)
            past.services.append((measure, answer.series))
        }
        // A mesh with very many edges shows their past from now on: the query would cost more than it tells.
        if place == 0, edges <= mostEdges {
            let question = dialect.edgePast(quantile: 0.99, window: window)
            past.edges = try await api.range(
                question, start: start, end: last, stepSeconds: grid.stepSeconds
            ).series
        }
        return past
    }
}
