// Service level objectives and how fast their error budget burns.
// https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts

/// What somebody promised of a service.
package struct Objective: Sendable, Hashable, Codable {
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

    package func includes(_ service: ServiceID) -> Bool {
        (namespace == nil || namespace == service.namespace) && (name == nil || name == service.name)
    }
}

/// How an objective stands: budget burnt over windows, where 1 spends exactly what the objective allows.
package struct ObjectiveStatus: Sendable, Hashable, Codable {
    package enum Measure: String, Sendable, Hashable, Codable { case availability, latency }
    package enum Level: String, Sendable, Hashable, Codable { case ok, slowBurn, fastBurn, unknown }

    package var service: ServiceID
    package var measure: Measure
    /// 0.999 of the requests.
    package var target: Double
    package var latencyMs: Double?
    /// Burn rates by window in seconds; a window without requests has none.
    package var burn: [Int: Double]

    package init(service: ServiceID, measure: Measure, target: Double, latencyMs: Double? = nil, burn: [Int: Double]) {
        self.service = service
        self.measure = measure
        self.target = target
        self.latencyMs = latencyMs
        self.burn = burn
    }

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
