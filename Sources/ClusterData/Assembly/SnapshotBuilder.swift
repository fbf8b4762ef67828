// Folds objects and metrics into one MeshSnapshot. A pure function of its inputs.

package import Base
package import Istio
internal import Kube
package import MeshModel

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
    package var series: SeriesStore
    package var envoy: EnvoyEvidence
    /// What the last analysis found, and where.
    package var findings: [Finding] = []
    package var notJudged: [NotJudged] = []
    package var objectives: [ObjectiveStatus] = []
    package var isSampled = false
    package var silentGroups: [String] = []
    /// Move when the metrics do, and when what proxies say does.
    var trafficVersion = 0
    var envoyVersion = 0
    /// Namespaces named as production in the configuration.
    package var productionNamespaces: Set<String>

    package init(
        time: Timestamp, context: String, scope: NamespaceScope = .all, windowSeconds: Int = 60,
        sources: [SourceStatus] = [], objects: ClusterObjects, metrics: MetricsReading? = nil,
        reconciled: EdgeReconciler? = nil, metricsAreCurrent: Bool = true, series: SeriesStore = SeriesStore(),
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
        self.series = series
        self.envoy = envoy
        self.productionNamespaces = productionNamespaces
    }
}

extension SnapshotInputs {
    /// What has no namespace concerns everybody.
    fileprivate func isInScope(_ object: FindingObject) -> Bool {
        object.namespace.isEmpty || scope.contains(object.namespace)
    }
}

package enum SnapshotBuilder {
    package static func build(_ inputs: SnapshotInputs) -> MeshSnapshot {
        var cache = SnapshotCache()
        return build(inputs, &cache)
    }

    /// What depends on nothing that changed since the last snapshot is taken from that one.
    static func build(_ inputs: SnapshotInputs, _ cache: inout SnapshotCache) -> MeshSnapshot {
        let world = MeshWorld(inputs, &cache)
        let rows = Rows(world, &cache)
        var snapshot = MeshSnapshot(
            time: inputs.time, context: inputs.context, scope: inputs.scope, windowSeconds: inputs.windowSeconds,
            sources: inputs.sources, namespaces: namespaces(world), workloads: rows.workloads,
            services: rows.services,
            edges: inputs.scope == .all ? world.edges : world.edges.filter { isInScope($0, inputs.scope) },
            routes: RouteSummary.marked(rows.routes, inputs.findings), breakers: rows.breakers,
            policies: rows.policies,
            findings: inputs.findings.filter { inputs.isInScope($0.object) }, insights: [],
            kinds: inputs.objects.kindStatuses)
        snapshot.serviceEntryHosts =
            (inputs.objects.configs[.serviceentries] ?? [:]).values.flatMap { $0.spec.texts("hosts") }.sorted()
        snapshot.notJudged = inputs.notJudged.filter { inputs.isInScope($0.object) }
        snapshot.isSampled = inputs.isSampled
        snapshot.silentGroups = inputs.silentGroups
        snapshot.objectives = inputs.objectives.filter { inputs.scope.contains($0.service.namespace) }
        return snapshot
    }

    /// The rows of the panes. None is made of another's, so they are made at the same time.
    private struct Rows {
        var services: [ServiceSummary]
        var workloads: [WorkloadSummary]
        var routes: [RouteSummary]
        var breakers: [BreakerSummary]
        var policies: [PolicySummary]

        init(_ world: MeshWorld, _ cache: inout SnapshotCache) {
            let breakers = Part(&cache.breakers, empty: .init()) { BreakerBuilder.breakers(world, &$0) }
            let policies = Part(&cache.policies, empty: .init()) { kept in
                kept.value(SnapshotCache.policyKey(world.inputs)) { PolicyBuilder.policies(world) }
            }
            let workloads = Part(&cache.workloads, empty: .init()) { WorkloadBuilder.workloads(world, &$0) }
            let services = Part(&cache.services, empty: .init()) { ServiceBuilder.services(world, &$0) }
            let routes = Part(&cache.routes, empty: .init()) { RouteBuilder.routes(world, &$0) }
            Parts.run([breakers.run, policies.run, workloads.run, services.run, routes.run])
            self.services = services.finish(&cache.services)
            self.workloads = workloads.finish(&cache.workloads)
            self.routes = routes.finish(&cache.routes)
            self.breakers = breakers.finish(&cache.breakers)
            self.policies = policies.finish(&cache.policies)
        }
    }

    private static func namespaces(_ world: MeshWorld) -> [NamespaceSummary] {
        world.objects.namespaces.values
            .map { namespace in
                NamespaceSummary(
                    name: namespace.meta.name, injection: namespace.injectsSidecars || namespace.isAmbient,
                    production: namespace.isProduction
                        || world.inputs.productionNamespaces.contains(namespace.meta.name)
                        || world.inputs.productionNamespaces.contains("*"))
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
    let edges: [MeshEdge]
    let index: EdgeIndex
    let latencies: LatencyBook
    let subsets: SubsetResolver
    /// The cluster's name in the mesh as its proxies report it; nil when they name none or several.
    let cluster: String?

    var objects: ClusterObjects { inputs.objects }

    func edges(to service: ServiceID) -> ArraySlice<MeshEdge> { index.byService[service].map { edges[$0] } ?? [] }

    private static func onlyCluster(_ edges: [MeshEdge]) -> String? {
        var only: String?
        for place in edges.indices {
            guard let cluster = edges[place].destination.cluster, cluster != only else { continue }
            guard only == nil else { return nil }
            only = cluster
        }
        return only
    }

    func pods(of workload: Workload) -> PodCount { objects.pods.count(of: workload.owner) }
    var hasPods: Bool { [.ok, .stale].contains(objects.states[.pods]?.state ?? .starting) }

    /// What metrics call a workload. Of several with one name the traffic is that of the one that has pods.
    func metricNames(of workload: Workload) -> Set<ObjectKey> {
        let owners = objects.pods.owners(named: workload.meta.key)
        if !owners.isEmpty, !owners.contains(workload.owner) { return [] }
        return objects.pods.metricNames(of: workload.owner)
    }

    /// The workloads whose pods the service selects, and the subset's labels too when one is named.
    func workloads(of id: ServiceID, subset: String?) -> [Workload] {
        subsets.places(of: id, subset: subset).map { workloads[$0] }
    }

    /// The pods that the service selects, and the subset's labels too when one is named.
    func pods(of id: ServiceID, subset: String?) -> PodCount {
        var sum = PodCount()
        for group in subsets.selection(of: id, subset: subset)?.groups ?? [] {
            if let group = objects.pods.groups[group] { sum.add(group.count) }
        }
        return sum
    }

    /// What, when it changes, changes the pods or workloads behind a service.
    func behind(_ id: ServiceID) -> [Touched] {
        guard let selection = subsets.selection(of: id, subset: nil) else { return [.service(id)] }
        let owners = selection.groups.compactMap { objects.pods.groups[$0] }.flatMap { [$0.owner.key, $0.maker.key] }
        let keys = Set(owners + selection.places.map { workloads[$0].meta.key })
        return [.service(id)] + keys.map(Touched.workload)
    }

    /// Ready pods of a service or its subset; what their workloads say where pods may not be read. Nil where nothing is
    /// selected.
    func readyPods(of id: ServiceID, subset: String?) -> Int? {
        guard let selection = subsets.selection(of: id, subset: subset),
            !selection.places.isEmpty || !selection.groups.isEmpty
        else { return nil }
        guard !hasPods || !knowsPods(in: id.namespace) else { return pods(of: id, subset: subset).ready }
        guard knowsWorkloads(in: id.namespace) else { return nil }
        return selection.places.reduce(0) { $0 + (workloads[$1].readyReplicas ?? 0) }
    }

    /// By which clients go: what the endpoints' controller makes of the pods, else the pods themselves.
    func readyPods(of id: ServiceID) -> Int {
        objects.endpoints.count(of: id)?.ready ?? readyPods(of: id, subset: nil) ?? 0
    }

    /// Stands for how many pods of each workload behind these services are ready.
    func readiness(of services: [ServiceID]) -> Int {
        var hasher = Hasher()
        for id in services {
            let selection = subsets.selection(of: id, subset: nil)
            for place in selection?.places ?? [] { hasher.combine(workloads[place].readyReplicas) }
            for group in selection?.groups ?? [] { hasher.combine(objects.pods.groups[group]?.count.ready) }
        }
        return hasher.finalize()
    }

    var scope: NamespaceScope { inputs.scope }
    var hasMetrics: Bool { inputs.metrics != nil && inputs.metricsAreCurrent }

    /// The numbers are of a few proxies.
    var isSampled: Bool { inputs.metrics?.sampledWorkloads != nil }

    /// Whether what a workload's proxies count was read: all of them are where a Prometheus is, a few in a sample.
    func isCounted(_ workload: Workload) -> Bool {
        guard let sampled = inputs.metrics?.sampledWorkloads else { return true }
        return sampled.contains(workload.meta.key)
            || objects.pods.groups(of: workload.owner).contains { sampled.contains($0.owner.key) }
    }

    init(_ inputs: SnapshotInputs, _ cache: inout SnapshotCache) {
        self.inputs = inputs
        let objects = inputs.objects
        let order = cache.order.value(SnapshotCache.orderKey(inputs)) { WorkloadPlace.sorted(objects) }
        workloads = order.compactMap { $0.workload(objects) }
        let current = workloads
        subsets = cache.subsets.value(SnapshotCache.subsetKey(inputs)) { SubsetResolver(objects, workloads: current) }
        if let metrics = inputs.metrics, inputs.metricsAreCurrent {
            let reconciled = inputs.reconciled ?? EdgeReconciler(metrics)
            edges = reconciled.edges
            index = reconciled.index
            latencies = reconciled.latencies
        } else {
            edges = []
            index = EdgeIndex()
            latencies = LatencyBook()
        }
        cluster = Self.onlyCluster(edges)
    }
}
