// What a group of workloads carried: as it is known, or as a metrics API says.

internal import Base
internal import Kube
internal import MeshModel

extension LoadHistory {
    static let pastSeconds = 3600
    /// Windows that do not overlap, so that each is an observation of its own.
    static let stepSeconds = 60

    /// Two range queries over the last hour. Nil where nothing is known of these workloads.
    static func read(
        _ api: any MetricsSource, _ dialect: any MeshDialect, _ workloads: Set<ObjectKey>, end: Timestamp
    ) async throws -> LoadHistory? {
        guard let namespace = workloads.first?.namespace, !workloads.isEmpty else { return nil }
        let questions = dialect.load(of: workloads.map(\.name).sorted(), in: namespace, window: stepSeconds)
        func ask(_ question: MetricQuestion) async throws -> [Double: Double] {
            let answer = try await api.range(
                question, start: end + Double(-pastSeconds), end: end, stepSeconds: stepSeconds)
            let points = (answer.series.first?.points ?? []).map { ($0.time.rounded(), $0.value) }
            return Dictionary(points) { $1 }.filter { $0.value.isFinite }
        }
        let rates = try await ask(questions.requests)
        let slowest = try await ask(questions.p99)
        let points = rates.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map {
            Point(rate: $0.value, p99: slowest[$0.key])
        }
        return points.isEmpty ? nil : LoadHistory(seconds: pastSeconds, points: points)
    }

    /// The last hour of one workload as ticks have counted it; nil where they have not been there for all of it, or
    /// where their rates are over another window, so that their observations overlap.
    static func known(_ series: SeriesStore, kind: String, _ key: ObjectKey, window: Int) -> LoadHistory? {
        guard window == stepSeconds else { return nil }
        let wanted = pastSeconds / stepSeconds
        let rates = series.workload(kind, key, .requests, 1).suffix(wanted)
        let slowest = series.workload(kind, key, .p99, 1).suffix(wanted)
        guard rates.count == wanted, !rates.contains(where: { $0 == nil }) else { return nil }
        let gap = rates.count - slowest.count
        let points = rates.indices.compactMap { place -> Point? in
            guard let rate = rates[place], rate > 0 else { return nil }
            return Point(rate: rate, p99: place >= gap ? slowest[place - gap] : nil)
        }
        return points.isEmpty ? nil : LoadHistory(seconds: pastSeconds, points: points)
    }
}
