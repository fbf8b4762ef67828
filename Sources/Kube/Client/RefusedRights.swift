// What this user was refused lately: asked again after minutes, not at every tick.

internal import Base

/// Rights by name and place (`pods/portforward in shop`), with the time until which nobody asks.
struct RefusedRights: Sendable {
    private var until: [String: (moment: Moment, pause: Double)] = [:]

    private static let firstPause = 120.0
    private static let longestPause = 900.0

    func mayAsk(_ right: String, now: Moment) -> Bool { until[right].map { $0.moment <= now } ?? true }

    /// A refusal: the next question comes after two minutes, then four, up to fifteen.
    mutating func refused(_ right: String, now: Moment) {
        if !mayAsk(right, now: now) { return }
        let pause = until[right].map { min($0.pause * 2, Self.longestPause) } ?? Self.firstPause
        until[right] = (now + pause, pause)
    }

    mutating func granted(_ right: String) { until[right] = nil }

    static func isRefusal(_ error: any Error) -> Bool {
        [.forbidden, .unauthorized].contains((error as? MeshTopError)?.code)
    }
}
