// Findings: worked out beside the store, and again when something that they depend on has changed.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

extension MeshStore {
    /// Seconds between two analyses: a rollout changes pods for minutes.
    private static let analysisPause = 1.0

    /// What a change would do to the findings; nil while not everything has been read.
    func foresee(_ fates: [ObjectFate]) async -> FindingsDelta? {
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
        for kind in WatchedKind.all { hasher.combine(objects.analysisVersion(kind)) }
        return hasher.finalize()
    }

    /// Everything that is wrong, now: for a command that waits.
    func analyseNow() {
        let key = analysisKey
        guard isLoaded, key != analysedKey else { return }
        findings = analysis.look(at: AnalysisWorld(objects: objects, time: clock.now))
        analysedKey = key
    }

    /// Looks again beside the session when something has changed; the next picture has what is found.
    func scheduleAnalysis() {
        let key = analysisKey
        guard isLoaded, !isAnalysing, key != analysedKey else { return }
        isAnalysing = true
        let (objects, analysis, time, before) = (objects, analysis, clock.now, analysedKey)
        Task.detached {
            var analysis = analysis
            let findings = analysis.look(at: AnalysisWorld(objects: objects, time: time))
            await self.took(findings, analysis, key, after: before)
        }
    }

    private func took(_ found: Findings, _ next: Analysis, _ key: Int, after before: Int?) async {
        // Who could not wait may have looked at newer objects meanwhile.
        if analysedKey == before {
            let changed = found != findings
            (findings, analysis, analysedKey) = (found, next, key)
            if changed { schedulePublish() }
        }
        do { try await clock.sleep(seconds: Self.analysisPause) } catch { return }
        isAnalysing = false
        // What changed meanwhile.
        scheduleAnalysis()
    }
}
