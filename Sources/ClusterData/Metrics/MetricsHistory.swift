// The recent past of each service and edge: filled once from range queries, then from every tick.

internal import Base
internal import Kube
package import MeshModel

/// Ring of values at a fixed step. Appends happen at ticks, which are a step apart.
package struct MetricsHistory: Sendable {
    /// Points kept of each number: ten minutes at five seconds.
    package static let capacity = 120

    package var stepSeconds: Int
    private var services: [ServiceID: ServiceTrack] = [:]
    private var edges: [EdgeID: EdgeTrack] = [:]

    private struct ServiceTrack: Sendable {
        var requests: [Float] = []
        var errors: [Float] = []
        var p50: [Float] = []
        var p95: [Float] = []
        var p99: [Float] = []
    }
    private struct EdgeTrack: Sendable {
        var requests: [Float] = []
        var p99: [Float] = []
    }
    private struct EdgeID: Hashable, Sendable {
        var source: ObjectKey
        var destination: ObjectKey
        var service: ServiceID
        var meshProtocol: MeshEdge.MeshProtocol

        init(_ edge: MeshEdge) {
            self.init(
                source: ObjectKey(edge.source.namespace, edge.source.workload),
                destination: ObjectKey(edge.destination.namespace, edge.destination.workload), service: edge.service,
                meshProtocol: edge.meshProtocol)
        }

        init(source: ObjectKey, destination: ObjectKey, service: ServiceID, meshProtocol: MeshEdge.MeshProtocol) {
            self.source = source
            self.destination = destination
            self.service = service
            self.meshProtocol = meshProtocol
        }
    }

    package init(stepSeconds: Int = 5) { self.stepSeconds = stepSeconds }

    /// The numbers that a service's past is made of.
    package enum Measure: Sendable, CaseIterable { case requests, errors, p50, p95, p99 }

    /// Puts a range query's answer in place of a service's past. `count` points end at the query's end.
    package mutating func backfill(_ measure: Measure, _ series: [MetricSeries], start: Double, count: Int) {
        for one in series where one.labels.count == 2 {
            var values = [Float](repeating: .nan, count: count)
            for point in one.points {
                let index = Int(clamping: ((point.time - start) / Double(stepSeconds)).rounded())
                if values.indices.contains(index), Float(point.value).isFinite { values[index] = Float(point.value) }
            }
            let id = ServiceID(namespace: one.labels[0], name: one.labels[1])
            var track = services[id] ?? ServiceTrack()
            switch measure {
            case .requests: track.requests = values
            case .errors: track.errors = values
            case .p50: track.p50 = values
            case .p95: track.p95 = values
            case .p99: track.p99 = values
            }
            services[id] = track
        }
    }

    /// The same for the 99th percentile of edges.
    package mutating func backfillEdges(_ series: [MetricSeries], start: Double, count: Int) {
        for one in series where one.labels.count == IstioQueries.edgeHistoryLabels.names.count {
            var values = [Float](repeating: .nan, count: count)
            for point in one.points {
                let index = Int(clamping: ((point.time - start) / Double(stepSeconds)).rounded())
                if values.indices.contains(index), Float(point.value).isFinite { values[index] = Float(point.value) }
            }
            let service = ServiceID(namespace: one.labels[2], name: one.labels[3])
            let (source, destination) = (
                ObjectKey(one.labels[0], one.labels[1]), ObjectKey(one.labels[4], one.labels[5])
            )
            for known in [MeshEdge.MeshProtocol.http, .grpc] {
                edges[EdgeID(source: source, destination: destination, service: service, meshProtocol: known)] =
                    EdgeTrack(p99: values)
            }
        }
    }

    /// Appends a tick's numbers; what was not measured this time gets a gap.
    package mutating func append(services measured: [ServiceSummary], edges measuredEdges: [MeshEdge]) {
        for service in measured {
            var track = services[service.id] ?? ServiceTrack()
            Self.push(service.requestsPerSecond, onto: &track.requests)
            Self.push(
                service.errorRatio.flatMap { ratio in service.requestsPerSecond.map { $0 * ratio } },
                onto: &track.errors)
            Self.push(service.latencyMs.p50, onto: &track.p50)
            Self.push(service.latencyMs.p95, onto: &track.p95)
            Self.push(service.latencyMs.p99, onto: &track.p99)
            services[service.id] = track
        }
        let known = Set(measured.map(\.id))
        services = services.filter { known.contains($0.key) }
        var fresh: [EdgeID: EdgeTrack] = [:]
        for edge in measuredEdges {
            let id = EdgeID(edge)
            var track = edges[id] ?? EdgeTrack()
            Self.push(edge.requestsPerSecond, onto: &track.requests)
            Self.push(edge.latencyMs.p99, onto: &track.p99)
            fresh[id] = track
        }
        edges = fresh
    }

    private static func push(_ value: Double?, onto values: inout [Float]) {
        values.append(value.map { Float($0) } ?? .nan)
        if values.count > capacity { values.removeFirst(values.count - capacity) }
    }

    private func history(_ values: [Float]?) -> History { History(stepSeconds: stepSeconds, samples: values ?? []) }
    package func requests(_ id: ServiceID) -> History { history(services[id]?.requests) }
    package func errors(_ id: ServiceID) -> History { history(services[id]?.errors) }
    package func p50(_ id: ServiceID) -> History { history(services[id]?.p50) }
    package func p95(_ id: ServiceID) -> History { history(services[id]?.p95) }
    package func p99(_ id: ServiceID) -> History { history(services[id]?.p99) }
    package func edge(_ edge: MeshEdge) -> (requests: History, p99: History) {
        guard !edges.isEmpty, let track = edges[EdgeID(edge)] else { return (history(nil), history(nil)) }
        return (history(track.requests), history(track.p99))
    }
}
