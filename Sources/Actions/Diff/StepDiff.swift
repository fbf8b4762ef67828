// What steps do to their objects, as lines of a diff.

internal import Base

enum StepDiff {
    /// A file's two lines before each object that changes; secrets masked.
    static func lines(_ steps: [PlanStep]) -> [ChangePreview.DiffLine] {
        steps.flatMap { step -> [ChangePreview.DiffLine] in
            if step.isBroughtBack {
                return [.init(kind: .added, text: " \(BroughtBack.name(step.object)), as it was deleted")]
            }
            var text = ObjectText.yaml
            if case .statusPatch = step.write { text = ObjectText.statusYAML }
            let (before, after) = SecretMask.masked(step.before, step.after)
            var lines = LineDiff.unified(text(before), text(after))
            if lines.isEmpty, AppliedConfiguration.text(step.before) != AppliedConfiguration.text(step.after) {
                let isGone = AppliedConfiguration.text(step.after) == nil
                lines = [
                    .init(
                        kind: isGone ? .removed : .added,
                        text: "  # \(AppliedConfiguration.annotation) \(isGone ? "goes" : "is brought up to date")")
                ]
            }
            if lines.isEmpty, let owners = FieldOwnership.change(step) {
                lines = [.init(kind: .added, text: "  # no value changes; \(owners)")]
            }
            guard !lines.isEmpty else { return [] }
            let name = "\(step.object.kind) \(step.object.namespace)/\(step.object.name)"
            let old = step.before == nil ? "/dev/null" : "\(name) now"
            let new = step.after == nil ? "/dev/null" : "\(name) after"
            return [
                ChangePreview.DiffLine(kind: .file, text: "--- \(old)"),
                ChangePreview.DiffLine(kind: .file, text: "+++ \(new)"),
            ] + lines
        }
    }
}

extension PlanStep {
    /// The server would leave the object as it is.
    var changesNothing: Bool {
        guard let before, let after else { return false }
        if case .statusPatch = write { return before["status"] == after["status"] }
        // kubectl's record of what was applied is worth writing by itself, and so is who owns which fields.
        return ObjectText.meaningful(before) == ObjectText.meaningful(after)
            && AppliedConfiguration.text(before) == AppliedConfiguration.text(after)
            && FieldOwnership.change(self) == nil
    }
}
