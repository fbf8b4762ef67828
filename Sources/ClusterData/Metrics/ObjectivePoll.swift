// Asks a Prometheus how service level objectives stand.
// https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts

package import Base
package import MeshModel

/// Requests of services over one window: all, those that failed, and those below a bound.
package struct ObjectiveCounts: Sendable {
    package var all: [ServiceID: Double] = [:]
    var failed: [ServiceID: Double] = [:]
    /// By upper bound in milliseconds.
    var below: [ServiceID: HistogramBuckets] = [:]

    package init() {}
}

package enum ObjectivePoll {
    private static func services(_ objectives: [Objective]) -> ServiceMatch {
        func all(_ values: [String?]) -> [String]? {
            guard !values.contains(where: { $0 == nil }) else { return nil }
            return Set(values.compactMap { $0 }).sorted()
        }
        return ServiceMatch(namespaces: all(objectives.map(\.namespace)), names: all(objectives.map(\.name)))
    }

    /// Queries of one window: few, grouped, for all services that have an objective.
    static func counts(
        _ api: any MetricsSource, _ dialect: any MeshDialect, _ objectives: [Objective], window: Int,
        at time: Timestamp
    ) async throws -> ObjectiveCounts {
        let services = services(objectives)
        func ask(_ part: ObjectivePart) async throws -> [MetricSample] {
            try await api.query(dialect.objective(part, services, window: window), at: time).samples
        }
        async let all = ask(.served)
        async let failed = ask(.failedByCode)
        async let statuses = ask(.failedByStatus)
        async let unreached = ask(.unreached)
        var counts = ObjectiveCounts()
        for sample in try await all { counts.all[id(sample), default: 0] += sample.value }
        for answer in [try await failed, try await statuses] {
            for sample in answer { counts.failed[id(sample), default: 0] += sample.value }
        }
        for sample in try await unreached {
            counts.all[id(sample), default: 0] += sample.value
            counts.failed[id(sample), default: 0] += sample.value
        }
        if objectives.contains(where: { $0.latencyMs != nil }) {
            let buckets = try await api.query(dialect.objectiveBuckets(services, window: window), at: time)
            for sample in buckets.samples where sample.labels.count == 3 {
                guard let bound = PrometheusAnswer.number(sample.labels[2]) else { continue }
                counts.below[id(sample), default: HistogramBuckets()].add(upperBound: bound, value: sample.value)
            }
        }
        return counts
    }

    private static func id(_ sample: MetricSample) -> ServiceID {
        ServiceID(namespace: sample.labels.first ?? "", name: sample.labels.dropFirst().first ?? "")
    }

    package static func read(
        _ api: any MetricsSource, _ dialect: any MeshDialect, _ objectives: [Objective], at time: Timestamp
    ) async throws -> [ObjectiveStatus] {
        var windows: [Int: ObjectiveCounts] = [:]
        for window in ObjectiveStatus.windows {
            windows[window] = try await counts(api, dialect, objectives, window: window, at: time)
        }
        return statuses(objectives, windows)
    }

    /// The burn of each objective of each service that had requests in a window. Pure.
    static func statuses(_ objectives: [Objective], _ windows: [Int: ObjectiveCounts]) -> [ObjectiveStatus] {
        let services = Set(windows.values.flatMap { $0.all.keys }).sorted()
        var all: [ObjectiveStatus] = []
        for service in services {
            // The most exact objective of a service holds.
            let own = objectives.filter { $0.includes(service) }.max {
                ($0.name == nil ? 0 : 2) + ($0.namespace == nil ? 0 : 1) < ($1.name == nil ? 0 : 2)
                    + ($1.namespace == nil ? 0 : 1)
            }
            guard let own else { continue }
            if let target = own.availability, target < 1 {
                let burn = windows.compactMapValues { counts -> Double? in
                    guard let total = counts.all[service], total > 0 else { return nil }
                    return (counts.failed[service] ?? 0) / total / (1 - target)
                }
                all.append(ObjectiveStatus(service: service, measure: .availability, target: target, burn: burn))
            }
            if let bound = own.latencyMs, let target = own.latencyShare, target < 1 {
                let burn = windows.compactMapValues { counts -> Double? in
                    guard let slow = counts.below[service]?.share(above: bound) else { return nil }
                    return slow / (1 - target)
                }
                all.append(
                    ObjectiveStatus(service: service, measure: .latency, target: target, latencyMs: bound, burn: burn))
            }
        }
        return all
    }
}
