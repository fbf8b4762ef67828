// Whoever answers questions about metrics.

package import Base
package import MeshModel

/// A metrics API. Times are of this host's clock, whatever the server's says.
package protocol MetricsSource: Sendable {
    /// What to call it on the screen; never holds a password.
    var name: String { get }
    /// The values at a time, now when nil.
    func query(_ question: MetricQuestion, at time: Timestamp?) async throws -> PrometheusAnswer
    func range(
        _ question: MetricQuestion, start: Timestamp, end: Timestamp, stepSeconds: Int
    ) async throws -> PrometheusAnswer
}

extension PrometheusClient: MetricsSource {
    package var name: String { endpoint.name }

    package func query(_ question: MetricQuestion, at time: Timestamp?) async throws -> PrometheusAnswer {
        try await query(question.query, schema: question.schema, time: time)
    }

    package func range(
        _ question: MetricQuestion, start: Timestamp, end: Timestamp, stepSeconds: Int
    ) async throws -> PrometheusAnswer {
        try await queryRange(
            question.query, schema: question.schema, start: start, end: end, stepSeconds: stepSeconds)
    }
}
