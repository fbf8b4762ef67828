// The part of a snapshot that says how one workload is.

package struct WorkloadSummary: Sendable, Hashable, Codable {
    /// Unknown where its pods or its namespace were not read.
    package enum DataPlane: String, Sendable, Hashable, Codable { case sidecar, ambient, gateway, none, unknown }

    /// The autoscaler that owns this workload's replica count.
    package struct Autoscaler: Sendable, Hashable, Codable {
        package var name: String
        package var minimum: Int
        package var maximum: Int
        package var current: Int?
        package var desired: Int?

        package init(name: String, minimum: Int, maximum: Int, current: Int? = nil, desired: Int? = nil) {
            self.name = name
            self.minimum = minimum
            self.maximum = maximum
            self.current = current
            self.desired = desired
        }
    }

    package var cluster: String?
    package var namespace: String
    package var kind: String
    package var name: String
    package var app: String?
    package var version: String?
    package var desired: Int?
    package var ready: Int?
    package var dataPlane: DataPlane
    package var health: Health
    package var requestsPerSecond: Double?
    package var errorRatio: Double?
    package var latencyMs: Latency
    package var autoscaler: Autoscaler?
    /// Who else writes this object: Helm, Argo CD, Flux, Flagger.
    package var manager: String?
    /// A gateway of an ambient mesh, in front of services.
    package var isWaypoint = false

    package init(
        cluster: String? = nil, namespace: String, kind: String, name: String, app: String? = nil,
        version: String? = nil, desired: Int? = nil, ready: Int? = nil, dataPlane: DataPlane = .none,
        health: Health = .unknown, requestsPerSecond: Double? = nil, errorRatio: Double? = nil,
        latencyMs: Latency = Latency(), autoscaler: Autoscaler? = nil, manager: String? = nil
    ) {
        self.cluster = cluster
        self.namespace = namespace
        self.kind = kind
        self.name = name
        self.app = app
        self.version = version
        self.desired = desired
        self.ready = ready
        self.dataPlane = dataPlane
        self.health = health
        self.requestsPerSecond = requestsPerSecond
        self.errorRatio = errorRatio
        self.latencyMs = latencyMs
        self.autoscaler = autoscaler
        self.manager = manager
    }
}
