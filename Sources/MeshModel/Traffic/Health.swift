// How well something is.

package enum Health: String, Sendable, Hashable, Codable, Comparable {
    // In order of badness; `unknown` sorts below healthy and is never shown as healthy.
    case unknown, idle, healthy, degraded, failing

    package static func < (left: Health, right: Health) -> Bool { left.rank < right.rank }
    private var rank: Int {
        switch self {
        case .unknown: 0
        case .idle: 1
        case .healthy: 2
        case .degraded: 3
        case .failing: 4
        }
    }
}
