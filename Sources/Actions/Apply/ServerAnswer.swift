// What the answer to a dry run tells of a step: the way back, what is lost, and what stays that nobody mentioned.

internal import MeshModel

enum ServerAnswer {
    /// From what the server makes of a file, not from what the file says.
    static func settleInverse(_ step: inout PlanStep) {
        guard step.isApplied, let before = step.before, let after = step.after else { return }
        step.inverse = .jsonPatch(
            ObjectChange.operations(
                from: ObjectText.restorable(after), to: ObjectText.restorable(before), guarded: false))
    }

    /// What a file does not mention and the object keeps.
    static func staying(_ step: PlanStep, _ file: AppliedFile?) -> [String] {
        guard let file, step.before != nil, let after = step.after else { return [] }
        let lines = UnnamedFields(file.object, after, file.schema).lines
        let shown = lines.prefix(8).map { "\(step.object.kind) \(step.object.name) keeps \($0)" }
        return shown + (lines.count > 8 ? ["and \(lines.count - 8) more that the file does not mention"] : [])
    }
}
