// Service level objectives and how fast their error budget burns.
// https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts

/// What somebody promised of a service.
package struct Objective: Sendable, Hashable {
    /// Namespace and name; nil name stands for all services of the namespace, nil namespace for all.
    package var namespace: String?
    package var name: String?
    /// The share of requests that must not fail, 0…1.
    package var availability: Double?
    /// Milliseconds within which `latencyShare` of the requests must be answered.
    package var latencyMs: Double?
    package var latencyShare: Double?

    package init(
        namespace: String?, name: String?, availability: Double? = nil, latencyMs: Double? = nil,
        latencyShare: Double? = nil
    ) {
        self.namespace = namespace
        self.name = name
        self.availability = availability
        self.latencyMs = latencyMs
        self.latencyShare = latencyShare
    }

    func includes(_ service: ServiceID) -> Bool {
        (namespace == nil || namespace == service.namespace) && (name == nil || name == service.name)
    }
}

/// How an objective stands: budget burnt over windows, where 1 spends exactly what the objective allows.
package struct ObjectiveStatus: Sendable, Hashable {
    package enum Measure: String, Sendable, Hashable { case availability, latency }
    package enum Level: String, Sendable, Hashable { case ok, slowBurn, fastBurn, unknown }

    package var service: ServiceID
    package var measure: Measure
    /// 0.999 of the requests.
    package var target: Double
    package var latencyMs: Double?
    /// Burn rates by window in seconds; a window without requests has none.
    package var burn: [Int: Double]

    package static let windows = [300, 1800, 3600, 21600]

    /// Both a long and a short window burn: it is serious, and it is still going on.
    package var level: Level {
        guard !burn.isEmpty else { return .unknown }
        func burns(_ long: Int, _ short: Int, _ rate: Double) -> Bool {
            (burn[long] ?? 0) > rate && (burn[short] ?? 0) > rate
        }
        if burns(3600, 300, 14.4) { return .fastBurn }
        return burns(21600, 1800, 6) ? .slowBurn : .ok
    }
}

/// Requests of services over one window: all, those that failed, and those below a bound.
package struct ObjectiveCounts: Sendable {
    var all: [ServiceID: Double] = [:]
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

extension HistogramBuckets {
    /// The share of observations above a value, interpolated within its bucket; nil without observations.
    package func share(above value: Double) -> Double? {
        guard let total = cumulative.last, total > 0, bounds.last == .infinity else { return nil }
        guard let index = bounds.firstIndex(where: { $0 >= value }) else { return 0 }
        if bounds[index] == value { return max(0, 1 - cumulative[index] / total) }
        let below = index == 0 ? 0 : cumulative[index - 1]
        // Within the last bucket nothing says how far.
        guard bounds[index].isFinite else { return max(0, 1 - below / total) }
        let start = index == 0 ? 0 : bounds[index - 1]
        let part = (value - start) / (bounds[index] - start)
        return max(0, 1 - (below + (cumulative[index] - below) * part) / total)
    }
}
