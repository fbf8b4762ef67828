// Wall-clock time without Foundation: seconds since 1970 and RFC 3339 text.

internal import CLinux

/// A moment in wall-clock time, in seconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package var seconds: Double

    package init(seconds: Double) { self.seconds = seconds }

    /// The time of day when this process began, and the monotonic time that has passed since: it never jumps. Waits,
    /// steps, ages and rates go by it; somebody who sets the clock disturbs none of them.
    package static func now() -> Timestamp { Timestamp(seconds: beginning.wall + (Moment.now() - beginning.moment)) }

    private static let beginning = (wall: wall().seconds, moment: Moment.now())

    /// The clock on the wall, which may be set: for what other processes and people read.
    package static func wall() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    /// Parses RFC 3339, with or without a fraction, with `Z` or a numeric offset. Nil for anything else.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[range] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            bytes[4] == 45, bytes[7] == 45, bytes[13] == 58, bytes[16] == 58, (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second < 61, bytes[10] | 0x20 == 0x74
        else { return nil }
        var index = 19
        var fraction = 0.0
        if bytes[index] == 46 {
            index += 1
            var scale = 0.1
            while index < bytes.count, (48...57).contains(bytes[index]) {
                fraction += Double(bytes[index] - 48) * scale
                scale /= 10
                index += 1
            }
        }
        guard index < bytes.count else { return nil }
        var offset = 0
        if bytes[index] | 0x20 != 0x7A {
            guard let hours = number(index + 1..<index + 3), let minutes = number(index + 4..<index + 6) else {
                return nil
            }
            offset = (hours * 60 + minutes) * 60 * (bytes[index] == 45 ? -1 : 1)
        }
        let days = Timestamp.days(year: year, month: month, day: day)
        seconds = Double(days * 86400 + hour * 3600 + minute * 60 + second - offset) + fraction
    }

    /// The Date header of HTTP: `Tue, 24 Nov 2026 10:00:00 GMT`. https://www.rfc-editor.org/rfc/rfc9110#field.date
    package init?(httpDate text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = Self.months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = String(month + 1)
        self.init(rfc3339: "\(parts[3])-\(number.count == 1 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }

    /// The years 0 to 9999, which RFC 3339 can write: a time beyond, as a metric may have it, is written as the nearest.
    private var writable: Int {
        Int(clamping: min(max(seconds.rounded(.down), -62_167_219_200), 253_402_300_799))
    }

    /// RFC 3339 in UTC with whole seconds, as Kubernetes writes it.
    package var rfc3339: String {
        let total = writable
        let (year, month, day) = Timestamp.civil(days: Int(clamping: (Double(total) / 86400).rounded(.down)))
        let rest = ((total % 86400) + 86400) % 86400
        return "\(pad(year, 4))-\(pad(month))-\(pad(day))T\(pad(rest / 3600)):\(pad(rest / 60 % 60)):\(pad(rest % 60))Z"
    }

    /// As HTTP writes it.
    package var httpDate: String {
        let days = Int(clamping: (Double(writable) / 86400).rounded(.down))
        let (year, month, day) = Self.civil(days: days)
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        return "\(names[((days % 7) + 7) % 7]), \(pad(day)) \(Self.months[month - 1]) \(year) \(clock) GMT"
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `HH:MM:SS` in UTC.
    package var clock: String { String(rfc3339.dropFirst(11).dropLast()) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
    package static func - (left: Timestamp, right: Timestamp) -> Double { left.seconds - right.seconds }
    package static func + (left: Timestamp, right: Double) -> Timestamp { Timestamp(seconds: left.seconds + right) }

    private func pad(_ value: Int, _ width: Int = 2) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    // Days since 1970-01-01 of a proleptic Gregorian date, and back (Howard Hinnant's civil algorithms).
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
    }

    private static func civil(days: Int) -> (Int, Int, Int) {
        let shifted = days + 719468
        let era = (shifted >= 0 ? shifted : shifted - 146096) / 146097
        let dayOfEra = shifted - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
