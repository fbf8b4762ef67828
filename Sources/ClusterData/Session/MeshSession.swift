// One context at work: its sources, the store that they fill, and what is asked of both.

internal import Base
package import Istio
package import Kube
package import MeshModel

/// Reads one cluster and publishes snapshots of it.
package actor MeshSession {
    package nonisolated let client: KubeClient
    package nonisolated let store: MeshStore
    /// What this user may do; the dashboard asks it too.
    package nonisolated let rights: RightsKeeper
    private nonisolated var clock: any TimeSource { client.clock }
    var options: SessionOptions

    private let watches: ObjectSource
    private let traffic: TrafficSource
    private let sidecars: SidecarSource
    private let proxies: EnvoySource
    private let objectives: ObjectiveSource
    private var running: [Task<Void, Never>] = []
    private var polling: Task<Void, Never>?
    /// It was left, and is not begun again.
    private var isOver = false

    package init(
        client: KubeClient, options: SessionOptions, publish: (@Sendable (MeshSnapshot) -> Void)? = nil
    ) {
        self.client = client
        self.options = options
        rights = RightsKeeper(client)
        store = MeshStore(
            clock: client.clock, context: client.access.contextName, options: options, publish: publish)
        watches = ObjectSource(client, store, options, rights)
        sidecars = SidecarSource(client, store, options)
        traffic = TrafficSource(client, store, options, sidecars)
        proxies = EnvoySource(client, store, options)
        objectives = ObjectiveSource(store, options, traffic, clock: client.clock)
    }

    /// Those that are read, as far as they are asked at all.
    private var sources: [any Source] {
        var all: [any Source] = [watches]
        if options.asksMetrics { all += [sidecars, objectives] }
        if options.asksEnvoy { all.append(proxies) }
        return all
    }

    package func start() async {
        let silence = Aging(seconds: .infinity)
        if !options.asksMetrics {
            let status = SourceStatus(name: .metrics, state: .absent, detail: "not asked (--no-metrics)")
            await store.take(.status(status, silence))
        }
        if !options.asksEnvoy {
            let why = options.asksMetrics ? "not asked" : "not asked (--no-metrics)"
            let status = SourceStatus(name: .envoy, state: .absent, detail: why)
            await store.take(.status(status, silence))
        }
        // Whoever leaves at once may have said so before it began.
        guard !isOver else { return }
        for source in sources { running.append(Task { await source.run() }) }
        if options.asksMetrics { polling = Task { await traffic.run() } }
        await store.schedulePublish()
    }

    package func stop() {
        isOver = true
        for task in running { task.cancel() }
        polling?.cancel()
        (running, polling) = ([], nil)
    }

    // MARK: What is looked at

    /// For lists beside the watched ones: the namespaces looked at, nil for all in one.
    package func namespacesInScope() -> [String?] {
        if case .some(let names) = options.scope { return names }
        return [nil]
    }

    package func setScope(_ scope: NamespaceScope) async {
        options.scope = scope
        await watches.setScope(scope)
        await store.setScope(scope)
    }

    package func setWindow(_ seconds: Int) async {
        options.windowSeconds = seconds
        // First nobody sends rates over the other window any more, then those that came are forgotten.
        await traffic.setWindow(seconds)
        await store.setWindow(seconds)
        await refresh()
    }

    /// The services that are on the screen, the most important first.
    package func setInterest(_ services: [ServiceID]) async {
        await traffic.setInterest(services)
        await sidecars.setInterest(services)
    }

    /// Polls the metrics now instead of at the next tick, and asks whoever refused.
    package func refresh() async {
        await traffic.forgetRefusals()
        await sidecars.forgetRefusals()
        await proxies.forgetRefusals()
        watches.refreshes.fire()
        // Nobody is to be asked, or not any more.
        guard let polling else { return }
        polling.cancel()
        self.polling = Task { await traffic.run() }
    }

    // MARK: What is known

    package var objects: ClusterObjects { get async { await store.objects } }

    package func snapshot() async -> MeshSnapshot { await store.snapshot() }

    /// Every kind has either arrived once or said why it cannot.
    package var isLoaded: Bool { get async { await store.isLoaded } }

    /// How the API server itself answers; cheap to ask, unlike a snapshot.
    package var kubernetesState: SourceStatus.State {
        get async { await store.status(.kubernetes)?.state ?? .starting }
    }

    /// Metrics, and the proxies they lead to, have answered once or cannot.
    package var hasMetricsAnswer: Bool {
        get async {
            guard await store.status(.metrics)?.state != .starting else { return false }
            if options.asksMetrics, await !objectives.hasAnswered { return false }
            if !options.asksEnvoy { return true }
            return await store.status(.envoy)?.state != .starting
        }
    }

    /// What a person's word for a kind stands for on this server; nil where it has none, or has not said.
    package func kind(of word: ObjectWord) async -> ResourceInfo? {
        (try? await client.discovery { $0.isSettled(word.type) })?.resource(named: word.type)
    }

    /// What metrics call the workloads behind each destination of a route, in the route's order; none where they
    /// cannot be told from others'.
    package func arms(of route: RouteSummary) async -> [Set<ObjectKey>] { await store.arms(of: route) }

    /// The metrics API, for whoever asks it something of their own.
    package func metricsAPI() async throws -> any MetricsSource { try await traffic.metricsAPI() }

    /// What the workloads behind a destination carried; nil where no metrics API says.
    package func loadHistory(_ workloads: Set<ObjectKey>) async -> LoadHistory? {
        if let known = await store.load(of: workloads) { return known }
        guard await !store.isSampled, let api = try? await metricsAPI() else { return nil }
        return try? await LoadHistory.read(api, options.dialect, workloads, end: clock.now)
    }

    /// May this client send that request?
    package func access(_ request: AccessRequest) async throws -> AccessReport {
        let objects = await objects
        return try AccessDesk(AnalysisWorld(objects: objects, time: clock.now)).answer(
            await resolved(request, namespace: nil))
    }

    /// With KIND/NAME as the server's resources read it; `namespace` is where such an object is looked for.
    package func resolved(_ request: AccessRequest, namespace: String?) async -> AccessRequest {
        let namespaces = Set(await objects.namespaces.keys.map(\.name))
        let discovery = try? await client.discovery(until: \.knowsWatchedKinds)
        return request.resolved(namespace: namespace) {
            namespaces.contains($0)
        } _: {
            discovery?.resource(named: $0.type)
        }
    }

    /// Facts of the secrets with these names; nil when this user may not read them.
    package func secrets(_ keys: Set<ObjectKey>) async -> [ObjectKey: SecretFacts]? {
        var found: [ObjectKey: SecretFacts] = [:]
        for key in keys.sorted() {
            let path = ResourcePath(group: "", version: "v1", resource: "secrets").object(key)
            guard let response = try? await client.exchange(KubeClient.Call("GET", path)) else { return nil }
            switch response.status {
            case 200:
                guard let object = try? JSONValue(parsing: response.body) else { return nil }
                found[key] = SecretFacts(object)
            case 404: break
            default: return nil
            }
        }
        return found
    }

    /// What a change would do to the findings; nil while not everything has been read.
    package func foresee(_ fates: [ObjectFate]) async -> FindingsDelta? { await store.foresee(fates) }
}
