// A guarded shift told as the progress of a change, for whoever shows changes.

package import ClusterData

extension GuardEvent {
    package var progress: ChangeProgress {
        switch self {
        case .status(let status): .verifying(status.line)
        case .shifted(let weight, let id): weight == 0 ? .verifying("taken out") : .applied(journalID: id)
        case .note(let words): .verifying(words)
        case .ended(.promoted): .verified("promoted: it was as good as stable")
        case .ended(.rolledBack(let why)): .unverified("rolled back: \(why)")
        case .ended(.stopped(let why)):
            .failed(MeshTopError(.conflict, "the guarded shift", why: why, advice: "look at the route"))
        case .ended(.left): .unverified("left as it stands; W and G go on with it")
        }
    }
}

extension GuardedRollouts {
    /// Drives rollouts with what a session knows.
    package static func driver(_ session: MeshSession, stateFolder: String) -> ChangeRunner.GuardDriver {
        { record, runner, report in
            do {
                let guardian = try GuardedShift(
                    record, client: session.client, runner: runner, prometheus: try await session.metricsAPI(),
                    stateFolder: stateFolder
                ) {
                    await arms(record.target, session)
                } report: { event in
                    report(event.progress)
                }
                _ = await guardian.run()
            } catch {
                report(
                    .failed(
                        error as? MeshTopError ?? MeshTopError(.environment, "the guarded shift", why: "\(error)")))
            }
        }
    }
}
