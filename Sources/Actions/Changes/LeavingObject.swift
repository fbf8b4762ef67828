// Objects that somebody has deleted and that are still there: who holds them, and what that means for a change.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/

internal import Base

struct LeavingObject {
    /// Finalizers that the server itself and its garbage collector set and take away.
    private static let ownFinalizers: Set<String> = [
        "foregroundDeletion", "orphan", "kubernetes", "customresourcecleanup.apiextensions.k8s.io",
    ]

    /// When it was deleted.
    let since: String
    let holders: [String]

    /// Nil for an object that nobody has deleted.
    init?(_ object: JSONValue?) {
        guard let object, let text = object.at("metadata", "deletionTimestamp")?.string else { return nil }
        // The time that is written is the one at which its grace ends.
        let grace = object.at("metadata", "deletionGracePeriodSeconds")?.double ?? 0
        since = Timestamp(rfc3339: text).map { ($0 + -grace).rfc3339 } ?? SafeText.line(text, limit: 40)
        holders = Self.holders(object)
    }

    /// Whoever has to let an object go before a deletion of it ends.
    static func holders(_ object: JSONValue) -> [String] {
        (object["metadata"]?.texts("finalizers") ?? []).filter { !ownFinalizers.contains($0) }
    }

    /// For each object of a change that is on its way out.
    static func words(_ steps: [PlanStep]) -> [String] {
        steps.compactMap { step in
            guard let leaving = LeavingObject(step.before) else { return nil }
            let held = leaving.holders.isEmpty ? "" : ", held by \(leaving.holders.joined(separator: ", "))"
            let so =
                step.write == .delete || step.write == .evict
                ? "nothing is left to ask for" : "what is written now goes with it"
            return "\(step.object.kind) \(step.object.name) is being deleted since \(leaving.since)\(held): \(so)"
        }
    }
}
