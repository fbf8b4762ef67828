// What became of a change, for the log.

internal import Kube

extension ChangeProgress {
    func log(_ planID: String) {
        switch self {
        case .sending: ActivityLog.note(.info, "verb \(planID) sending")
        case .applied(let id, _): ActivityLog.note(.info, "verb \(planID) applied, journal \(id)")
        case .verifying(let words): ActivityLog.note(.debug, "verb \(planID) checking: \(words)")
        case .verified(let words): ActivityLog.note(.info, "verb \(planID) verified: \(words)")
        case .unverified(let words): ActivityLog.note(.warning, "verb \(planID) not verified: \(words)")
        case .rolledBack(let words): ActivityLog.note(.warning, "verb \(planID) rolled back: \(words)")
        case .left(let words): ActivityLog.note(.warning, "verb \(planID) left: \(words)")
        case .stopped(let change):
            ActivityLog.note(.warning, "verb \(planID) stopped: \(change.lines.joined(separator: "; "))")
        case .failed(let error): ActivityLog.note(.error, "verb \(planID) refused or failed: \(error)")
        }
    }
}
