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
    private static let labels = LabelSchema(["destination_service_namespace", "destination_service_name"])
    private static let bucketLabels = LabelSchema(["destination_service_namespace", "destination_service_name", "le"])
    private static let by = "destination_service_namespace,destination_service_name"

    private static func select(_ objectives: [Objective]) -> String {
        func alternatives(_ values: [String?]) -> String? {
            guard !values.contains(where: { $0 == nil }) else { return nil }
            return Set(values.compactMap { $0 }).sorted().map { name in
                name.map { $0 == "." ? "\\\\." : String($0) }.joined()
            }.joined(separator: "|")
        }
        let parts = [
            ("destination_service_namespace", alternatives(objectives.map(\.namespace))),
            ("destination_service_name", alternatives(objectives.map(\.name))),
        ].compactMap { label, values in values.map { ",\(label)=~\"\($0)\"" } }
        return parts.joined()
    }

    /// Queries of one window: few, grouped, for all services that have an objective.
    static func counts(
        _ prometheus: PrometheusClient, _ objectives: [Objective], window: Int, at time: Timestamp
    ) async throws -> ObjectiveCounts {
        let select = select(objectives)
        let served = "reporter=~\"destination|waypoint\"\(select)"
        // What never arrived, only clients know of.
        let lost = "reporter=\"source\",response_flags=~\".*(UO|UH|NR|UF).*\"\(select)"
        func rate(_ selector: String) -> String {
            "sum by (\(by)) (rate(istio_requests_total{\(selector)}[\(window)s]))"
        }
        async let all = prometheus.query(rate(served), schema: labels, time: time)
        async let failed = prometheus.query(
            rate("\(served),response_code=~\"5..|0\""), schema: labels, time: time)
        async let statuses = prometheus.query(
            rate("\(served),response_code=~\"[1-4]..\",grpc_response_status=~\"[1-9]|1[0-6]\""), schema: labels,
            time: time)
        async let unreached = prometheus.query(rate(lost), schema: labels, time: time)
        var counts = ObjectiveCounts()
        for sample in try await all.samples { counts.all[id(sample), default: 0] += sample.value }
        for answer in [try await failed, try await statuses] {
            for sample in answer.samples { counts.failed[id(sample), default: 0] += sample.value }
        }
        for sample in try await unreached.samples {
            counts.all[id(sample), default: 0] += sample.value
            counts.failed[id(sample), default: 0] += sample.value
        }
        if objectives.contains(where: { $0.latencyMs != nil }) {
            let buckets = try await prometheus.query(
                "sum by (\(by),le) (rate(istio_request_duration_milliseconds_bucket{\(served)}[\(window)s]))",
                schema: bucketLabels, time: time)
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
        _ prometheus: PrometheusClient, _ objectives: [Objective], at time: Timestamp
    ) async throws -> [ObjectiveStatus] {
        var windows: [Int: ObjectiveCounts] = [:]
        for window in ObjectiveStatus.windows {
            windows[window] = try await counts(prometheus, objectives, window: window, at: time)
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
