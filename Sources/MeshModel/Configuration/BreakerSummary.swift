// The part of a snapshot that says how traffic to a host is limited, and what stands in the way now.

package import Base
package import Kube

package struct BreakerSummary: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Hashable, Codable {
        case closed, saturating, open, ejecting, notConfigured, unknown
    }
    package enum Evidence: String, Sendable, Hashable, Codable {
        case envoyAdmin, envoyStats, responseFlags, none
    }
    /// Limits as configured, per client proxy; nil is not set (Istio's default is no limit).
    package struct Limits: Sendable, Hashable, Codable {
        package var connections: Int?
        package var pending: Int?
        package var requests: Int?
        package var retries: Int?
        package var requestsPerConnection: Int?

        package init(
            connections: Int? = nil, pending: Int? = nil, requests: Int? = nil, retries: Int? = nil,
            requestsPerConnection: Int? = nil
        ) {
            self.connections = connections
            self.pending = pending
            self.requests = requests
            self.retries = retries
            self.requestsPerConnection = requestsPerConnection
        }
        package var isEmpty: Bool {
            connections == nil && pending == nil && requests == nil && retries == nil && requestsPerConnection == nil
        }
    }
    /// Outlier detection as configured, with Envoy's defaults filled in where a block exists.
    package struct OutlierDetection: Sendable, Hashable, Codable {
        package var consecutive5xxErrors: Int?
        package var consecutiveGatewayErrors: Int?
        package var interval: String
        package var baseEjectionTime: String
        package var maxEjectionPercent: Int
        package var minHealthPercent: Int

        package init(
            consecutive5xxErrors: Int? = 5, consecutiveGatewayErrors: Int? = nil, interval: String = "10s",
            baseEjectionTime: String = "30s", maxEjectionPercent: Int = 10, minHealthPercent: Int = 0
        ) {
            self.consecutive5xxErrors = consecutive5xxErrors
            self.consecutiveGatewayErrors = consecutiveGatewayErrors
            self.interval = interval
            self.baseEjectionTime = baseEjectionTime
            self.maxEjectionPercent = maxEjectionPercent
            self.minHealthPercent = minHealthPercent
        }
    }
    package struct EjectedHost: Sendable, Hashable, Codable {
        package var pod: String
        /// When it was first seen to be out.
        package var since: Timestamp?
        /// When it returns, reckoned from then; nil when the evidence does not tell.
        package var until: Timestamp?
        /// What its clients counted of it: errors, failed connections, timeouts.
        package var reason: String?
        /// How many times it was seen to be ejected; each time it stays out longer.
        package var times = 1

        package init(
            pod: String, since: Timestamp? = nil, until: Timestamp? = nil, reason: String? = nil, times: Int = 1
        ) {
            self.pod = pod
            self.since = since
            self.until = until
            self.reason = reason
            self.times = times
        }
    }
    /// Whether so few hosts are healthy that ejections do not count any more (Envoy's panic threshold).
    package enum Panic: String, Sendable, Hashable, Codable {
        /// minHealthPercent is 0, Istio's default: ejected hosts stay out however few are left.
        case off
        case calm
        /// All hosts get requests, ejected ones too.
        case panicking
        case unknown
    }
    /// What is left under each limit at the busiest client proxy, 0…1; nil where there is no limit or no evidence.
    package struct Headroom: Sendable, Hashable, Codable {
        package var connections: Double?
        package var pending: Double?
        package var requests: Double?
        package var retries: Double?

        package init(
            connections: Double? = nil, pending: Double? = nil, requests: Double? = nil, retries: Double? = nil
        ) {
            self.connections = connections
            self.pending = pending
            self.requests = requests
            self.retries = retries
        }
    }

    package var namespace: String
    package var destinationRule: String
    package var host: String
    package var subset: String?
    package var port: Int?
    package var limits: Limits
    package var outlierDetection: OutlierDetection?
    package var state: State
    package var evidence: Evidence
    /// How many client proxies the evidence comes from.
    package var clients: Int?
    package var overflowPerSecond: Double?
    package var ejectedHosts: [EjectedHost]
    /// Endpoints behind the host or subset.
    package var hosts: Int?
    package var headroom: Headroom
    package var service: ServiceID?
    /// Namespaces whose clients this is the rule for; nil when it holds for all clients.
    package var clientNamespaces: [String]?
    /// Which objects gave the limits, as "DestinationRule shop/orders" or "mesh default".
    package var origin: [String] = []
    package var panic = Panic.unknown
    /// Seconds until the first limit is reached when use goes on growing as in the last minutes; nil when it does not
    /// grow, or nobody knows.
    package var fullInSeconds: Double?
    /// A client whose pods would tell more with an annotation.
    package var silentClient: ObjectKey?
    /// One line: what the state rests on, and what would tell more.
    package var detail: String

    package init(
        namespace: String, destinationRule: String, host: String, subset: String? = nil, port: Int? = nil,
        limits: Limits = Limits(), outlierDetection: OutlierDetection? = nil, state: State = .unknown,
        evidence: Evidence = .none, clients: Int? = nil, overflowPerSecond: Double? = nil,
        ejectedHosts: [EjectedHost] = [], hosts: Int? = nil, headroom: Headroom = Headroom(),
        service: ServiceID? = nil, detail: String = ""
    ) {
        self.namespace = namespace
        self.destinationRule = destinationRule
        self.host = host
        self.subset = subset
        self.port = port
        self.limits = limits
        self.outlierDetection = outlierDetection
        self.state = state
        self.evidence = evidence
        self.clients = clients
        self.overflowPerSecond = overflowPerSecond
        self.ejectedHosts = ejectedHosts
        self.hosts = hosts
        self.headroom = headroom
        self.service = service
        self.detail = detail
    }
}
