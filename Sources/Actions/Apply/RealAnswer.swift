// What the server really made of a change's steps, where its dry run said another thing. It gives addresses, ports and
// names of its own to what it makes; what could not be dry-run has its defaults now; a webhook may do in a real write
// what it leaves in a dry one.

internal import Base

struct RealAnswer {
    /// Places of the steps that ended otherwise than foreseen: the journal takes these anew.
    private(set) var settled: [Int] = []
    /// What was asked for and became another thing though no preview said so.
    private(set) var surprises: [String] = []

    /// `made` is the object of the server's answer; nil, or of another kind, where it answers with none.
    /// `shortfall` is what of the step could not be done.
    mutating func take(_ made: JSONValue?, of step: inout PlanStep, at place: Int, shortfall: String? = nil) {
        if let shortfall { surprises.append("\(step.object.kind) \(step.object.name): \(shortfall)") }
        guard let made, made["kind"]?.string == step.object.kind else { return }
        let foreseen = step
        step.after = made
        let known = Set(foreseen.after.map { FieldLosses.found(step, answered: $0, file: nil) } ?? [])
        let write = step.write
        surprises += FieldLosses.found(step, answered: made, file: nil)
            .filter { !known.contains($0) && FieldLosses.asks(write, for: $0.place) }
            .map { "\(step.object.kind) \(step.object.name): \($0.text)" }
        let moved = MovedFields(foreseen, made)
        surprises += moved?.surprises ?? []
        guard step.kept != foreseen.kept || Self.wayBackDiffers(foreseen, made) else { return }
        var own = step
        own.after = moved?.own ?? made
        ServerAnswer.settleInverse(&own)
        step.inverse = own.inverse
        settled.append(place)
    }

    /// The way back of an apply leads from all of what the server made, its metadata too.
    private static func wayBackDiffers(_ foreseen: PlanStep, _ made: JSONValue) -> Bool {
        guard foreseen.isApplied, let after = foreseen.after else { return false }
        return ObjectText.restorable(after) != ObjectText.restorable(made)
    }
}
