// What client proxies know of their upstreams: a few are asked at a time, through port-forwards.

internal import Base
internal import Kube
internal import MeshModel

extension MeshSession {
    /// Asked in one round.
    private static let envoysInARound = 24

    func pollEnvoys() async {
        while !Task.isCancelled {
            let started = clock.now
            if isLoaded, metricsStatus.state != .starting {
                await askEnvoys()
                schedulePublish()
            }
            let pause =
                envoyStatus.state == .starting ? 0.1 : max(1, options.refreshSeconds - (clock.now - started))
            do { try await clock.sleep(seconds: pause) } catch { return }
        }
    }

    /// Asks the admin pages of client proxies for what they know of their upstreams.
    private func askEnvoys() async {
        // Whoever may be asked: what was said too long ago is no state of now.
        if envoy.forget(before: clock.now + -max(30, options.refreshSeconds * 4)) { evidenceVersion += 1 }
        let isCurrent = reading.map { clock.now - $0.asOf < 60 } ?? false
        let wanted = EnvoyChoice.clients(
            objects: objects, edges: isCurrent ? reconciled?.edges : nil, limit: Self.envoysInARound, turn: envoyTurn)
        envoyTurn += 1
        guard !wanted.isEmpty else {
            envoyStatus = SourceStatus(name: .envoy, state: .absent, detail: "no client proxy to ask")
            return
        }
        func right(_ pod: ObjectKey) -> String { "pods/portforward in \(pod.namespace)" }
        adminPages.keep(only: Set(wanted), now: clock.now)
        let pods = wanted.filter {
            refusedRights.mayAsk(right($0), now: clock.moment) && adminPages.mayAsk($0, now: clock.now)
        }
        // All were refused lately: what was said of that stands.
        guard !pods.isEmpty else { return }
        let client = client
        var failure: (any Error)?
        var answered = 0
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
                while underWay < adminPages.atOnce, next < pods.count, !Task.isCancelled {
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
                    envoy.record(pod, upstreams, at: clock.now)
                    adminPages.answered(pod, bytes: bytes)
                    answered += 1
                    refusedRights.granted(right(pod))
                case .failure(let error):
                    failure = error
                    if RefusedRights.isRefusal(error) { refusedRights.refused(right(pod), now: clock.moment) }
                    if error is JSONError || (error as? MeshTopError)?.code == .decoding {
                        adminPages.useless(pod, now: clock.now)
                    }
                }
                askMore()
            }
        }
        guard !Task.isCancelled else { return }
        if adminPages.hasFreed() { Memory.giveBack() }
        evidenceVersion += 1
        if answered > 0 {
            let missed = failure.map { "; of others: \($0)" } ?? ""
            envoyStatus = SourceStatus(
                name: .envoy, state: .ok, asOf: clock.now,
                detail: "\(answered) of \(pods.count) client proxies asked\(missed)")
        } else if let failure {
            // Port-forwards reach every port of a pod: a Prometheus that has Envoy's stats needs no such right.
            let advice =
                RefusedRights.isRefusal(failure)
                ? "; asked again in minutes; a Prometheus with Envoy's stats (--prometheus) needs no such right" : ""
            envoyStatus = SourceStatus(
                name: .envoy, state: Self.state(of: failure), asOf: envoy.asOf, detail: "\(failure)\(advice)")
        }
    }
}
