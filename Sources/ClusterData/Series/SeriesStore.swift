// The past of each service, workload and edge: rings of several resolutions, filled from range queries and by every tick.

package import Base
package import Kube
package import MeshModel

/// What range queries said of the past of services or edges.
package struct SeriesPast: Sendable {
    var resolution: Int
    /// Of the last point, in seconds, and how many there are.
    var end: Double
    var count: Int
    var services: [(measure: SeriesMeasure, series: [MetricSeries])] = []
    /// The 99th percentile of edges.
    var edges: [MetricSeries] = []
}

package struct SeriesStore: Sendable {
    /// Ten minutes of ticks, two hours of minutes, twelve hours of five minutes.
    package let resolutions: [Resolution]
    /// Of all rings together, when all are full: 20 MB.
    private let mostPoints: Int
    private var clocks: [SeriesClock]
    private var services: [ServiceID: SeriesTrack] = [:]
    private var workloads: [WorkloadID: SeriesTrack] = [:]
    private var edges: [EdgeID: SeriesTrack] = [:]
    private var plan: SeriesPlan?

    private struct WorkloadID: Hashable, Sendable {
        var kind: String
        var key: ObjectKey
    }

    private struct EdgeID: Hashable, Sendable {
        var source: ObjectKey
        var destination: ObjectKey
        var service: ServiceID
        var meshProtocol: MeshEdge.MeshProtocol

        init(_ edge: MeshEdge) {
            source = ObjectKey(edge.source.namespace, edge.source.workload)
            destination = ObjectKey(edge.destination.namespace, edge.destination.workload)
            service = edge.service
            meshProtocol = edge.meshProtocol
        }

        /// In the order of `TrafficColumns.edge`.
        init(_ labels: [String], _ meshProtocol: MeshEdge.MeshProtocol) {
            source = ObjectKey(labels[0], labels[1])
            service = ServiceID(namespace: labels[2], name: labels[3])
            destination = ObjectKey(labels[4], labels[5])
            self.meshProtocol = meshProtocol
        }
    }

    package init(stepSeconds: Int = 5, mostPoints: Int = 5_000_000) {
        resolutions = [
            Resolution(stepSeconds: stepSeconds, capacity: 120), Resolution(stepSeconds: 60, capacity: 120),
            Resolution(stepSeconds: 300, capacity: 144),
        ]
        self.mostPoints = mostPoints
        clocks = resolutions.enumerated().map { SeriesClock($1, isAligned: $0 > 0) }
    }

    // MARK: Writing

    /// A tick's numbers; what was not measured this time gets a gap. What is gone for as long as the finest ring is long
    /// is forgotten.
    package mutating func append(
        at time: Timestamp, services measured: [ServiceSummary], workloads seen: [WorkloadSummary] = [],
        edges flowing: [MeshEdge]
    ) {
        plan = SeriesPlan.fitting(
            services: measured.count, workloads: seen.count, edges: flowing.count, points: mostPoints, resolutions)
        let ahead = clocks.indices.map { place in
            (places: clocks[place].advance(to: time.seconds), capacity: resolutions[place].capacity)
        }
        func put<ID: Hashable>(
            _ part: SeriesPlan.Part?, _ tracks: inout [ID: SeriesTrack], _ samples: [ID: SeriesSample]
        ) {
            guard let part, part.resolutions > 0 else {
                tracks = [:]
                return
            }
            let kept = Array(ahead.prefix(part.resolutions))
            let oldest = time.seconds - Double(resolutions[0].seconds)
            for id in Array(tracks.keys) where samples[id] == nil {
                if tracks[id].map({ $0.measuredAt < oldest }) ?? false {
                    tracks[id] = nil
                } else {
                    tracks[id]?.put(nil, part.measures, kept, at: time.seconds)
                }
            }
            for (id, sample) in samples {
                tracks[id, default: SeriesTrack()].put(sample, part.measures, kept, at: time.seconds)
                if part.measures.count < SeriesMeasure.allCases.count { tracks[id]?.keep(only: part.measures) }
            }
        }
        put(plan?.services, &services, Dictionary(measured.map { ($0.id, SeriesSample($0)) }) { first, _ in first })
        put(
            plan?.workloads, &workloads,
            Dictionary(
                seen.map { (WorkloadID(kind: $0.kind, key: ObjectKey($0.namespace, $0.name)), SeriesSample($0)) }
            ) { first, _ in first })
        put(plan?.edges, &edges, Dictionary(flowing.map { (EdgeID($0), SeriesSample($0)) }) { first, _ in first })
    }

    /// Puts what range queries said in place of what is known of the time until their end; what came since stays.
    mutating func fill(_ past: SeriesPast) {
        guard clocks.indices.contains(past.resolution) else { return }
        let resolution = resolutions[past.resolution]
        let since = clocks[past.resolution].points(since: past.end)
        let step = Double(resolution.stepSeconds)
        let count = min(past.count, resolution.capacity)
        let start = past.end - Double(count - 1) * step
        func values(_ series: MetricSeries) -> [Float] {
            var values = [Float](repeating: .nan, count: count)
            for point in series.points {
                let index = Int(clamping: ((point.time - start) / step).rounded())
                if values.indices.contains(index), Float(point.value).isFinite { values[index] = Float(point.value) }
            }
            return values
        }
        func fill<ID: Hashable>(
            _ tracks: inout [ID: SeriesTrack], _ id: ID, _ series: MetricSeries, _ measure: SeriesMeasure
        ) {
            tracks[id, default: SeriesTrack()].fill(
                values(series), since: since, measure, past.resolution, capacity: resolution.capacity)
        }
        for (measure, all) in past.services {
            for series in all where series.labels.count == TrafficColumns.service.names.count {
                fill(&services, ServiceID(namespace: series.labels[0], name: series.labels[1]), series, measure)
            }
        }
        for series in past.edges where series.labels.count == TrafficColumns.edge.names.count {
            for known in [MeshEdge.MeshProtocol.http, .grpc] {
                fill(&edges, EdgeID(series.labels, known), series, .p99)
            }
        }
    }

    /// How many resolutions of services are kept, the finest first: fewer in a very large mesh.
    var resolutionsOfServices: Int { plan.map(\.services.resolutions) ?? resolutions.count }

    // MARK: Reading

    private func history(_ track: SeriesTrack?, _ measure: SeriesMeasure, _ resolution: Int) -> History {
        History(
            stepSeconds: resolutions[resolution].stepSeconds,
            samples: resolutions.indices.contains(resolution) ? track?.values(measure, resolution) ?? [] : [])
    }

    /// The newest last; `resolution` is a place in `resolutions`.
    package func service(_ id: ServiceID, _ measure: SeriesMeasure, _ resolution: Int = 0) -> History {
        history(services[id], measure, resolution)
    }

    package func workload(
        _ kind: String, _ key: ObjectKey, _ measure: SeriesMeasure, _ resolution: Int = 0
    ) -> History {
        history(workloads[WorkloadID(kind: kind, key: key)], measure, resolution)
    }

    package func edge(_ edge: MeshEdge, _ measure: SeriesMeasure, _ resolution: Int = 0) -> History {
        history(edges.isEmpty ? nil : edges[EdgeID(edge)], measure, resolution)
    }

    /// When the newest point of a resolution is; nil before the first.
    package func newest(_ resolution: Int) -> Timestamp? {
        clocks.indices.contains(resolution) ? clocks[resolution].newest.map { Timestamp(seconds: $0) } : nil
    }

    /// Points that are held now.
    var points: Int {
        services.values.reduce(0) { $0 + $1.points } + workloads.values.reduce(0) { $0 + $1.points }
            + edges.values.reduce(0) { $0 + $1.points }
    }
}

extension SeriesSample {
    init(_ service: ServiceSummary) {
        requests = service.requestsPerSecond
        errors = service.errorRatio.flatMap { ratio in service.requestsPerSecond.map { $0 * ratio } }
        latency = service.latencyMs
        bytes = service.bytesPerSecond
    }

    init(_ workload: WorkloadSummary) {
        requests = workload.requestsPerSecond
        errors = workload.errorRatio.flatMap { ratio in workload.requestsPerSecond.map { $0 * ratio } }
        latency = workload.latencyMs
    }

    init(_ edge: MeshEdge) {
        requests = edge.requestsPerSecond
        errors = edge.errorRatio.flatMap { ratio in edge.requestsPerSecond.map { $0 * ratio } }
        latency = edge.latencyMs
        bytes = [edge.bytesSentPerSecond, edge.bytesReceivedPerSecond].compactMap(\.self).reduce(nil) { ($0 ?? 0) + $1 }
    }
}
