// A session without a Prometheus: it asks a few sidecars itself, through the API server's pod proxy.

internal import Base
internal import Istio
internal import Kube
package import MeshModel

extension MeshSession {
    /// Seconds between two rounds: two pages make a rate, and a proxy's page is not small.
    private static let scrapeSeconds = 10.0
    /// Until the first rates are there.
    private static let firstSeconds = 3.0
    private static let scrapesAtOnce = 6
    private static let pageLimit = 16 << 20
    /// Seconds until a Prometheus is looked for again.
    static let searchSeconds = 60.0

    /// The services that are on the screen, the most important first.
    package func setInterest(_ services: [ServiceID]) { interest = services }

    /// The pod proxy reaches every port of a pod, so it is not the first thing to ask for.
    private static let refusedSidecars = MeshTopError(
        .forbidden, "no metrics", why: "no Prometheus is known, and the sidecars may not be asked (pods/proxy)",
        advice: "give --prometheus URL, which needs no right in the cluster")

    /// One round; false when there is nobody to ask.
    func scrapeOnce() async throws -> Bool {
        let started = clock.now
        guard started - scrapedAt >= (scrapes.ready == 0 ? Self.firstSeconds : Self.scrapeSeconds) else { return true }
        let wanted = ScrapeChoice.targets(objects, interest: interest, before: scrapedPods)
        guard !wanted.isEmpty else { return false }
        func right(_ pod: ObjectKey) -> String { "pods/proxy in \(pod.namespace)" }
        let targets = wanted.filter { refusedRights.mayAsk(right($0.pod), now: clock.moment) }
        guard !targets.isEmpty else { throw Self.refusedSidecars }
        scrapedAt = started
        scrapedPods = Set(targets.map(\.pod))
        let client = client
        var failure: (any Error)?
        var answered = 0
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
                        return (target, .success(ExpositionText.samples(body, prefixes: ScrapeBook.prefixes)))
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
        if answered == 0, let failure { throw RefusedRights.isRefusal(failure) ? Self.refusedSidecars : failure }
        let missed = failure.map { "; of others: \($0)" } ?? ""
        scrapes.forget(exceptFor: scrapedPods)
        guard scrapes.ready > 0 else { return true }
        let fresh = scrapes.reading(at: clock.now) { objects.pods.count(named: $0).ready }
        reading = fresh.withoutSamplesOfEdges
        reconciled = EdgeReconciler(fresh)
        isSampled = true
        let all = objects.pods.values.count { $0.isReady && $0.hasSidecar }
        metricsStatus = SourceStatus(
            name: .metrics, state: .ok, asOf: clock.now,
            detail: "sampled: no Prometheus is known, \(answered) of \(all) sidecars were asked\(missed)")
        return true
    }
}
