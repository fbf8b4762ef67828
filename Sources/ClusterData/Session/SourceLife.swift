// Whether the sources still answer: a heartbeat for the API server, and the age of what the others last said.

internal import Base
internal import Kube
internal import MeshModel

extension MeshSession {
    /// The server's version, and how far its clock is from ours where that is worth knowing.
    var versionWords: String {
        let known = discovery?.serverVersion ?? ""
        let version = "Kubernetes \(known.isEmpty ? "of a version that it does not say" : known)"
        guard abs(clockLead) >= 5 else { return version }
        return
            "\(version); this host's clock is \(Int(clamping: abs(clockLead).rounded())) s \(clockLead > 0 ? "behind" : "ahead of") the server's"
    }

    /// A watch that is silent and a server that hangs look the same: so something small is asked now and then.
    static let heartbeatSeconds = 5.0
    /// After this long without an answer the streams are ended, to be resumed on new connections.
    private static let patienceSeconds = 35.0

    func listenForLife() async {
        var lastRestart = Timestamp(seconds: 0)
        /// When the first question was sent that nobody answered.
        var silentSince: Moment?
        /// How often in a row nobody answered: some servers keep one of the paths to themselves.
        var unanswered = 0
        while !Task.isCancelled {
            do { try await clock.sleep(seconds: Self.heartbeatSeconds) } catch { return }
            guard let discovery else { continue }
            // Something small, and such as was answered before.
            let paths = discovery.serverVersion.isEmpty ? ["/api", "/version"] : ["/version", "/api"]
            // The transport's own time, which it notes for all that it hears.
            let asked = Moment.now()
            do {
                // Any answer is a sign of life, a refusal too.
                let answer = try await client.exchange(
                    KubeClient.Call("GET", paths[unanswered % paths.count], timeoutSeconds: Self.heartbeatSeconds))
                clockLead = answer.head.clockLead ?? 0
                if kubernetesStatus.state == .ok { kubernetesStatus.detail = currentWords }
                kubernetesStatus.asOf = clock.now
                // Only a new connection was answered: what the streams run on may be as dead as the one before.
                if let since = silentSince, clock.now - lastRestart > Self.patienceSeconds {
                    lastRestart = clock.now
                    client.restartStreams(silentSince: since)
                }
                (heartbeatFailure, silentSince) = (nil, nil)
            } catch {
                guard !Task.isCancelled else { return }
                heartbeatFailure = "\(error)"
                unanswered += 1
                let since = silentSince ?? asked
                silentSince = since
                let silent = kubernetesStatus.asOf.map { clock.now - $0 } ?? 0
                if silent > Self.patienceSeconds, clock.now - lastRestart > Self.patienceSeconds {
                    lastRestart = clock.now
                    client.restartStreams(silentSince: since)
                }
            }
            if sources() != publishedSources { schedulePublish() }
        }
    }

    /// What each source is worth now: one that has not answered for a few turns is stale, whatever it said last.
    func sources() -> [SourceStatus] {
        let now = clock.now
        func aged(_ status: SourceStatus, _ limit: Double, _ why: String?) -> SourceStatus {
            guard [.ok, .slow].contains(status.state), let asOf = status.asOf, now - asOf > limit else { return status }
            var aged = status
            aged.state = .stale
            aged.detail = why ?? "no answer since \(asOf.clock)"
            return aged
        }
        let turns = max(15, options.refreshSeconds * 3)
        return [
            aged(kubernetesStatus, Self.heartbeatSeconds * 2 + 2, heartbeatFailure), aged(metricsStatus, turns, nil),
            SourceStatus(name: .tracing, state: .absent, detail: "traces are not read by this version"),
            aged(envoyStatus, turns * 2, nil),
        ]
    }
}
