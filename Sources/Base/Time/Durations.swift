// How long something takes, in a configuration.

/// Durations as Istio and the Gateway API write them.
package enum Durations {
    /// What Go's durations hold, in seconds: 64 bits of nanoseconds, 292 years.
    private static let limit = 9_223_372_036.0

    /// `10s`, `1m30s`, `500ms`, `1h` in seconds; nil for anything else, and for what Istio would refuse as too long.
    package static func seconds(_ text: String) -> Double? {
        var total = 0.0
        var number = ""
        var rest = Array(text)[...]
        guard !rest.isEmpty else { return nil }
        while let character = rest.popFirst() {
            if character.isNumber || character == "." {
                number.append(character)
                continue
            }
            guard let value = Double(number) else { return nil }
            number = ""
            if character == "m", rest.first == "s" {
                rest = rest.dropFirst()
                total += value / 1000
            } else if let unit = ["h": 3600.0, "m": 60, "s": 1][character] {
                total += value * unit
            } else {
                return nil
            }
        }
        return number.isEmpty && total <= limit ? total : nil
    }
}
