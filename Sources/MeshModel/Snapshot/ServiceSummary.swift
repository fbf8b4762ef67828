// The part of a snapshot that says how one service is.

package struct ServiceSummary: Sendable, Hashable, Codable {
    package var cluster: String?
    package var id: ServiceID
    package var hosts: [String]
    package var health: Health
    package var requestsPerSecond: Double?
    package var errorRatio: Double?
    /// TCP bytes per second in both directions, for services that carry no HTTP.
    package var bytesPerSecond: Double?
    package var latencyMs: Latency
    package var mtlsRatio: Double?
    /// Ready and wanted pods behind the service's selector.
    package var readyPods: Int?
    package var pods: Int?
    /// Names of the workloads behind the service, in this namespace.
    package var workloads: [String]
    package var requestHistory: History
    package var errorHistory: History
    package var p50History: History
    package var p95History: History
    package var p99History: History

    package init(
        cluster: String? = nil, id: ServiceID, hosts: [String] = [], health: Health = .unknown,
        requestsPerSecond: Double? = nil, errorRatio: Double? = nil, bytesPerSecond: Double? = nil,
        latencyMs: Latency = Latency(), mtlsRatio: Double? = nil, readyPods: Int? = nil, pods: Int? = nil,
        workloads: [String] = [], requestHistory: History = History(), errorHistory: History = History(),
        p50History: History = History(), p95History: History = History(), p99History: History = History()
    ) {
        self.cluster = cluster
        self.id = id
        self.hosts = hosts
        self.health = health
        self.requestsPerSecond = requestsPerSecond
        self.errorRatio = errorRatio
        self.bytesPerSecond = bytesPerSecond
        self.latencyMs = latencyMs
        self.mtlsRatio = mtlsRatio
        self.readyPods = readyPods
        self.pods = pods
        self.workloads = workloads
        self.requestHistory = requestHistory
        self.errorHistory = errorHistory
        self.p50History = p50History
        self.p95History = p95History
        self.p99History = p99History
    }
}
