// A session's metrics: asked every few seconds, kept as history.

internal import Base
internal import Kube
internal import MeshModel

extension MeshSession {
    func pollMetrics() async {
        while !Task.isCancelled {
            let started = clock.now
            let isBeyond = await pollOnce()
            let pause = Self.pause(
                isBeyond: isBeyond, refresh: options.refreshSeconds, took: clock.now - started)
            do { try await clock.sleep(seconds: pause) } catch { return }
        }
    }

    /// Seconds until the next look. Answers beyond their budget cost as much at every look: the next one is later.
    static func pause(isBeyond: Bool, refresh: Double, took: Double) -> Double {
        max(0.5, (isBeyond ? max(30, refresh) : refresh) - took)
    }

    /// Whether an answer could not be taken for what it is.
    private func pollOnce() async -> Bool {
        guard refusedRights.mayAsk(Self.metricsRight, now: clock.moment) else { return false }
        var isBeyond = false
        do {
            guard let prometheus = try await prometheusOrSidecars() else { return false }
            let started = clock.now
            var tick = metricsTick
            let (answer, edges) = try await tick.read(
                prometheus, window: options.windowSeconds, at: started, silent: reconciled?.silentWorkloads ?? [],
                onScreen: interest)
            guard !Task.isCancelled else { return false }
            metricsTick = tick
            var fresh = answer
            fresh.breakerRates = counters.rates(fresh.breakerStats, at: started)
            if options.asksHistory, !backfilled {
                history = try await MetricsPoll.backfill(
                    prometheus, stepSeconds: history.stepSeconds, window: options.windowSeconds, end: started,
                    edges: edges.edges.count)
                backfilled = true
            }
            // Before the metrics are said to be there: a snapshot for a script waits for that.
            await askObjectives(prometheus, at: started)
            guard !Task.isCancelled else { return false }
            isSampled = false
            // What the edges were made of is large and needed no more.
            reading = fresh.withoutSamplesOfEdges
            reconciled = edges
            refusedRights.granted(Self.metricsRight)
            let took = clock.now - started
            let slow = took > options.refreshSeconds
            metricsStatus = SourceStatus(
                name: .metrics, state: slow ? .slow : .ok, asOf: fresh.asOf,
                detail: slow
                    ? "queries take \(Int(clamping: took.rounded())) s at \(prometheus.endpoint.name)"
                    : fresh.warnings.first.map { "warning: \($0)" } ?? "\(prometheus.endpoint.name)\(turns)")
            appendHistory()
        } catch {
            guard !Task.isCancelled else { return false }
            let state = Self.state(of: error)
            metricsStatus.state = metricsStatus.asOf != nil && state == .down ? .stale : state
            if (error as? MeshTopError)?.code == .notFound { metricsStatus.state = .absent }
            metricsStatus.detail = "\(error)"
            if (error as? MeshTopError)?.code == .decoding {
                isBeyond = true
                metricsStatus.detail += "; asked again in half a minute"
                Memory.giveBack()
            }
            if RefusedRights.isRefusal(error), options.metrics == nil {
                refusedRights.refused(Self.metricsRight, now: clock.moment)
                metricsStatus.detail += "; asked again in minutes"
                if !metricsStatus.detail.contains("--prometheus") {
                    metricsStatus.detail += "; --prometheus URL needs no right in the cluster"
                }
            }
        }
        if let words = options.metrics?.withheldWords, !words.isEmpty { metricsStatus.detail += "; \(words)" }
        schedulePublish()
        return isBeyond
    }

    private static let metricsRight = "metrics"

    /// How old a latency may be, in a mesh so large that the services take turns.
    private var turns: String {
        let ticks = metricsTick.ticksOfARound
        guard ticks > 1 else { return "" }
        return
            "; latency of what is not on the screen every \(Int(clamping: (Double(ticks) * options.refreshSeconds).rounded())) s"
    }

    /// The metrics API; nil where there is none and the sidecars were asked instead.
    private func prometheusOrSidecars() async throws -> PrometheusClient? {
        // Once none was found it is not looked for at every tick.
        if metricsClient == nil, clock.now - searchedAt < Self.searchSeconds, try await scrape() { return nil }
        do {
            return try await prometheusClient()
        } catch let error as MeshTopError where error.code == .notFound && options.metrics == nil {
            searchedAt = clock.now
            guard try await scrape() else { throw error }
            return nil
        }
    }

    private func scrape() async throws -> Bool {
        guard isLoaded else {
            metricsStatus.detail = "no Prometheus is known; waiting for the pods, to ask their sidecars"
            return true
        }
        let before = reconciled == nil
        guard try await scrapeOnce() else { return false }
        if before, reconciled == nil { metricsStatus.detail = "no Prometheus is known; asking the sidecars" }
        appendHistory()
        schedulePublish()
        return true
    }

    /// Long windows change slowly: once a minute is enough.
    private static let objectiveSeconds = 60.0

    private func askObjectives(_ prometheus: PrometheusClient, at time: Timestamp) async {
        guard !options.objectives.isEmpty, time - objectivesAskedAt >= Self.objectiveSeconds else { return }
        objectivesAskedAt = time
        // A query over hours that fails leaves the burn unknown; the metrics themselves are there.
        objectiveStatuses = (try? await ObjectivePoll.read(prometheus, options.objectives, at: time)) ?? []
    }

    /// The metrics API, for whoever asks it something of their own.
    package func metricsAPI() async throws -> PrometheusClient { try await prometheusClient() }

    private func prometheusClient() async throws -> PrometheusClient {
        if let metricsClient { return metricsClient }
        let endpoint: MetricsEndpoint
        if let given = options.metrics {
            endpoint = given
        } else {
            endpoint = try await MetricsDiscovery.find(client)
        }
        let made = PrometheusClient(
            endpoint: endpoint, loop: client.loop, timeoutSeconds: min(options.requestTimeoutSeconds, 30))
        metricsClient = made
        metricsStatus.detail = "asking \(endpoint.name)"
        return made
    }

    /// Takes what was just read into the past, and the past into the rows.
    func appendHistory() {
        evidenceVersion += 1
        let world = MeshWorld(inputs(), &cache)
        history.append(services: ServiceBuilder.services(world, &cache.services), edges: world.edges)
        reconciled?.attach(history)
        // The rows just made lack this very sample.
        evidenceVersion += 1
        let past = history
        cache.services.renew(SnapshotCache.serviceKey(inputs())) { $0.take(past) }
    }
}
