// What can be done to a workload beyond its count, and what each asks for.

internal import Base

package enum WorkloadTemplate: String, Sendable, Hashable, CaseIterable {
    case hpa
    case pause
    case rollback
    case evict

    package var title: String {
        switch self {
        case .hpa: "Autoscaler"
        case .pause: "Pause or resume the rollout"
        case .rollback: "Roll back"
        case .evict: "Evict a pod"
        }
    }

    package var fields: [FormField] {
        switch self {
        case .hpa:
            [
                FormField("min", "Min replicas (empty: as now)"),
                FormField("max", "Max replicas (empty: as now)"),
                FormField("cpu", "Target CPU percent (empty: as now)"),
            ]
        case .pause: [FormField("state", "Rollout", "other", choices: ["other", "paused", "running"])]
        case .rollback: [FormField("revision", "Revision (empty: the one before)")]
        case .evict: [FormField("pod", "Pod (empty: one that is not ready, else the oldest)")]
        }
    }

    /// Whether a person is asked for values, or the plan is made at once.
    package var asks: Bool { self != .pause }
}

/// Values given for a template, empty where nothing was.
struct WorkloadValues: Sendable {
    var values: [String: String]

    init(_ template: WorkloadTemplate, _ values: [String: String]) throws(MeshTopError) {
        for key in values.keys.sorted() where !template.fields.contains(where: { $0.key == key }) {
            throw MeshTopError(
                .usage, key, why: "\(template.rawValue) has no such value",
                advice: "known: \(template.fields.map(\.key).joined(separator: ", "))")
        }
        self.values = values
    }

    func text(_ key: String) -> String { values[key] ?? "" }

    func number(_ key: String, _ range: ClosedRange<Int>) throws(MeshTopError) -> Int? {
        if text(key).isEmpty { return nil }
        guard let value = Int(text(key)), range.contains(value) else {
            throw MeshTopError(
                .usage, "\(key)=\(text(key))", why: "not a number from \(range.lowerBound) to \(range.upperBound)",
                advice: "give a whole number")
        }
        return value
    }
}
