// One context at work: reflectors, metrics polls and the snapshots made of them.

internal import Base
package import Istio
package import Kube
package import MeshModel

/// How a session is set up; everything a flag or the configuration can say about reading.
package struct SessionOptions: Sendable {
    package var scope: NamespaceScope
    package var windowSeconds: Int
    package var refreshSeconds: Double
    package var requestTimeoutSeconds: Double
    /// Given by flag or configuration; searched for in the cluster when nil.
    package var metrics: MetricsEndpoint?
    /// Besides those with the label; `*` stands for all of the context, cluster-wide objects too.
    package var productionNamespaces: Set<String>
    /// Take lists as the beginning of a watch from servers that offer it.
    package var streamsLists = true
    /// Objects of one page, from servers that do not.
    package var pageSize = 500
    /// A list that brings nothing for so long has failed.
    package var silenceSeconds = 30.0
    /// Ask a metrics API at all; without, only the cluster's objects are read.
    package var asksMetrics: Bool
    /// What was promised of services.
    package var objectives: [Objective] = []
    /// Ask client proxies' admin pages for breaker state.
    package var asksEnvoy: Bool
    /// Ask for the past of every service, which sparklines are drawn of: the dearest queries of all.
    package var asksHistory = true

    package init(
        scope: NamespaceScope = .all, windowSeconds: Int = 60, refreshSeconds: Double = 5,
        requestTimeoutSeconds: Double = 30, metrics: MetricsEndpoint? = nil, productionNamespaces: Set<String> = [],
        asksMetrics: Bool = true, asksEnvoy: Bool = true
    ) {
        self.scope = scope
        self.windowSeconds = windowSeconds
        self.refreshSeconds = refreshSeconds
        self.requestTimeoutSeconds = requestTimeoutSeconds
        self.metrics = metrics
        self.productionNamespaces = productionNamespaces
        self.asksMetrics = asksMetrics
        self.asksEnvoy = asksEnvoy
    }
}

/// Folds a change of one kind in; the namespace is nil when the change is of the whole cluster.
typealias KindFold<Object: ClusterObject> =
    @Sendable (inout ClusterObjects, StoreChange<Object>, String?) -> FoldEffect

/// Reads one cluster and publishes snapshots, at most ten a second and fewer when building one takes long.
package actor MeshSession {
    package nonisolated let client: KubeClient
    nonisolated var clock: any TimeSource { client.clock }
    /// Nil when nobody watches: snapshots are then made when asked for alone.
    private let publish: (@Sendable (MeshSnapshot) -> Void)?
    var options: SessionOptions
    package internal(set) var objects = ClusterObjects()
    var findings: [Finding] = []
    var analysis = Analysis()
    var analysedKey: Int?
    var isAnalysing = false
    var reading: MetricsReading?
    var reconciled: EdgeReconciler?
    var history: MetricsHistory
    var envoy = EnvoyEvidence()
    var envoyTurn = 0
    var adminPages = AdminPageBudget()
    var discovery: Discovery?
    var kubernetesStatus = SourceStatus(name: .kubernetes, state: .starting, detail: "connecting")
    var metricsStatus = SourceStatus(name: .metrics, state: .starting, detail: "looking for Prometheus")
    var envoyStatus = SourceStatus(name: .envoy, state: .starting)
    /// Strings that objects share, for all kinds of this session.
    let pool = StringPool()
    /// What this user may do; the dashboard asks it too.
    package nonisolated let rights: RightsKeeper
    /// Why a kind may not be read in the whole cluster, and the namespaces in which it is.
    var refusals: [WatchedKind: String] = [:]
    var readable: [WatchedKind: Set<String>] = [:]
    /// Namespaces of which nothing has been heard yet.
    var awaited: [WatchedKind: Set<String>] = [:]
    private var discoveredAt = Timestamp(seconds: 0)
    var heartbeatFailure: String?
    /// Seconds by which the server's clock is ahead of ours.
    var clockLead = 0.0
    var publishedSources: [SourceStatus] = []
    private var loggedSources: [SourceStatus] = []
    private var tasks: [Task<Void, Never>] = []
    var cache = SnapshotCache()
    var evidenceVersion = 0
    var counters = CounterBook()
    var metricsTick = MetricsTick()
    var scrapes = ScrapeBook()
    var scrapedPods: Set<ObjectKey> = []
    var scrapedAt = Timestamp(seconds: 0)
    var searchedAt = Timestamp(seconds: 0)
    /// What is not asked at every tick, because it was refused.
    var refusedRights = RefusedRights()
    var interest: [ServiceID] = []
    /// The numbers are of the sidecars that were asked, and stand for the others.
    var isSampled = false
    var objectiveStatuses: [ObjectiveStatus] = []
    var objectivesAskedAt = Timestamp(seconds: 0)
    private var publishing = false
    private var lastBuildSeconds = 0.0
    var metricsClient: PrometheusClient?
    var backfilled = false
    private var pollTask: Task<Void, Never>?

    package init(
        client: KubeClient, options: SessionOptions, publish: (@Sendable (MeshSnapshot) -> Void)? = nil
    ) {
        self.client = client
        rights = RightsKeeper(client)
        self.options = options
        self.publish = publish
        history = MetricsHistory(stepSeconds: max(1, Int(clamping: options.refreshSeconds)))
    }

    package func start() {
        tasks.append(Task { await self.connect() })
        if options.asksMetrics {
            pollTask = Task { await self.pollMetrics() }
        } else {
            metricsStatus = SourceStatus(name: .metrics, state: .absent, detail: "not asked (--no-metrics)")
        }
        tasks.append(Task { await self.listenForLife() })
        if options.asksEnvoy {
            tasks.append(Task { await self.pollEnvoys() })
        } else {
            envoyStatus = SourceStatus(name: .envoy, state: .absent, detail: "not asked (--no-metrics)")
        }
        schedulePublish()
    }

    package func stop() {
        for task in tasks { task.cancel() }
        pollTask?.cancel()
        tasks = []
        pollTask = nil
    }

    /// For lists beside the watched ones: the namespaces looked at, nil for all in one.
    package func namespacesInScope() -> [String?] {
        if case .some(let names) = options.scope { return names }
        return [nil]
    }

    package func setScope(_ scope: NamespaceScope) {
        options.scope = scope
        schedulePublish()
    }

    package func setWindow(_ seconds: Int) {
        options.windowSeconds = seconds
        backfilled = false
        refresh()
    }

    /// Polls the metrics now instead of at the next tick.
    package func refresh() {
        refusedRights = RefusedRights()
        guard options.asksMetrics else { return }
        pollTask?.cancel()
        pollTask = Task { await self.pollMetrics() }
    }

    /// Every kind has either arrived once or said why it cannot.
    package var isLoaded: Bool {
        guard discovery != nil else { return false }
        return WatchedKind.allCases.allSatisfy { kind in
            (objects.states[kind].map { $0.state != .starting } ?? false) && awaited[kind, default: []].isEmpty
        }
    }

    /// How the API server itself answers; cheap to ask, unlike a snapshot.
    package var kubernetesState: SourceStatus.State { kubernetesStatus.state }

    /// Metrics, and the proxies they lead to, have answered once or cannot.
    package var hasMetricsAnswer: Bool {
        metricsStatus.state != .starting && (envoyStatus.state != .starting || !options.asksEnvoy)
    }

    /// What a person's word for a kind stands for on this server; nil where it has none, or has not said.
    package func kind(of word: ObjectWord) -> ResourceInfo? { discovery?.resource(named: word.type) }

    // MARK: Kubernetes

    private func connect() async {
        var pause = 0.8
        while !Task.isCancelled {
            var longest = 30.0
            do {
                let found = try await Discovery.load(client)
                discovery = found
                discoveredAt = clock.now
                kubernetesStatus = SourceStatus(
                    name: .kubernetes, state: .ok, asOf: clock.now, detail: versionWords)
                startReflectors(found)
                schedulePublish()
                return
            } catch {
                kubernetesStatus.state = Self.state(of: error)
                kubernetesStatus.detail = "\(error)"
                // Where nobody answers, asking is as cheap as the question whether anybody does.
                if (error as? MeshTopError)?.code == .network { longest = Self.heartbeatSeconds }
                schedulePublish()
            }
            do {
                try await clock.sleep(seconds: pause * (1 + Double.random(in: 0..<0.5)))
            } catch {
                return
            }
            pause = min(pause * 2, longest)
        }
    }

    static func state(of error: any Error) -> SourceStatus.State {
        switch (error as? MeshTopError)?.code {
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        default: .down
        }
    }

    private func startReflectors(_ discovery: Discovery) {
        for kind in WatchedKind.allCases {
            switch kind {
            case .namespaces: start(kind) { $0.namespaces.fold($1, namespace: $2) }
            case .services: start(kind) { $0.services.fold($1, namespace: $2) }
            case .pods: start(kind) { $0.pods.fold($1, namespace: $2) }
            case .nodes: start(kind) { $0.nodes.fold($1, namespace: $2) }
            case .customresourcedefinitions: start(kind) { $0.customTypes.fold($1, namespace: $2) }
            case .deployments: start(kind) { $0.foldWorkloads(\.deployments, $1, $2) }
            case .statefulsets: start(kind) { $0.foldWorkloads(\.statefulSets, $1, $2) }
            case .daemonsets: start(kind) { $0.foldWorkloads(\.daemonSets, $1, $2) }
            case .rollouts: start(kind) { $0.foldWorkloads(\.rollouts, $1, $2) }
            case .cronjobs: start(kind) { $0.cronJobs.fold($1, namespace: $2) }
            case .endpointslices: start(kind) { $0.endpoints.fold($1, namespace: $2) }
            case .horizontalpodautoscalers: start(kind) { $0.autoscalers.fold($1, namespace: $2) }
            default: start(kind) { $0.configs[kind, default: [:]].fold($1, namespace: $2) }
            }
        }
    }

    private func start<Object: ClusterObject>(_ kind: WatchedKind, _ fold: @escaping KindFold<Object>) {
        let path = discovery?.path(for: kind)
        objects.states[kind] = path == nil ? missing(kind) : (.starting, "")
        tasks.append(
            Task {
                var found = path
                if found == nil { found = await self.servedAgain(kind) }
                if let found { await self.supervise(KindPlace(kind: kind, path: found), fold) }
            })
    }

    /// A kind that the server does not name is absent; one whose group does not answer is not known to be.
    func missing(_ kind: WatchedKind) -> (state: SourceStatus.State, detail: String) {
        if let words = discovery?.gapWords(kind.group) { return (.down, words) }
        return (.absent, "the server has no \(kind.resource).\(kind.group)")
    }

    var pageSize: Int { options.pageSize }

    /// Streaming lists are on by default since Kubernetes 1.34.
    var offersStreams: Bool { options.streamsLists && (discovery?.minorVersion ?? 0) >= 34 }

    /// Where to look when the cluster as a whole is forbidden: the scope, else every namespace that can be listed,
    /// else the context's own.
    var candidateNamespaces: Set<String> {
        if case .some(let names) = options.scope { return Set(names) }
        let listed = objects.namespaces.keys.map(\.name)
        return Set(listed.isEmpty ? [client.access.namespace ?? "default"] : listed)
    }

    /// What the server serves now; nil when it does not say. One question serves all kinds that wait.
    func refreshedDiscovery() async -> Discovery? {
        let patience = discovery?.hasGaps == true ? Self.gapSeconds / 2 : Self.retrySeconds / 2
        if let discovery, clock.now - discoveredAt < patience { return discovery }
        // What was known of groups is not forgotten because they are kept back now.
        guard let found = try? await Discovery.load(client),
            found.groupsUnread == nil || discovery?.groupsUnread != nil
        else { return nil }
        discovery = found
        discoveredAt = clock.now
        return found
    }

    /// What is not there, or may not be seen, is not shown.
    func clear<Object: ClusterObject>(_ kind: WatchedKind, _ fold: KindFold<Object>) {
        objects.note(fold(&objects, .replace([]), nil), kind)
        objects.forgetOdd(kind, namespace: nil)
        schedulePublish()
    }

    // MARK: Snapshots

    func inputs() -> SnapshotInputs {
        let now = clock.now
        // Beyond three windows old rates say nothing about now.
        let isCurrent = reading.map { now - $0.asOf < Double(max(60, options.windowSeconds * 3)) } ?? false
        let states = sources()
        noteSources(states)
        var inputs = SnapshotInputs(
            time: now, context: client.access.contextName, scope: options.scope,
            windowSeconds: reading?.windowSeconds ?? options.windowSeconds,
            sources: states, objects: objects, metrics: reading, reconciled: reconciled,
            metricsAreCurrent: isCurrent, history: history, envoy: envoy,
            productionNamespaces: options.productionNamespaces)
        inputs.evidenceVersion = evidenceVersion
        inputs.findings = findings
        inputs.isSampled = isSampled
        inputs.objectives = objectiveStatuses
        return inputs
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

    package func snapshot() -> MeshSnapshot {
        if publish == nil { analyseNow() } else { scheduleAnalysis() }
        defer { objects.forgetTouched() }
        return SnapshotBuilder.build(inputs(), &cache)
    }

    /// Seconds between two pictures: often enough for an eye, seldom enough for a cluster where all changes.
    private static let shortestPause = 0.2

    func schedulePublish() {
        guard publish != nil, !publishing else { return }
        publishing = true
        let pause = max(Self.shortestPause, lastBuildSeconds * 20)
        tasks.removeAll { $0.isCancelled }
        Task {
            do { try await clock.sleep(seconds: pause) } catch { return }
            self.publishNow()
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

    private func publishNow() {
        publishing = false
        let started = clock.now
        let made = snapshot()
        lastBuildSeconds = clock.now - started
        publishedSources = made.sources
        publish?(made)
    }
}
