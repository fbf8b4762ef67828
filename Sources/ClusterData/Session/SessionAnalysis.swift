// Findings of a session: worked out beside it, and again when something that they depend on has changed.

package import Base
package import Istio
package import Kube
internal import MeshModel

extension MeshSession {
    /// Seconds between two analyses: a rollout changes pods for minutes.
    private static let analysisPause = 1.0

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

    /// May this client send that request?
    package func access(_ request: AccessRequest) throws(MeshTopError) -> AccessReport {
        try AccessDesk(AnalysisWorld(objects: objects, time: clock.now)).answer(resolved(request, namespace: nil))
    }

    /// With KIND/NAME as the server's resources read it; `namespace` is where such an object is looked for.
    package func resolved(_ request: AccessRequest, namespace: String?) -> AccessRequest {
        request.resolved(namespace: namespace) { name in
            objects.namespaces[ObjectKey("", name)] != nil
        } _: {
            kind(of: $0)
        }
    }

    /// What a change would do to the findings; nil while not everything has been read.
    package func foresee(_ fates: [ObjectFate]) async -> FindingsDelta? {
        guard isLoaded else { return nil }
        analyseNow()
        let (objects, findings, analysis, time) = (objects, findings, analysis, clock.now)
        return await Task.detached {
            Foresight.delta(fates, on: objects, before: findings, analysis, time: time)
        }.value
    }

    /// What an analysis depends on, in one number.
    private var analysisKey: Int {
        var hasher = Hasher()
        for kind in WatchedKind.allCases { hasher.combine(objects.analysisVersion(kind)) }
        return hasher.finalize()
    }

    /// Everything that is wrong, now: for a command that waits.
    func analyseNow() {
        let key = analysisKey
        guard isLoaded, key != analysedKey else { return }
        findings = analysis.findings(AnalysisWorld(objects: objects, time: clock.now))
        analysedKey = key
    }

    /// Looks again beside the session when something has changed; the next picture has what is found.
    func scheduleAnalysis() {
        let key = analysisKey
        guard isLoaded, !isAnalysing, key != analysedKey else { return }
        isAnalysing = true
        let (objects, analysis, time) = (objects, analysis, clock.now)
        Task.detached {
            var analysis = analysis
            let findings = analysis.findings(AnalysisWorld(objects: objects, time: time))
            await self.took(findings, analysis, key)
        }
    }

    private func took(_ found: [Finding], _ next: Analysis, _ key: Int) async {
        let changed = found != findings
        (findings, analysis, analysedKey) = (found, next, key)
        if changed { schedulePublish() }
        do { try await clock.sleep(seconds: Self.analysisPause) } catch { return }
        isAnalysing = false
        // What changed meanwhile.
        scheduleAnalysis()
    }
}
