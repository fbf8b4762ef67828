// The parts of a snapshot that say how traffic is split and limited: routes, breakers, insights.

/// One rule of a VirtualService, HTTPRoute or GRPCRoute with its destinations side by side.
package struct RouteSummary: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case virtualService = "VirtualService", httpRoute = "HTTPRoute", grpcRoute = "GRPCRoute"
    }
    /// Which list of the spec holds the rule.
    package enum Section: String, Sendable, Hashable { case http, tcp, tls, rules }

    package struct Destination: Sendable, Hashable {
        package var host: String
        package var subset: String?
        package var port: Int?
        /// As written in the object; nil when the object leaves it out.
        package var weight: Int?
        /// Weight over the sum of weights.
        package var configuredShare: Double?
        /// Measured over the snapshot's window; nil without traffic or without metrics.
        package var observedShare: Double?
        /// 95 % Wilson interval of the observed share.
        package var observedShareInterval: ClosedRange<Double>?
        package var requestsPerSecond: Double?
        package var errorRatio: Double?
        package var latencyMs: Latency
        /// Other rules that lead here too. Istio's metrics do not tell rules apart, so the observed numbers are those
        /// of all of them together.
        package var sharedWithRules: [String] = []
        /// The service that the host names.
        package var service: ServiceID?
        /// Why nothing can arrive here: no such host, no such subset, a subset without pods.
        package var problem: String?

        package init(
            host: String, subset: String? = nil, port: Int? = nil, weight: Int? = nil, configuredShare: Double? = nil,
            observedShare: Double? = nil, observedShareInterval: ClosedRange<Double>? = nil,
            requestsPerSecond: Double? = nil, errorRatio: Double? = nil, latencyMs: Latency = Latency(),
            problem: String? = nil
        ) {
            self.host = host
            self.subset = subset
            self.port = port
            self.weight = weight
            self.configuredShare = configuredShare
            self.observedShare = observedShare
            self.observedShareInterval = observedShareInterval
            self.requestsPerSecond = requestsPerSecond
            self.errorRatio = errorRatio
            self.latencyMs = latencyMs
            self.problem = problem
        }
    }

    package var kind: Kind
    package var namespace: String
    package var name: String
    /// The host (VirtualService) or hostname/parent (Gateway API) that the rule is for, as written.
    package var host: String
    /// Index in spec.http, spec.tcp, spec.tls or spec.rules.
    package var index: Int
    package var section: Section
    /// The rule's conditions in one line, "*" when it matches everything.
    package var match: String
    package var gateways: [String]
    package var destinations: [Destination]
    /// Timeout, retries, fault, mirror in one line each, as configured.
    package var extras: [String]
    package var manager: String?
    package var resourceVersion: String
    /// The service that the destinations resolve to, when they agree: links the panes.
    package var service: ServiceID?
    package var problem: String?

    package init(
        kind: Kind, namespace: String, name: String, host: String, index: Int, section: Section = .http,
        match: String = "*", gateways: [String] = [], destinations: [Destination], extras: [String] = [],
        manager: String? = nil, resourceVersion: String = "", service: ServiceID? = nil, problem: String? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.host = host
        self.index = index
        self.section = section
        self.match = match
        self.gateways = gateways
        self.destinations = destinations
        self.extras = extras
        self.manager = manager
        self.resourceVersion = resourceVersion
        self.service = service
        self.problem = problem
    }
}

package struct BreakerSummary: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case closed, saturating, open, ejecting, notConfigured, unknown
    }
    package enum Evidence: String, Sendable, Hashable {
        case envoyAdmin, envoyStats, responseFlags, none
    }
    /// Limits as configured, per client proxy; nil is not set (Istio's default is no limit).
    package struct Limits: Sendable, Hashable {
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
    package struct OutlierDetection: Sendable, Hashable {
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
    package struct EjectedHost: Sendable, Hashable {
        package var pod: String
        /// When it returns; nil when the evidence does not tell.
        package var until: Timestamp?

        package init(pod: String, until: Timestamp? = nil) {
            self.pod = pod
            self.until = until
        }
    }
    /// What is left under each limit at the busiest client proxy, 0…1; nil where there is no limit or no evidence.
    package struct Headroom: Sendable, Hashable {
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

package struct Insight: Sendable, Hashable {
    package var kind: String
    package var subject: String
    package var since: Timestamp
    package var severity: Finding.Severity
    package var evidence: String
    package var suggestion: String

    package init(
        kind: String, subject: String, since: Timestamp, severity: Finding.Severity, evidence: String,
        suggestion: String
    ) {
        self.kind = kind
        self.subject = subject
        self.since = since
        self.severity = severity
        self.evidence = evidence
        self.suggestion = suggestion
    }
}
