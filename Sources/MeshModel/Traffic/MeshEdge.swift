// Who talks to whom, and how it goes.

/// An end of an edge: a workload as the proxies name it. "unknown" stays "unknown".
package struct MeshNode: Sendable, Hashable, Codable {
    package var cluster: String?
    package var namespace: String
    package var workload: String
    package var app: String?
    package var version: String?

    package init(
        cluster: String? = nil, namespace: String, workload: String, app: String? = nil, version: String? = nil
    ) {
        self.cluster = cluster
        self.namespace = namespace
        self.workload = workload
        self.app = app
        self.version = version
    }
}

package struct MeshEdge: Sendable, Hashable, Codable {
    package enum MeshProtocol: String, Sendable, Hashable, Codable { case http, grpc, tcp }
    package enum Reporter: String, Sendable, Hashable, Codable { case source, destination, waypoint }

    package var source: MeshNode
    package var destination: MeshNode
    package var service: ServiceID
    package var host: String
    package var meshProtocol: MeshProtocol
    package var requestsPerSecond: Double?
    package var bytesSentPerSecond: Double?
    package var bytesReceivedPerSecond: Double?
    package var errorRatio: Double?
    /// Requests per second by response code as reported ("200", "503", "0" for none).
    package var responses: [String: Double]
    /// Requests per second by response flag ("UO", "UH", …); "-" is left out.
    package var flags: [String: Double]
    package var latencyMs: Latency
    package var mtlsRatio: Double?
    package var reporter: Reporter
    /// gRPC statuses as numbers ("0", "14"), in requests per second.
    package var grpcStatuses: [String: Double] = [:]
    /// TCP connections per second.
    package var connectionsPerSecond: Double?
    /// Where fewer requests arrived, as the destination counts, than were sent: the part that it reports, since some of
    /// its pods have no proxy. The numbers are the client's then.
    package var reportedShare: Double?
    /// What the client saw where the server counted other answers.
    package var clientView: ClientView?
    /// Labels that the series of this edge lack.
    package var missingLabels: [String] = []
    /// What the quantiles are computed from.
    package var histogram: HistogramBuckets?
    package var requestHistory: History
    package var p99History: History

    /// One side's account of the same requests.
    package struct ClientView: Sendable, Hashable, Codable {
        package var requestsPerSecond: Double
        package var errorRatio: Double?
        package var responses: [String: Double]
        package var flags: [String: Double]

        package init(
            requestsPerSecond: Double, errorRatio: Double? = nil, responses: [String: Double], flags: [String: Double]
        ) {
            self.requestsPerSecond = requestsPerSecond
            self.errorRatio = errorRatio
            self.responses = responses
            self.flags = flags
        }
    }

    package init(
        source: MeshNode, destination: MeshNode, service: ServiceID, host: String,
        meshProtocol: MeshProtocol = .http, requestsPerSecond: Double? = nil, bytesSentPerSecond: Double? = nil,
        bytesReceivedPerSecond: Double? = nil, errorRatio: Double? = nil, responses: [String: Double] = [:],
        flags: [String: Double] = [:], latencyMs: Latency = Latency(), mtlsRatio: Double? = nil,
        reporter: Reporter = .destination, requestHistory: History = History(), p99History: History = History()
    ) {
        self.source = source
        self.destination = destination
        self.service = service
        self.host = host
        self.meshProtocol = meshProtocol
        self.requestsPerSecond = requestsPerSecond
        self.bytesSentPerSecond = bytesSentPerSecond
        self.bytesReceivedPerSecond = bytesReceivedPerSecond
        self.errorRatio = errorRatio
        self.responses = responses
        self.flags = flags
        self.latencyMs = latencyMs
        self.mtlsRatio = mtlsRatio
        self.reporter = reporter
        self.requestHistory = requestHistory
        self.p99History = p99History
    }
}
