// What client proxies know of their upstreams: a few are asked at a time, through port-forwards.

internal import Base
internal import Kube
package import MeshModel

package actor EnvoySource: Source {
    private let client: KubeClient
    private let store: MeshStore
    private let options: SessionOptions
    private nonisolated var clock: any TimeSource { client.clock }
    package private(set) var status = SourceStatus(name: .envoy, state: .starting)
    package private(set) var version = 0

    private var turn = 0
    private var pages = AdminPageBudget()
    private var refusedRights = RefusedRights()
    private var answeredAt: Timestamp?

    /// Asked in one round.
    private static let atOnce = 24
    /// Where there is no proxy to ask, the pods are looked through again after at most this long.
    private static let longestPause = 30.0

    init(_ client: KubeClient, _ store: MeshStore, _ options: SessionOptions) {
        self.client = client
        self.store = store
        self.options = options
    }

    func forgetRefusals() { refusedRights = RefusedRights() }

    package func run() async {
        // Who is asked first follows from the pods, and from who calls whom.
        await store.wait(for: .loaded)
        await store.wait(for: .heard(.metrics))
        var idle = options.refreshSeconds
        while !Task.isCancelled {
            let started = clock.now
            let isAsking = await round()
            guard !Task.isCancelled else { return }
            idle = isAsking ? options.refreshSeconds : min(idle * 2, max(Self.longestPause, options.refreshSeconds))
            do { try await clock.sleep(seconds: max(1, idle - (clock.now - started))) } catch { return }
        }
    }

    private func report(_ new: SourceStatus) async {
        status = new
        version += 1
        await store.take(.status(status, Aging(seconds: options.metricsPatience * 2)))
    }

    private func right(_ pod: ObjectKey) -> String { "pods/portforward in \(pod.namespace)" }

    /// Asks the admin pages of client proxies for what they know of their upstreams; false when there is none to ask.
    private func round() async -> Bool {
        let now = clock.now
        // Whoever may be asked: what was said too long ago is no state of now.
        await store.take(.upstreamsEnded(before: now + -max(30, options.refreshSeconds * 4)))
        let number = turn
        let wanted = await store.read { objects, traffic in
            let isCurrent = traffic.map { now - $0.reading.asOf < 60 } ?? false
            return EnvoyChoice.clients(
                objects: objects, edges: isCurrent ? traffic?.edges.edges : nil, limit: Self.atOnce, turn: number)
        }
        turn += 1
        guard !wanted.isEmpty else {
            await report(SourceStatus(name: .envoy, state: .absent, detail: "no client proxy to ask"))
            return false
        }
        pages.keep(only: Set(wanted), now: clock.now)
        let pods = wanted.filter {
            refusedRights.mayAsk(right($0), now: clock.moment) && pages.mayAsk($0, now: clock.now)
        }
        // All were refused lately: what was said of that stands.
        guard !pods.isEmpty else { return true }
        let (answers, failure) = await ask(pods)
        guard !Task.isCancelled else { return true }
        if pages.hasFreed() { Memory.giveBack() }
        version += 1
        await store.take(.upstreams(answers))
        if let last = answers.last {
            answeredAt = last.time
            let missed = failure.map { "; of others: \($0)" } ?? ""
            await report(
                SourceStatus(
                    name: .envoy, state: .ok, asOf: clock.now,
                    detail: "\(answers.count) of \(pods.count) client proxies asked\(missed)"))
        } else if let failure {
            // Port-forwards reach every port of a pod: a Prometheus that has Envoy's stats needs no such right.
            let advice =
                RefusedRights.isRefusal(failure)
                ? "; asked again in minutes; a Prometheus with Envoy's stats (--prometheus) needs no such right" : ""
            await report(
                SourceStatus(
                    name: .envoy, state: SourceState(failure), asOf: answeredAt, detail: "\(failure)\(advice)"))
        }
        return true
    }

    private func ask(_ pods: [ObjectKey]) async -> (answers: [ProxyAnswer], failure: (any Error)?) {
        let client = client
        var failure: (any Error)?
        var answers: [ProxyAnswer] = []
        await withTaskGroup(of: (ObjectKey, Int, Result<[EnvoyUpstream], any Error>).self) { group in
            func ask(_ pod: ObjectKey) {
                group.addTask {
                    do {
                        let body = try await EnvoyAdmin.get("/clusters?format=json", pod: pod, client: client)
                        return (pod, body.count, .success(try EnvoyClusters.decode(body)))
                    } catch {
                        return (pod, 0, .failure(error))
                    }
                }
            }
            var next = 0
            var underWay = 0
            /// As many as their pages leave room for.
            func askMore() {
                while underWay < pages.atOnce, next < pods.count, !Task.isCancelled {
                    defer { next += 1 }
                    guard refusedRights.mayAsk(right(pods[next]), now: clock.moment) else { continue }
                    ask(pods[next])
                    underWay += 1
                }
            }
            askMore()
            for await (pod, bytes, result) in group {
                underWay -= 1
                switch result {
                case .success(let upstreams):
                    answers.append(ProxyAnswer(pod: pod, upstreams: upstreams, time: clock.now))
                    pages.answered(pod, bytes: bytes)
                    refusedRights.granted(right(pod))
                case .failure(let error):
                    failure = error
                    if RefusedRights.isRefusal(error) { refusedRights.refused(right(pod), now: clock.moment) }
                    if error is JSONError || (error as? MeshTopError)?.code == .decoding {
                        pages.useless(pod, now: clock.now)
                    }
                }
                askMore()
            }
        }
        return (answers, failure)
    }
}
