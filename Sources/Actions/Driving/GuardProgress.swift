// A guarded shift told as the progress of a change, for whoever shows changes.

internal import Base
package import ClusterData

extension GuardEvent {
    /// For the history: what happened, without the looks in between.
    package var words: String? {
        switch self {
        case .status: nil
        case .shifted(let weight, let id): "\(weight) %   journal \(id)"
        case .note(let words): words
        case .ended(.promoted(let why)): "promoted: \(why)"
        case .ended(.rolledBack(let why)): "rolled back: \(why)"
        case .ended(.stopped(let why)): "stopped: \(why)"
        case .ended(.left): "left as it stands"
        }
    }

    package var progress: ChangeProgress {
        switch self {
        case .status(let status): .verifying(status.line)
        case .shifted(let weight, let id): weight == 0 ? .verifying("taken out") : .applied(journalID: id)
        case .note(let words): .verifying(words)
        case .ended(.promoted(let why)): .verified("promoted: \(why)")
        case .ended(.rolledBack(let why)): .rolledBack(why)
        case .ended(.stopped(let why)):
            .failed(MeshTopError(.conflict, "the guarded shift", why: why, advice: "look at the route"))
        case .ended(.left): .left("it stands as it is; :rollouts goes on with it")
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
}
