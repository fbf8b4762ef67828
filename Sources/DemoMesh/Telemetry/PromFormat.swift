// Numbers and labels as Prometheus writes them.

internal import Base

enum PromFormat {
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(clamping: value)) : String(value)
    }

    /// The labels without the metric's name, which what is worked out of it has no more.
    static func unnamed(_ labels: [String: String]) -> [String: String] {
        var labels = labels
        labels["__name__"] = nil
        return labels
    }
}
