// What became of objects that an undo makes anew in what they were deleted with.

internal import Base

/// Collected while a plan is sent: one object that does not come back keeps no other from it.
struct BroughtBack: Sendable {
    private(set) var made = 0
    private(set) var present: [String] = []
    private(set) var failed: [String] = []
    /// What they are in is not served in time: none of them has to wait for that once more.
    private(set) var isLate = false

    static func name(_ object: ObjectReference) -> String {
        "\(object.kind) \(object.namespace.isEmpty ? "" : "\(object.namespace)/")\(object.name)"
    }

    mutating func note(_ step: PlanStep) { made += 1 }

    /// False where the failure is not this object's: nobody could be asked.
    mutating func note(_ step: PlanStep, _ error: MeshTopError, isPresent: Bool) -> Bool {
        if [.network, .unauthorized].contains(error.code) { return false }
        if isPresent {
            present.append(Self.name(step.object))
        } else {
            if error.code == .notFound { isLate = true }
            failed.append("\(Self.name(step.object)) (\(SafeText.line(error.why, limit: 200)))")
        }
        return true
    }

    /// What to say at the end; nil where the plan brings nothing back.
    func words(_ plan: Plan) -> String? {
        let wanted = plan.steps.count(where: \.isBroughtBack)
        guard wanted > 0 || !plan.notBroughtBack.isEmpty else { return nil }
        var parts: [String] = []
        if wanted > 0 {
            parts.append("\(made) of \(Plural.count(wanted, "object")) that went with it \(Plural.verb(made)) back")
            if !present.isEmpty {
                parts.append("there already, and left as they are: \(Self.shown(present))")
            }
            if !failed.isEmpty { parts.append("not back: \(Self.shown(failed))") }
        }
        if !plan.notBroughtBack.isEmpty { parts.append("not kept: \(Self.shown(plan.notBroughtBack))") }
        return parts.joined(separator: "; ")
    }

    func isWhole(_ plan: Plan) -> Bool { failed.isEmpty && plan.notBroughtBack.isEmpty }

    private static func shown(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}
