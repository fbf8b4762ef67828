// Whether the API server still answers: something small is asked now and then.

internal import Base
internal import Kube
internal import MeshModel

extension ObjectSource {
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
                if status.state == .ok { status.detail = currentWords }
                status.asOf = clock.now
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
                let silent = status.asOf.map { clock.now - $0 } ?? 0
                if silent > Self.patienceSeconds, clock.now - lastRestart > Self.patienceSeconds {
                    lastRestart = clock.now
                    client.restartStreams(silentSince: since)
                }
            }
            await report()
        }
    }
}
