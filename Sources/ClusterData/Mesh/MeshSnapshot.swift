// The one immutable value that panes, headless output, actions and insights read: the mesh at one moment.

/// The mesh as MeshTop knows it at `time`. Unknown values are nil, never zero. Shares and ratios are 0…1,
/// rates are per second, latencies are in milliseconds.
package struct MeshSnapshot: Sendable, Hashable {
    package var time: Timestamp
    package var context: String
    package var scope: NamespaceScope
    /// The window over which rates were computed, in seconds.
    package var windowSeconds: Int
    package var sources: [SourceStatus]
    package var namespaces: [NamespaceSummary]
    package var workloads: [WorkloadSummary]
    package var services: [ServiceSummary]
    package var edges: [MeshEdge]
    package var routes: [RouteSummary]
    package var breakers: [BreakerSummary]
    package var policies: [PolicySummary]
    package var findings: [Finding]
    package var insights: [Insight]
    /// The kinds that are watched, with what is known of each: `doctor`, the header and empty panes say it.
    package var kinds: [KindStatus]
    /// Hosts of ServiceEntries: what is outside the mesh and yet known to it.
    package var serviceEntryHosts: [String] = []
    package var objectives: [ObjectiveStatus] = []
    /// The numbers come from a few sidecars and stand for all.
    package var isSampled = false

    package init(
        time: Timestamp, context: String, scope: NamespaceScope = .all, windowSeconds: Int = 60,
        sources: [SourceStatus] = [], namespaces: [NamespaceSummary] = [], workloads: [WorkloadSummary] = [],
        services: [ServiceSummary] = [], edges: [MeshEdge] = [], routes: [RouteSummary] = [],
        breakers: [BreakerSummary] = [], policies: [PolicySummary] = [], findings: [Finding] = [],
        insights: [Insight] = [], kinds: [KindStatus] = []
    ) {
        self.time = time
        self.context = context
        self.scope = scope
        self.windowSeconds = windowSeconds
        self.sources = sources
        self.namespaces = namespaces
        self.workloads = workloads
        self.services = services
        self.edges = edges
        self.routes = routes
        self.breakers = breakers
        self.policies = policies
        self.findings = findings
        self.insights = insights
        self.kinds = kinds
    }

    package func source(_ name: SourceName) -> SourceStatus? { sources.first { $0.name == name } }
}

/// Which namespaces a session looks at.
package enum NamespaceScope: Sendable, Hashable {
    case all
    case some([String])

    package func contains(_ namespace: String) -> Bool {
        switch self {
        case .all: true
        case .some(let names): names.contains(namespace)
        }
    }
}

package enum SourceName: String, Sendable, Hashable, CaseIterable {
    case kubernetes, metrics, tracing, envoy
}

/// How a source is doing, with the age of what it last gave.
package struct SourceStatus: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case starting, ok, slow, stale, down, unauthorized, forbidden, absent
    }

    package var name: SourceName
    package var state: State
    /// When the data on screen was true; nil when nothing ever arrived.
    package var asOf: Timestamp?
    /// One line: the reason, or what was reached.
    package var detail: String

    package init(name: SourceName, state: State, asOf: Timestamp? = nil, detail: String = "") {
        self.name = name
        self.state = state
        self.asOf = asOf
        self.detail = detail
    }
}

/// One watched kind: how many objects, and why none when there are none.
package struct KindStatus: Sendable, Hashable {
    package var kind: String
    package var group: String
    package var state: SourceStatus.State
    package var count: Int
    package var detail: String
    /// `detail` without the objects that could not be understood.
    package var reason = ""
    /// Its objects that could not be understood; `detail` names some.
    package var odd: [OddObject] = []
    /// Where it is read; nil stands for everywhere.
    package var namespacesRead: Set<String>?

    package init(kind: String, group: String, state: SourceStatus.State, count: Int, detail: String = "") {
        self.kind = kind
        self.group = group
        self.state = state
        self.count = count
        self.detail = detail
        reason = detail
    }
}

package struct NamespaceSummary: Sendable, Hashable {
    package var name: String
    package var injection: Bool
    /// From the label `environment: production` or configuration: changes here ask for the object's name.
    package var production: Bool

    package init(name: String, injection: Bool = false, production: Bool = false) {
        self.name = name
        self.injection = injection
        self.production = production
    }
}

package enum Health: String, Sendable, Hashable, Comparable {
    // In order of badness; `unknown` sorts below healthy and is never shown as healthy.
    case unknown, idle, healthy, degraded, failing

    package static func < (left: Health, right: Health) -> Bool { left.rank < right.rank }
    private var rank: Int {
        switch self {
        case .unknown: 0
        case .idle: 1
        case .healthy: 2
        case .degraded: 3
        case .failing: 4
        }
    }
}

/// Quantiles in milliseconds, interpolated from histogram buckets as Prometheus' histogram_quantile does.
package struct Latency: Sendable, Hashable {
    package var p50: Double?
    package var p95: Double?
    package var p99: Double?

    package init(p50: Double? = nil, p95: Double? = nil, p99: Double? = nil) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
    }
}

/// Recent values of one number, oldest first, at a fixed step; nil where nothing was measured.
package struct History: Sendable, Hashable {
    package var stepSeconds: Int
    /// Kept by the hundred thousand, and drawn with a few pixels: single precision, NaN where nothing was measured.
    package var samples: [Float]

    package init(stepSeconds: Int = 5, samples: [Float]) {
        self.stepSeconds = stepSeconds
        self.samples = samples
    }

    package init(stepSeconds: Int = 5, values: [Double?] = []) {
        self.init(stepSeconds: stepSeconds, samples: values.map { $0.map { Float($0) } ?? .nan })
    }

    package var values: [Double?] { samples.map { $0.isNaN ? nil : Double($0) } }

    /// The last `count` values.
    package func suffix(_ count: Int) -> [Double?] {
        samples.suffix(max(0, count)).map { $0.isNaN ? nil : Double($0) }
    }
}

package struct WorkloadSummary: Sendable, Hashable {
    package enum DataPlane: String, Sendable, Hashable { case sidecar, ambient, gateway, none }

    /// The autoscaler that owns this workload's replica count.
    package struct Autoscaler: Sendable, Hashable {
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

package struct ServiceID: Sendable, Hashable, Comparable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: ServiceID, right: ServiceID) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

package struct ServiceSummary: Sendable, Hashable {
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

/// An end of an edge: a workload as the proxies name it. "unknown" stays "unknown".
package struct MeshNode: Sendable, Hashable {
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

package struct MeshEdge: Sendable, Hashable {
    package enum MeshProtocol: String, Sendable, Hashable { case http, grpc, tcp }
    package enum Reporter: String, Sendable, Hashable { case source, destination, waypoint }

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
    package struct ClientView: Sendable, Hashable {
        package var requestsPerSecond: Double
        package var errorRatio: Double?
        package var responses: [String: Double]
        package var flags: [String: Double]
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
