// Numbers as the panes and the plain text write them; what is unknown is `–`, never zero.

internal import Base
internal import MeshModel

enum Numbers {
    static let unknown = "–"

    /// At least three significant digits below 1,000, then k, M and G: `0.25`, `12.3`, `340`, `1.20k`, `1.0e15`.
    static func rate(_ value: Double?) -> String {
        guard let value, value.isFinite else { return unknown }
        let size = abs(value)
        if size == 0 { return "0" }
        if size < 0.005 { return "<0.01" }
        if size < 9.995 { return fixed(value, 2) }
        if size < 99.95 { return fixed(value, 1) }
        if size < 999.5 { return fixed(value, 0) }
        if size < 999_500 { return scaled(value / 1e3) + "k" }
        if size < 999_500_000 { return scaled(value / 1e6) + "M" }
        if size < 999_500_000_000 { return scaled(value / 1e9) + "G" }
        var (mantissa, exponent) = (value, 0)
        while abs(mantissa) >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        return "\(fixed(mantissa, 1))e\(exponent)"
    }

    static func bytes(_ value: Double?) -> String {
        value == nil ? unknown : rate(value) + "B"
    }

    /// A ratio 0…1 in percent. What is small but not zero is never written as zero.
    static func percent(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return unknown }
        let value = ratio * 100
        if value == 0 { return "0%" }
        if value < 0.1 { return "<0.1%" }
        if value < 9.95 { return fixed(value, 1) + "%" }
        // A hundred means all of them.
        if value >= 99.5, ratio < 1 { return value >= 99.95 ? ">99.9%" : fixed(value, 1) + "%" }
        return fixed(value, 0) + "%"
    }

    /// Milliseconds with a unit: `0.8ms`, `45ms`, `1.25s`.
    static func milliseconds(_ value: Double?) -> String {
        guard let value, value.isFinite else { return unknown }
        if value < 9.95 { return fixed(value, 1) + "ms" }
        if value < 999.5 { return fixed(value, 0) + "ms" }
        if value < 9_995 { return fixed(value / 1000, 2) + "s" }
        if value < 99_950 { return fixed(value / 1000, 1) + "s" }
        return fixed(value / 1000, 0) + "s"
    }

    /// A length of time in one unit: `8s`, `3m`, `2h`, `5d`.
    static func age(_ seconds: Double) -> String {
        let whole = Int(clamping: max(0, min(seconds, 1e10)).rounded(.down))
        if whole < 120 { return "\(whole)s" }
        if whole < 7200 { return "\(whole / 60)m" }
        if whole < 172_800 { return "\(whole / 3600)h" }
        return "\(whole / 86400)d"
    }

    static func window(_ seconds: Int) -> String {
        if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }

    static func count(_ value: Int?) -> String { value.map(String.init) ?? unknown }

    private static func scaled(_ value: Double) -> String {
        fixed(value, abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0)
    }

    /// Rounded half away from zero to so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return unknown }
        var factor = 1
        for _ in 0..<decimals { factor *= 10 }
        let scaled = Int(clamping: (abs(value) * Double(factor)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(scaled) }
        let rest = String(scaled % factor)
        return sign + "\(scaled / factor)." + String(repeating: "0", count: decimals - rest.utf8.count) + rest
    }
}

/// A glyph and a word for a health: colour is never the only sign.
enum HealthSign {
    static func glyph(_ health: Health) -> String {
        switch health {
        case .healthy: "●"
        case .degraded: "▲"
        case .failing: "✖"
        case .idle: "○"
        case .unknown: "?"
        }
    }

    static func role(_ health: Health) -> Role {
        switch health {
        case .healthy: .healthy
        case .degraded: .degraded
        case .failing: .failing
        case .idle: .idle
        case .unknown: .unknown
        }
    }

    /// The colour of an error ratio, with the thresholds that service health uses.
    static func role(errors ratio: Double?) -> Role {
        guard let ratio else { return .unknown }
        return ratio >= 0.05 ? .failing : ratio >= 0.01 ? .degraded : .text
    }
}

enum BreakerSign {
    static func word(_ state: BreakerSummary.State) -> String {
        switch state {
        case .closed: "closed"
        case .saturating: "saturating"
        case .open: "OPEN"
        case .ejecting: "EJECTING"
        case .notConfigured: "not set"
        case .unknown: "unknown"
        }
    }

    static func glyph(_ state: BreakerSummary.State) -> String {
        switch state {
        case .closed: "●"
        case .saturating: "▲"
        case .open: "✖"
        case .ejecting: "◆"
        case .notConfigured: "○"
        case .unknown: "?"
        }
    }

    static func role(_ state: BreakerSummary.State) -> Role {
        switch state {
        case .closed: .healthy
        case .saturating: .degraded
        case .open, .ejecting: .failing
        case .notConfigured: .idle
        case .unknown: .unknown
        }
    }

    static func evidence(_ evidence: BreakerSummary.Evidence) -> String {
        switch evidence {
        case .envoyAdmin: "Envoy admin"
        case .envoyStats: "Envoy stats"
        case .responseFlags: "response flags"
        case .none: "none"
        }
    }

    /// Bad ones first.
    static func rank(_ state: BreakerSummary.State) -> Int {
        switch state {
        case .open: 0
        case .ejecting: 1
        case .saturating: 2
        case .unknown: 3
        case .closed: 4
        case .notConfigured: 5
        }
    }
}
