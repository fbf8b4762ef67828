// What a session keeps between two ticks so that the second asks for less.

internal import Base
internal import MeshModel

struct MetricsTick: Sendable {
    private var identities: EdgeIdentities?
    private var latencies = LatencyBook()
    private var plan: LatencyPlan

    init(plan: LatencyPlan = LatencyPlan()) { self.plan = plan }

    /// After this long the labels that hardly change are asked again.
    private static let identitySeconds = 60.0

    /// Ticks until the latency of a service is asked again, where it is not on the screen.
    var ticksOfARound: Int { plan.ticksOfARound }

    /// The next tick asks for all labels.
    mutating func forgetIdentities() { identities = nil }

    /// A tick's samples and the edges made of them.
    mutating func read(
        _ api: any MetricsSource, _ dialect: any MeshDialect, window: Int, at time: Timestamp, silent: [String],
        onScreen: [ServiceID]
    ) async throws -> (MetricsReading, EdgeReconciler) {
        let turn = plan.next(onScreen: onScreen)
        if let identities, abs(time - identities.asOf) >= Self.identitySeconds { self.identities = nil }
        var reading = try await MetricsPoll.read(
            api, dialect, window: window, at: time, silent: silent, identities: identities, turn: turn)
        latencies.take(reading.buckets, of: turn.services)
        var edges = EdgeReconciler(reading, latencies: latencies)
        if edges.hasStrangers {
            reading.requests = try await api.query(dialect.requests(window: window), at: time).samples
            reading.identities = nil
            edges = EdgeReconciler(reading, latencies: latencies)
        }
        if reading.identities == nil { identities = EdgeIdentities(reading.requests, at: time) }
        let asked = edges.edges.count { turn.services?.contains($0.service) ?? ($0.meshProtocol != .tcp) }
        plan.note(edges.edges, samples: reading.buckets.count, edgesAsked: asked)
        return (reading, edges)
    }
}
