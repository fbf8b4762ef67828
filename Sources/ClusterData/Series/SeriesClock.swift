// Where in a ring a moment belongs.

internal import Base

/// How far apart the points of a ring are, and how many it keeps.
package struct Resolution: Sendable, Hashable {
    package var stepSeconds: Int
    package var capacity: Int

    package var seconds: Int { stepSeconds * capacity }
}

/// The points of one resolution, which all rings share: its newest is the newest of every ring.
struct SeriesClock: Sendable {
    let resolution: Resolution
    /// The grid's points are at multiples of the step, as those of a range query are that starts at one; without, they
    /// are where the ticks are.
    let isAligned: Bool
    /// When the newest point is, in seconds.
    private(set) var newest: Double?

    init(_ resolution: Resolution, isAligned: Bool) {
        self.resolution = resolution
        self.isAligned = isAligned
    }

    /// How many points a moment is ahead of the newest: 0 says that it takes that one's place. Never more than there
    /// is room for. A clock that was set back a little takes the newest point's place until its time has come again.
    mutating func advance(to time: Double) -> Int {
        guard time.isFinite else { return 0 }
        let step = Double(max(1, resolution.stepSeconds))
        let place = isAligned ? (time / step).rounded(.up) * step : time
        guard let newest else {
            self.newest = place
            return 1
        }
        let ahead = ((place - newest) / step).rounded()
        guard ahead >= 1 || ahead < Double(-resolution.capacity) else { return 0 }
        self.newest = place
        return Int(clamping: max(1, min(ahead, Double(resolution.capacity))))
    }

    /// How many points have come since a range query's end, negative where it is ahead; as many as there is room for at
    /// most. Where none has come at all, its end is the newest.
    mutating func points(since end: Double) -> Int {
        guard let newest else {
            if end.isFinite { newest = end }
            return 0
        }
        let points = ((newest - end) / Double(max(1, resolution.stepSeconds))).rounded()
        let most = Double(resolution.capacity)
        return Int(clamping: max(-most, min(points, most)))
    }
}
