// Folds objects and metrics into one MeshSnapshot. A pure function of its inputs.

package struct SnapshotInputs: Sendable {
    package var time: Timestamp
    package var context: String
    package var scope: NamespaceScope
    package var windowSeconds: Int
    package var sources: [SourceStatus]
    package var objects: ClusterObjects
    package var metrics: MetricsReading?
    /// The edges of `metrics`, when they were worked out before: a reading serves many snapshots.
    package var reconciled: EdgeReconciler?
    /// False when the metrics are too old to be shown as current rates.
    package var metricsAreCurrent: Bool
    package var history: MetricsHistory
    package var envoy: EnvoyEvidence
    /// Namespaces named as production in the configuration.
    package var productionNamespaces: Set<String>

    package init(
        time: Timestamp, context: String, scope: NamespaceScope = .all, windowSeconds: Int = 60,
        sources: [SourceStatus] = [], objects: ClusterObjects, metrics: MetricsReading? = nil,
        reconciled: EdgeReconciler? = nil, metricsAreCurrent: Bool = true, history: MetricsHistory = MetricsHistory(),
        envoy: EnvoyEvidence = EnvoyEvidence(), productionNamespaces: Set<String> = []
    ) {
        self.time = time
        self.context = context
        self.scope = scope
        self.windowSeconds = windowSeconds
        self.sources = sources
        self.objects = objects
        self.metrics = metrics
        self.reconciled = reconciled
        self.metricsAreCurrent = metricsAreCurrent
        self.history = history
        self.envoy = envoy
        self.productionNamespaces = productionNamespaces
    }
}

package enum SnapshotBuilder {
    package static func build(_ inputs: SnapshotInputs) -> MeshSnapshot {
        let world = MeshWorld(inputs)
        let services = ServiceBuilder.services(world)
        let (routes, routeFindings) = RouteBuilder.routes(world)
        let breakers = BreakerBuilder.breakers(world)
        return MeshSnapshot(
            time: inputs.time, context: inputs.context, scope: inputs.scope, windowSeconds: inputs.windowSeconds,
            sources: inputs.sources, namespaces: namespaces(world), workloads: WorkloadBuilder.workloads(world),
            services: services, edges: world.edges.filter { isInScope($0, inputs.scope) }, routes: routes,
            breakers: breakers, policies: PolicyBuilder.policies(world), findings: routeFindings, insights: [],
            kinds: inputs.objects.kindStatuses)
    }

    private static func namespaces(_ world: MeshWorld) -> [NamespaceSummary] {
        world.objects.namespaces.values
            .map { namespace in
                NamespaceSummary(
                    name: namespace.meta.name, injection: namespace.injectsSidecars || namespace.isAmbient,
                    production: namespace.isProduction
                        || world.inputs.productionNamespaces.contains(namespace.meta.name))
            }
            .sorted { $0.name < $1.name }
    }

    private static func isInScope(_ edge: MeshEdge, _ scope: NamespaceScope) -> Bool {
        scope.contains(edge.service.namespace) || scope.contains(edge.source.namespace)
            || scope.contains(edge.destination.namespace)
    }
}

/// The inputs with the indexes that every builder needs, made once.
package struct MeshWorld: Sendable {
    let inputs: SnapshotInputs
    let workloads: [Workload]
    let podsByWorkload: [ObjectKey: [Pod]]
    let edges: [MeshEdge]
    let edgesByService: [ServiceID: [MeshEdge]]
    let byService: [ServiceID: HistogramBuckets]
    let byWorkload: [ObjectKey: HistogramBuckets]
    let byServiceWorkload: [ServiceID: [ObjectKey: HistogramBuckets]]
    let subsets: SubsetResolver
    /// The cluster's name in the mesh as its proxies report it; nil when they name none or several.
    let cluster: String?

    var objects: ClusterObjects { inputs.objects }
    var scope: NamespaceScope { inputs.scope }
    var hasMetrics: Bool { inputs.metrics != nil && inputs.metricsAreCurrent }

    init(_ inputs: SnapshotInputs) {
        self.inputs = inputs
        var all: [Workload] = []
        for (kind, store) in [
            ("Deployment", inputs.objects.deployments), ("StatefulSet", inputs.objects.statefulSets),
            ("DaemonSet", inputs.objects.daemonSets),
        ] {
            for var workload in store.values {
                workload.kind = kind
                all.append(workload)
            }
        }
        workloads = all.sorted { ($0.meta.namespace, $0.meta.name) < ($1.meta.namespace, $1.meta.name) }
        var pods: [ObjectKey: [Pod]] = [:]
        for pod in inputs.objects.pods.values {
            guard let owner = pod.workload else { continue }
            pods[ObjectKey(pod.meta.namespace, owner.name), default: []].append(pod)
        }
        podsByWorkload = pods
        subsets = SubsetResolver(inputs.objects, workloads: workloads)
        if let metrics = inputs.metrics, inputs.metricsAreCurrent {
            let reconciled = inputs.reconciled ?? EdgeReconciler(metrics)
            edges = reconciled.edges.map { edge in
                var edge = edge
                edge.requestHistory = inputs.history.edgeRequests(edge)
                edge.p99History = inputs.history.edgeP99(edge)
                return edge
            }
            byService = reconciled.byService
            byWorkload = reconciled.byWorkload
            byServiceWorkload = reconciled.byServiceWorkload
        } else {
            edges = []
            byService = [:]
            byWorkload = [:]
            byServiceWorkload = [:]
        }
        edgesByService = Dictionary(grouping: edges, by: \.service)
        let clusters = Set(edges.compactMap(\.destination.cluster))
        cluster = clusters.count == 1 ? clusters.first : nil
    }
}

/// Sums over edges.
struct TrafficSum {
    var requests = 0.0
    var errors = 0.0
    var clientErrors = 0.0
    var bytes = 0.0
    var mutual = 0.0
    var judged = 0.0
    var hasRequests = false
    var hasBytes = false

    mutating func add(_ edge: MeshEdge) {
        if let rate = edge.requestsPerSecond {
            hasRequests = true
            requests += rate
            errors += rate * (edge.errorRatio ?? 0)
            for (code, value) in edge.responses where code.hasPrefix("4") && edge.meshProtocol == .http {
                clientErrors += value
            }
            if let ratio = edge.mtlsRatio {
                mutual += ratio * rate
                judged += rate
            }
        } else if let ratio = edge.mtlsRatio {
            mutual += ratio
            judged += 1
        }
        if edge.meshProtocol == .tcp {
            hasBytes = true
            bytes += (edge.bytesSentPerSecond ?? 0) + (edge.bytesReceivedPerSecond ?? 0)
        }
    }

    /// Zero only where somebody would have counted: a TCP service has no requests, an unmeasured one no number.
    func requestsPerSecond(isMeasured: Bool) -> Double? { hasRequests ? requests : isMeasured && !hasBytes ? 0 : nil }

    var errorRatio: Double? { requests > 0 ? errors / requests : nil }
    var mtlsRatio: Double? { judged > 0 ? mutual / judged : nil }

    /// Kiali's default tolerances: any 5xx or missing answer degrades, 10 % fails; 4xx degrade at 10 %, fail at 20 %.
    var health: Health? {
        guard hasRequests, requests > 0 else { return hasBytes ? .healthy : nil }
        let ratio = errors / requests
        let client = clientErrors / requests
        if ratio >= 0.10 || client >= 0.20 { return .failing }
        if ratio > 0 || client >= 0.10 { return .degraded }
        return .healthy
    }
}
