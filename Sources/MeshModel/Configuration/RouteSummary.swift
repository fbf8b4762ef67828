// The part of a snapshot that says how traffic is split.

/// One rule of a VirtualService, HTTPRoute or GRPCRoute with its destinations side by side.
package struct RouteSummary: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable {
        case virtualService = "VirtualService", httpRoute = "HTTPRoute", grpcRoute = "GRPCRoute"
    }
    /// Which list of the spec holds the rule.
    package enum Section: String, Sendable, Hashable, Codable { case http, tcp, tls, rules }

    package struct Destination: Sendable, Hashable, Codable {
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
        /// Workloads behind it of which other pods are not: metrics name workloads, so its part is not known.
        package var dividedWorkloads: [String] = []
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
    /// Timeout, retries, fault in one line each, as configured.
    package var extras: [String]
    /// Where copies go: the configured share is that of the rule's requests, the rate all that arrives there.
    package var mirrors: [Destination] = []
    package var manager: String?
    package var resourceVersion: String
    /// The service that the destinations resolve to, when they agree: links the panes.
    package var service: ServiceID?
    package var problem: String?
    /// What a guarded shift left on the object: its mark, as written.
    package var rollout: String?

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
