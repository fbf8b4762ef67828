// What this user was refused lately: asked again after minutes, not at every tick.

package import Base

/// Rights by name and place (`pods/portforward in shop`), with the time until which nobody asks.
package struct RefusedRights: Sendable {
    private var until: [String: (moment: Moment, pause: Double)] = [:]

    /// After a refusal. What failed in another way may be well again soon.
    private static let firstPause = 120.0
    private static let longestPause = 900.0
    private static let firstPauseOfFailures = 5.0

    package init() {}

    package func mayAsk(_ right: String, now: Moment) -> Bool { until[right].map { $0.moment <= now } ?? true }

    /// A refusal: the next question comes after two minutes, then four, up to fifteen.
    package mutating func refused(_ right: String, now: Moment) { put(off: right, now, Self.firstPause) }

    /// No answer: the next question comes after five seconds, then ten, up to fifteen minutes.
    package mutating func failed(_ right: String, now: Moment) { put(off: right, now, Self.firstPauseOfFailures) }

    private mutating func put(off right: String, _ now: Moment, _ first: Double) {
        if !mayAsk(right, now: now) { return }
        let pause = min(max(first, until[right].map { $0.pause * 2 } ?? 0), Self.longestPause)
        until[right] = (now + pause, pause)
    }

    package mutating func granted(_ right: String) { until[right] = nil }

    package static func isRefusal(_ error: any Error) -> Bool {
        [.forbidden, .unauthorized].contains((error as? MeshTopError)?.code)
    }
}
