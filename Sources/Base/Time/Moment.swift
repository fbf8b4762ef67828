// Monotonic time: what waits, steps and ages are counted on. Nobody can set it, and it never runs backwards.

internal import CLinux

/// A moment in seconds since some fixed point of this machine's run; says nothing of the time of day.
package struct Moment: Hashable, Comparable, Sendable {
    package var seconds: Double

    package init(seconds: Double) { self.seconds = seconds }

    /// `CLOCK_BOOTTIME`: it also counts the time that the machine slept.
    package static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    package static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }
    package static func - (left: Moment, right: Moment) -> Double { left.seconds - right.seconds }
    package static func + (left: Moment, right: Double) -> Moment { Moment(seconds: left.seconds + right) }
}
