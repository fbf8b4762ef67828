// Rates without a metrics API: a few sidecars are asked for theirs, through the API server's pod proxy.

internal import Base
internal import Istio
internal import Kube
package import MeshModel

package actor SidecarSource: Source {
    private let client: KubeClient
    private let store: MeshStore
    private let options: SessionOptions
    private nonisolated var clock: any TimeSource { client.clock }
    package private(set) var status = SourceStatus(name: .metrics, state: .starting)
    package private(set) var version = 0

    private var interest: [ServiceID] = []
    private var scrapes: ScrapeBook
    private var chosen: Set<ObjectKey> = []
    private var refusedRights = RefusedRights()
    /// Why they are asked; nil while a metrics API is.
    private var reason: String?
    private var pause = firstPause
    private let needed = Signal()

    /// Seconds between two rounds: two pages make a rate, and a proxy's page is not small.
    private static let scrapeSeconds = 10.0
    /// Until the first rates are there.
    private static let firstSeconds = 3.0
    private static let scrapesAtOnce = 6
    private static let pageLimit = 16 << 20
    /// Where there is nobody to ask, the pods are looked through again after this long, and then twice as long.
    private static let firstPause = 5.0
    private static let longestPause = 60.0

    /// The pod proxy reaches every port of a pod, so it is not the first thing to ask for.
    private static let refusal = MeshTopError(
        .forbidden, "no metrics", why: "no Prometheus is known, and the sidecars may not be asked (pods/proxy)",
        advice: "give --prometheus URL, which needs no right in the cluster")

    init(_ client: KubeClient, _ store: MeshStore, _ options: SessionOptions) {
        self.client = client
        self.store = store
        self.options = options
        scrapes = ScrapeBook(options.dialect)
    }

    /// The services that are on the screen, the most important first.
    func setInterest(_ services: [ServiceID]) { interest = services }
    func forgetRefusals() { refusedRights = RefusedRights() }

    /// No metrics API was found, for that reason: they are asked from now on.
    func begin(instead why: String) {
        reason = why
        needed.fire()
    }

    func end() { reason = nil }

    package func run() async {
        while !Task.isCancelled {
            let seen = needed.count
            guard reason != nil else {
                await needed.wait(after: seen)
                continue
            }
            let isLoaded = await store.isLoaded
            if !isLoaded {
                await report(.starting, "no Prometheus is known; waiting for the pods, to ask their sidecars")
                await store.wait(for: .loaded)
            }
            guard reason != nil, !Task.isCancelled else { continue }
            do { try await clock.sleep(seconds: await round()) } catch { return }
        }
    }

    private func report(_ state: SourceState, _ detail: String) async {
        guard reason != nil, !Task.isCancelled else { return }
        status = SourceStatus(
            name: .metrics, state: state, asOf: state == .ok ? clock.now : status.asOf, detail: detail)
        version += 1
        await store.take(.status(status, Aging(seconds: max(options.metricsPatience, Self.scrapeSeconds * 3))))
    }

    /// Asks once; gives the seconds until the next time.
    private func round() async -> Double {
        let (interest, before) = (interest, chosen)
        let wanted = await store.read { objects, _ in ScrapeChoice.targets(objects, interest: interest, before: before)
        }
        guard !wanted.isEmpty else {
            await report(.absent, reason ?? "")
            defer { pause = min(pause * 2, Self.longestPause) }
            return pause
        }
        pause = Self.firstPause
        let targets = wanted.filter { refusedRights.mayAsk(right($0.pod), now: clock.moment) }
        guard !targets.isEmpty else {
            await report(.forbidden, "\(Self.refusal); asked again in minutes")
            return Self.scrapeSeconds
        }
        if scrapes.ready == 0, status.state == .starting {
            await report(.starting, "no Prometheus is known; asking the sidecars")
        }
        let started = clock.now
        chosen = Set(targets.map(\.pod))
        let (answered, failure) = await ask(targets)
        guard !Task.isCancelled, reason != nil else { return 0 }
        await take(answered, failure)
        return max(1, (scrapes.ready == 0 ? Self.firstSeconds : Self.scrapeSeconds) - (clock.now - started))
    }

    private func right(_ pod: ObjectKey) -> String { "pods/proxy in \(pod.namespace)" }

    /// A round's pages go into the book; how many answered, and why the last of the others did not.
    private func ask(_ targets: [ScrapeTarget]) async -> (answered: Int, failure: (any Error)?) {
        let client = client
        var failure: (any Error)?
        var answered = 0
        let prefixes = options.dialect.scrapedPrefixes
        await withTaskGroup(of: (ScrapeTarget, Result<[ScrapedSample], any Error>).self) { group in
            var waiting = targets[...]
            func askNext() {
                guard let target = waiting.popFirst() else { return }
                group.addTask {
                    let pod = ResourcePath(group: "", version: "v1", resource: "pods").object(
                        ObjectKey(target.pod.namespace, "\(target.pod.name):15090"))
                    do {
                        let call = KubeClient.Call(
                            "GET", "\(pod)/proxy/stats/prometheus", query: [("usedonly", "")], accept: "text/plain",
                            bodyLimit: Self.pageLimit)
                        let body = try await client.send(call).body
                        return (target, .success(ExpositionText.samples(body, prefixes: prefixes)))
                    } catch {
                        return (target, .failure(error))
                    }
                }
            }
            for _ in 0..<Self.scrapesAtOnce { askNext() }
            for await (target, result) in group {
                switch result {
                case .success(let samples):
                    scrapes.take(target, samples, at: clock.now)
                    answered += 1
                    refusedRights.granted(right(target.pod))
                case .failure(let error):
                    failure = error
                    if RefusedRights.isRefusal(error) { refusedRights.refused(right(target.pod), now: clock.moment) }
                }
                while let next = waiting.first, !refusedRights.mayAsk(right(next.pod), now: clock.moment) {
                    waiting.removeFirst()
                }
                askNext()
            }
        }
        return (answered, failure)
    }

    private func take(_ answered: Int, _ failure: (any Error)?) async {
        if answered == 0, let failure {
            let isRefused = RefusedRights.isRefusal(failure)
            let state = isRefused ? .forbidden : SourceState(failure)
            return await report(
                status.asOf != nil && state == .down ? .stale : state,
                isRefused ? "\(Self.refusal); asked again in minutes" : "\(failure)")
        }
        scrapes.forget(exceptFor: chosen)
        guard scrapes.ready > 0 else { return }
        let book = scrapes
        let time = clock.now
        let (fresh, all) = await store.read { objects, _ in
            (
                book.reading(at: time) { objects.pods.count(named: $0).ready },
                objects.pods.values.count { $0.isReady && $0.hasSidecar }
            )
        }
        // A metrics API that was found meanwhile has the word.
        guard reason != nil else { return }
        let reading = TrafficReading(
            reading: fresh.withoutSamplesOfEdges, edges: EdgeReconciler(fresh), isSampled: true)
        await store.take(.traffic(reading))
        let missed = failure.map { "; of others: \($0)" } ?? ""
        await report(.ok, "sampled: no Prometheus is known, \(answered) of \(all) sidecars were asked\(missed)")
    }
}
