// The time that a demo mesh goes by.

internal import Base

/// The wall's clock, or one of the mesh's own that moves only when it is told to: an hour of it takes as long as
/// computing it, and is the same hour every time.
final class DemoClock {
    private var own: Timestamp?

    /// Nil goes by the wall.
    init(startingAt own: Timestamp?) { self.own = own }

    var isStepped: Bool { own != nil }
    var now: Timestamp { own ?? .now() }

    func advance(_ seconds: Double) { own = own.map { $0 + seconds } }
}
