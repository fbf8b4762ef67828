// What flows, from a metrics API: asked every few seconds. Where there is none, the sidecars are asked instead.

internal import Base
internal import Kube
package import MeshModel

package actor TrafficSource: Source {
    private let client: KubeClient
    private let store: MeshStore
    private let options: SessionOptions
    private let sidecars: SidecarSource
    private nonisolated var clock: any TimeSource { client.clock }
    package private(set) var status = SourceStatus(
        name: .metrics, state: .starting, detail: "looking for Prometheus")
    package private(set) var version = 0

    private var windowSeconds: Int
    private var interest: [ServiceID] = []
    private var api: (any MetricsSource)?
    private var tick = MetricsTick()
    private var counters = CounterBook()
    /// Workloads whose latency only their clients know, by the last tick.
    private var silent: [String] = []
    private var isBackfilled = false
    /// What is still asked of the hours before: one question after a tick.
    private var unasked: [(place: Int, measure: SeriesMeasure)] = []
    /// What is not asked at every tick, because it was refused.
    private var refusedRights = RefusedRights()

    init(_ client: KubeClient, _ store: MeshStore, _ options: SessionOptions, _ sidecars: SidecarSource) {
        self.client = client
        self.store = store
        self.options = options
        self.sidecars = sidecars
        windowSeconds = options.windowSeconds
    }

    package func run() async {
        while !Task.isCancelled {
            let started = clock.now
            let turn = await askOnce()
            if turn == .done { await askOnePast() }
            let pause =
                turn == .noAPI
                ? Self.searchSeconds
                : Self.pause(isBeyond: turn == .beyond, refresh: options.refreshSeconds, took: clock.now - started)
            do { try await clock.sleep(seconds: pause) } catch { return }
        }
    }

    /// The services that are on the screen, the most important first.
    func setInterest(_ services: [ServiceID]) { interest = services }

    func setWindow(_ seconds: Int) {
        windowSeconds = seconds
        isBackfilled = false
        unasked = []
    }

    /// Whoever was refused is asked again.
    func forgetRefusals() { refusedRights = RefusedRights() }

    /// Seconds until a Prometheus is looked for again.
    private static let searchSeconds = 60.0

    /// Seconds until the next look. Answers beyond their budget cost as much at every look: the next one is later.
    static func pause(isBeyond: Bool, refresh: Double, took: Double) -> Double {
        max(0.5, (isBeyond ? max(30, refresh) : refresh) - took)
    }

    private enum Turn { case done, beyond, noAPI }

    private func askOnce() async -> Turn {
        guard refusedRights.mayAsk(Self.right, now: clock.moment) else { return .done }
        var turn = Turn.done
        do {
            try await read(try await metricsAPI())
        } catch {
            guard !Task.isCancelled, !(error is CancellationError) else { return .done }
            if api == nil, options.metrics == nil, (error as? MeshTopError)?.code == .notFound {
                // It is theirs to say how metrics are, until an API is found.
                if options.asksSidecars {
                    await sidecars.begin(instead: "\(error)")
                } else {
                    status = SourceStatus(name: .metrics, state: .absent, detail: "\(error)")
                    await report()
                }
                return .noAPI
            }
            await sidecars.end()
            turn = fail(error)
        }
        if let words = options.metrics?.withheldWords, !words.isEmpty { status.detail += "; \(words)" }
        await report()
        return turn
    }

    private func read(_ api: any MetricsSource) async throws {
        await sidecars.end()
        let (started, window) = (clock.now, windowSeconds)
        var tick = tick
        let (answer, edges) = try await tick.read(
            api, options.dialect, window: window, at: started, silent: silent, onScreen: interest)
        try check(window)
        self.tick = tick
        silent = edges.silentWorkloads
        var fresh = answer
        fresh.breakerRates = counters.rates(fresh.breakerStats, at: started)
        if options.asksHistory, !isBackfilled {
            let past = try await MetricsPoll.past(
                api, options.dialect, (0, resolutions[0]), window: window, end: started, edges: edges.edges.count)
            try check(window)
            isBackfilled = true
            unasked = resolutions.indices.dropFirst().flatMap { place in
                SeriesMeasure.allCases.map { (place, $0) }
            }
            await store.take(.past(past))
            try check(window)
        }
        refusedRights.granted(Self.right)
        let took = clock.now - started
        let slow = took > options.refreshSeconds
        status = SourceStatus(
            name: .metrics, state: slow ? .slow : .ok, asOf: fresh.asOf,
            detail: slow
                ? "queries take \(Int(clamping: took.rounded())) s at \(api.name)"
                : fresh.warnings.first.map { "warning: \($0)" } ?? "\(api.name)\(turns)")
        version += 1
        await store.take(.traffic(TrafficReading(reading: fresh.withoutSamplesOfEdges, edges: edges)))
    }

    /// What was asked over a window is told while that is the one that is wanted, by this task.
    private func check(_ window: Int) throws {
        if Task.isCancelled || window != windowSeconds { throw CancellationError() }
    }

    /// Hours at a coarse step tell more the longer the program runs; a server to which they are dear is spared them.
    private func askOnePast() async {
        guard let api, let (place, measure) = unasked.first else { return }
        guard await store.keepsPast(place) else {
            unasked = []
            return
        }
        let (started, window) = (clock.now, windowSeconds)
        do {
            let past = try await MetricsPoll.past(
                api, options.dialect, (place, resolutions[place]), [measure], window: window, end: started)
            try check(window)
            unasked.removeFirst()
            await store.take(.past(past))
        } catch {
            // What ticks write from now on is there all the same.
            if !(error is CancellationError) { unasked = [] }
        }
        if clock.now - started > options.refreshSeconds { unasked = [] }
    }

    private var resolutions: [Resolution] { SeriesStore(stepSeconds: options.historyStep).resolutions }

    private func fail(_ error: any Error) -> Turn {
        let state = SourceState(error)
        status.state = status.asOf != nil && state == .down ? .stale : state
        if (error as? MeshTopError)?.code == .notFound { status.state = .absent }
        status.detail = "\(error)"
        if RefusedRights.isRefusal(error), options.metrics == nil {
            refusedRights.refused(Self.right, now: clock.moment)
            status.detail += "; asked again in minutes"
            if !status.detail.contains("--prometheus") {
                status.detail += "; --prometheus URL needs no right in the cluster"
            }
        }
        guard (error as? MeshTopError)?.code == .decoding else { return .done }
        status.detail += "; asked again in half a minute"
        Memory.giveBack()
        return .beyond
    }

    private func report() async {
        version += 1
        await store.take(.status(status, Aging(seconds: options.metricsPatience)))
    }

    private static let right = "metrics"

    /// How old a latency may be, in a mesh so large that the services take turns.
    private var turns: String {
        let ticks = tick.ticksOfARound
        guard ticks > 1 else { return "" }
        return
            "; latency of what is not on the screen every \(Int(clamping: (Double(ticks) * options.refreshSeconds).rounded())) s"
    }

    /// The metrics API, looked for where none is named; not found is an error that says what to do.
    func metricsAPI() async throws -> any MetricsSource {
        if let api { return api }
        let endpoint: MetricsEndpoint
        if let given = options.metrics {
            endpoint = given
        } else {
            endpoint = try await MetricsDiscovery.find(client)
        }
        let made = PrometheusClient(
            endpoint: endpoint, loop: client.loop, timeoutSeconds: min(options.requestTimeoutSeconds, 30))
        api = made
        if status.state == .starting {
            status.detail = "asking \(endpoint.name)"
            await report()
        }
        return made
    }
}
