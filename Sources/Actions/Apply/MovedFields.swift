// How an apply ended that took over fields: no server tries such a move in a dry run, and between its requests others
// may write.

internal import Base
internal import Kube

struct MovedFields {
    private let name: String
    private let before: JSONValue
    private let foreseen: JSONValue
    private let made: JSONValue

    /// Nil where the step moves nothing.
    init?(_ step: PlanStep, _ made: JSONValue) {
        guard case .serverSideApply(_, let how) = step.write, let before = step.before, let foreseen = step.after,
            FieldMigration(before, to: how.fieldManager) != nil
        else { return nil }
        name = "\(step.object.kind) \(step.object.name)"
        (self.before, self.foreseen, self.made) = (before, foreseen, made)
    }

    /// What goes was worked out here: where it stays, and where something else went.
    var surprises: [String] {
        let (was, wanted, present) = (
            ObjectText.meaningful(before), ObjectText.meaningful(foreseen), ObjectText.meaningful(made)
        )
        let change = PlanStep.Write.jsonPatch(ObjectChange.operations(from: wanted, to: present, guarded: false))
        return (change.touched ?? []).uniqued().compactMap { path in
            let what = "\(name): \(path.joined(separator: "."))"
            guard let value = Patching.value(at: path, in: present) else {
                return SafeText.line("\(what) went, which was not foreseen", limit: 200)
            }
            guard Patching.value(at: path, in: wanted) == nil, Patching.value(at: path, in: was) == value else {
                return nil
            }
            return SafeText.line("\(what) stays, which was to go", limit: 200)
        }
    }

    /// What was made, without what somebody else wrote between the requests: the way back leaves that alone.
    var own: JSONValue { Self.own(before, foreseen, made) ?? made }

    private static func own(_ before: JSONValue?, _ foreseen: JSONValue?, _ made: JSONValue?) -> JSONValue? {
        if before == foreseen { return before }
        guard let old = before?.object, let wanted = foreseen?.object, let present = made?.object else { return made }
        var own = JSONObject()
        for key in (present.members.map(\.0) + old.members.map(\.0)).uniqued() {
            own[key] = Self.own(old[key], wanted[key], present[key])
        }
        return .object(own)
    }
}
