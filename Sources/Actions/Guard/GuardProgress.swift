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
    /// A driver that knows the cluster and the metrics of a session.
    package static func guardian(
        _ record: GuardRecord, _ session: MeshSession, _ runner: ChangeRunner, stateFolder: String,
        report: @escaping @Sendable (GuardEvent) -> Void
    ) async throws -> GuardedShift {
        try GuardedShift(
            record, client: session.client, runner: runner, prometheus: try await session.metricsAPI(),
            stateFolder: stateFolder
        ) {
            await arms(record.target, session)
        } report: { event in
            report(event)
        }
    }

    /// Drives what a runner is asked to carry out.
    package static func driver(_ session: MeshSession, stateFolder: String) -> ChangeRunner.GuardDriver {
        { record, runner, report in
            do {
                let guardian = try await guardian(record, session, runner, stateFolder: stateFolder) {
                    report($0.progress)
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
