// What plans, journal entries and rollouts are called.

internal import Base

package enum ChangeID {
    /// Sortable by time, unlikely to repeat.
    package static func new() -> String {
        let stamp = Timestamp.wall().rfc3339.filter { $0.isNumber }
        let suffix = String(UInt32.random(in: 0x1000...0xFFFF), radix: 16)
        return "\(stamp.dropFirst(2))-\(suffix)"
    }
}
