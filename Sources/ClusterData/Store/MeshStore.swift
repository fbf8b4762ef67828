// What is known of one cluster: the deltas of all sources, folded.

package import Base
package import Istio
package import Kube
package import MeshModel

/// The sources write, the publisher and the session read.
package actor MeshStore {
    nonisolated let clock: any TimeSource
    private let context: String
    private let productionNamespaces: Set<String>
    /// Nil when nobody watches: snapshots are then made when asked for alone.
    let publish: (@Sendable (MeshSnapshot) -> Void)?
    var scope: NamespaceScope
    private var windowSeconds: Int

    package private(set) var objects = ClusterObjects()
    private(set) var traffic: TrafficReading?
    private(set) var series: SeriesStore
    private(set) var envoy = EnvoyEvidence()
    private var objectives: [ObjectiveStatus] = []
    var findings: [Finding] = []
    var analysis = Analysis()
    var analysedKey: Int?
    var isAnalysing = false

    private var statuses: [SourceName: (status: SourceStatus, aging: Aging)]
    private var isDiscovered = false
    private var awaited: Set<WatchedKind> = []
    private var revisions: [WatchedKind: Int] = [:]
    /// Move when traffic or what proxies say does: what was made of the other stands.
    private var trafficVersion = 0
    private var envoyVersion = 0

    var cache = SnapshotCache()
    var publishedSources: [SourceStatus] = []
    var isPublishing = false
    var lastBuildSeconds = 0.0
    private var loggedSources: [SourceStatus] = []
    var waiting: [Milestone: [Int: CheckedContinuation<Void, Never>]] = [:]
    var lastWaiter = 0

    package init(
        clock: any TimeSource, context: String, options: SessionOptions,
        publish: (@Sendable (MeshSnapshot) -> Void)? = nil
    ) {
        self.clock = clock
        self.context = context
        self.publish = publish
        scope = options.scope
        windowSeconds = options.windowSeconds
        productionNamespaces = options.productionNamespaces
        series = SeriesStore(stepSeconds: options.historyStep)
        let known: [SourceStatus] = [
            SourceStatus(name: .kubernetes, state: .starting, detail: "connecting"),
            SourceStatus(name: .metrics, state: .starting, detail: "looking for Prometheus"),
            SourceStatus(name: .tracing, state: .absent, detail: "traces are not read by this version"),
            SourceStatus(name: .envoy, state: .starting),
        ]
        statuses = Dictionary(uniqueKeysWithValues: known.map { ($0.name, ($0, Aging(seconds: .infinity))) })
    }

    // MARK: Writing

    /// Takes what sources have learned, in order.
    package func take(_ deltas: SourceDelta...) {
        var isSeen = false
        for delta in deltas { isSeen = take(delta) || isSeen }
        if isSeen || sources() != publishedSources { schedulePublish() }
        wakeWaiters()
    }

    /// Folds objects of one kind in. `effect` says whether anybody could see the change.
    func fold<Object: ClusterObject>(
        _ kind: WatchedKind, _ change: StoreChange<Object>, namespace: String?, _ fold: KindFold<Object>
    ) -> FoldEffect {
        if case .odd(let found) = change {
            objects.noteOdd(found, kind, namespace: namespace)
            schedulePublish()
            return .values
        }
        if case .replace = change { objects.forgetOdd(kind, namespace: namespace) }
        let effect = fold(&objects, change, namespace)
        objects.note(effect, kind)
        // Most updates of a busy cluster change nothing that anybody sees.
        if effect != .none { schedulePublish() }
        return effect
    }

    /// True where the next picture is another one.
    private func take(_ delta: SourceDelta) -> Bool {
        switch delta {
        case .status(let status, let aging):
            let isNews = statuses[status.name]?.status.state != status.state
            statuses[status.name] = (status, aging)
            return isNews
        case .discovered: isDiscovered = true
        case .kind(let readiness): return take(readiness)
        case .traffic(let fresh): take(fresh)
        case .past(let past): series.fill(past)
        case .upstreams(let answers):
            for answer in answers { envoy.record(answer.pod, answer.upstreams, at: answer.time) }
            envoyVersion += 1
        case .upstreamsEnded(let time):
            guard envoy.forget(before: time) else { return false }
            envoyVersion += 1
        case .objectives(let statuses):
            guard statuses != objectives else { return false }
            objectives = statuses
        }
        return true
    }

    private func take(_ readiness: KindReadiness) -> Bool {
        let kind = readiness.kind
        guard readiness.revision >= revisions[kind] ?? 0 else { return false }
        revisions[kind] = readiness.revision
        if readiness.isAwaited { awaited.insert(kind) } else { awaited.remove(kind) }
        objects.namespacesRead[kind] = readiness.namespaces
        if let known = objects.states[kind], known.state == readiness.state, known.detail == readiness.detail {
            return true
        }
        objects.states[kind] = (readiness.state, readiness.detail)
        return true
    }

    /// Takes what was just read into the past, and the past into the rows: they are made once a tick.
    private func take(_ fresh: TrafficReading) {
        traffic = fresh
        trafficVersion += 1
        let inputs = inputs()
        let world = MeshWorld(inputs, &cache)
        let rows = (
            services: ServiceBuilder.services(world, &cache.services),
            workloads: WorkloadBuilder.workloads(world, &cache.workloads)
        )
        series.append(
            at: fresh.reading.asOf, services: rows.services, workloads: rows.workloads, edges: world.edges)
        traffic?.edges.attach(series)
        let past = series
        cache.services.renew(SnapshotCache.serviceKey(inputs)) { $0.take(past) }
    }

    func setScope(_ scope: NamespaceScope) {
        self.scope = scope
        schedulePublish()
    }

    /// What is known of the past is of another window.
    func setWindow(_ seconds: Int) {
        windowSeconds = seconds
        series = SeriesStore(stepSeconds: series.resolutions[0].stepSeconds)
    }

    // MARK: Reading

    /// What sources decide by. The body runs here: a copy that is kept would make every later change copy all objects.
    func read<Value: Sendable>(_ body: @Sendable (ClusterObjects, TrafficReading?) -> Value) -> Value {
        body(objects, traffic)
    }

    /// Every kind has either arrived once or said why it cannot.
    package var isLoaded: Bool {
        guard isDiscovered, awaited.isEmpty else { return false }
        return WatchedKind.all.allSatisfy { objects.states[$0].map { $0.state != .starting } ?? false }
    }

    /// The numbers are of a few proxies, and stand for the others.
    var isSampled: Bool { traffic?.isSampled ?? false }

    /// What one workload carried in the last hour, where that was seen; nil where it was not, or of several together.
    func load(of workloads: Set<ObjectKey>) -> LoadHistory? {
        guard workloads.count == 1, let key = workloads.first, !isSampled else { return nil }
        let kinds = objects.pods.owners(named: key).map(\.kind)
        guard let kind = kinds.first, kinds.count == 1 else { return nil }
        return LoadHistory.known(series, kind: kind, key, window: windowSeconds)
    }

    func status(_ name: SourceName) -> SourceStatus? { statuses[name]?.status }

    /// What each source is worth now: one that has not answered for a few turns is stale, whatever it said last.
    func sources() -> [SourceStatus] {
        let now = clock.now
        return SourceName.allCases.compactMap { name in
            guard let (status, aging) = statuses[name] else { return nil }
            guard [.ok, .slow].contains(status.state), let asOf = status.asOf, now - asOf > aging.seconds else {
                return status
            }
            var aged = status
            aged.state = .stale
            aged.detail = aging.words ?? "no answer since \(asOf.clock)"
            return aged
        }
    }

    func inputs() -> SnapshotInputs {
        let now = clock.now
        // Beyond three windows old rates say nothing about now.
        let isCurrent = traffic.map { now - $0.reading.asOf < Double(max(60, windowSeconds * 3)) } ?? false
        let states = sources()
        noteSources(states)
        var inputs = SnapshotInputs(
            time: now, context: context, scope: scope,
            windowSeconds: traffic?.reading.windowSeconds ?? windowSeconds,
            sources: states, objects: objects, metrics: traffic?.reading, reconciled: traffic?.edges,
            metricsAreCurrent: isCurrent, series: series, envoy: envoy, productionNamespaces: productionNamespaces)
        inputs.trafficVersion = trafficVersion
        inputs.envoyVersion = envoyVersion
        inputs.findings = findings
        inputs.isSampled = traffic?.isSampled ?? false
        inputs.objectives = objectives
        return inputs
    }

    package func snapshot() -> MeshSnapshot {
        if publish == nil { analyseNow() } else { scheduleAnalysis() }
        defer { objects.forgetTouched() }
        return SnapshotBuilder.build(inputs(), &cache)
    }

    /// What metrics call the workloads behind each destination of a route, in the route's order; none where they
    /// cannot be told from others'.
    package func arms(of route: RouteSummary) -> [Set<ObjectKey>] {
        let world = MeshWorld(inputs(), &cache)
        return route.destinations.map { destination in
            guard let service = destination.service else { return [] }
            guard world.knowsMembers(of: service, subset: destination.subset, from: route.namespace),
                let selection = world.subsets.selection(of: service, subset: destination.subset)
            else { return [] }
            return selection.divided.isEmpty ? selection.metricNames : []
        }
    }

    /// Into the log, where a source is another than before.
    private func noteSources(_ now: [SourceStatus]) {
        let before = loggedSources
        loggedSources = now
        for source in now {
            let old = before.first { $0.name == source.name }
            if old?.state == source.state { continue }
            ActivityLog.note(
                source.state.isBehind ? .warning : .info,
                "source \(source.name.rawValue) \(old.map { "was \($0.state.rawValue), " } ?? "")is \(source.state.rawValue)"
                    + (source.detail.isEmpty ? "" : ": \(source.detail)"))
        }
    }
}
