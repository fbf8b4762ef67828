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

    private(set) var state: StoreState
    package var objects: ClusterObjects { state.objects }
    var findings = Findings()
    var analysis = Analysis()
    var analysedKey: Int?
    var isAnalysing = false

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
        state = StoreState(historyStep: options.historyStep)
    }

    // MARK: Writing

    /// Takes what sources have learned, in order.
    package func take(_ deltas: SourceDelta...) {
        var isSeen = false
        for delta in deltas {
            isSeen = state.take(delta) || isSeen
            if case .traffic(let fresh) = delta { appendTick(fresh) }
        }
        if isSeen || sources() != publishedSources { schedulePublish() }
        wakeWaiters()
    }

    /// Folds objects of one kind in. `effect` says whether anybody could see the change.
    func fold<Object: ClusterObject>(
        _ kind: WatchedKind, _ change: StoreChange<Object>, namespace: String?, _ fold: KindFold<Object>
    ) -> FoldEffect {
        if case .odd(let found) = change {
            state.objects.noteOdd(found, kind, namespace: namespace)
            schedulePublish()
            return .values
        }
        if case .replace = change { state.objects.forgetOdd(kind, namespace: namespace) }
        let effect = fold(&state.objects, change, namespace)
        state.objects.note(effect, kind)
        // Most updates of a busy cluster change nothing that anybody sees.
        if effect != .none { schedulePublish() }
        return effect
    }

    /// Takes what was just read into the past, and the past into the rows: they are made once a tick.
    private func appendTick(_ fresh: TrafficReading) {
        let inputs = inputs()
        let world = MeshWorld(inputs, &cache)
        let rows = (
            services: ServiceBuilder.services(world, &cache.services),
            workloads: WorkloadBuilder.workloads(world, &cache.workloads)
        )
        state.series.append(
            at: fresh.reading.asOf, services: rows.services, workloads: rows.workloads, edges: world.edges)
        let past = state.series
        state.traffic?.edges.attach(past)
        cache.services.renew(SnapshotCache.serviceKey(inputs)) { $0.take(past) }
    }

    func setScope(_ scope: NamespaceScope) {
        self.scope = scope
        schedulePublish()
    }

    /// What is known of the past is of another window.
    func setWindow(_ seconds: Int) {
        windowSeconds = seconds
        state.series = SeriesStore(stepSeconds: state.series.resolutions[0].stepSeconds)
    }

    // MARK: Reading

    /// What sources decide by. The body runs here: a copy that is kept would make every later change copy all objects.
    func read<Value: Sendable>(_ body: @Sendable (ClusterObjects, TrafficReading?) -> Value) -> Value {
        body(state.objects, state.traffic)
    }

    /// Every kind has either arrived once or said why it cannot.
    package var isLoaded: Bool { state.isLoaded }

    /// Services' pasts of this resolution are kept: not in a very large mesh.
    func keepsPast(_ resolution: Int) -> Bool { resolution < state.series.resolutionsOfServices }

    /// The numbers are of a few proxies, and stand for the others.
    var isSampled: Bool { state.traffic?.isSampled ?? false }

    /// What one workload carried in the last hour, where that was seen; nil where it was not, or of several together.
    func load(of workloads: Set<ObjectKey>) -> LoadHistory? {
        guard workloads.count == 1, let key = workloads.first, !isSampled else { return nil }
        let kinds = objects.pods.owners(named: key).map(\.kind)
        guard let kind = kinds.first, kinds.count == 1 else { return nil }
        return LoadHistory.known(state.series, kind: kind, key, window: windowSeconds)
    }

    func status(_ name: SourceName) -> SourceStatus? { state.statuses[name]?.status }

    /// What each source is worth now.
    func sources() -> [SourceStatus] { state.sources(at: clock.now) }

    func inputs() -> SnapshotInputs {
        let now = clock.now
        // Beyond three windows old rates say nothing about now.
        let isCurrent =
            state.traffic.map { now - $0.reading.asOf < Double(max(60, windowSeconds * 3)) } ?? false
        let states = sources()
        noteSources(states)
        var inputs = SnapshotInputs(
            time: now, context: context, scope: scope,
            windowSeconds: state.traffic?.reading.windowSeconds ?? windowSeconds, sources: states,
            objects: state.objects, metricsAreCurrent: isCurrent, productionNamespaces: productionNamespaces)
        state.fill(&inputs)
        inputs.findings = findings.all
        inputs.notJudged = findings.notJudged
        return inputs
    }

    package func snapshot() -> MeshSnapshot {
        if publish == nil { analyseNow() } else { scheduleAnalysis() }
        defer { state.objects.forgetTouched() }
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
