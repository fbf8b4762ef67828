// The settings of a guarded shift as a person gives them, on a command line or in a form: one parser for both.

package import Base
internal import Insights

package struct GuardInput: Sendable, Hashable {
    /// Its weights, "1,5,25".
    package var steps = ""
    /// At some of them, "25".
    package var hold = ""
    package var stepSeconds = ""
    package var stepRequests = ""
    /// A share, "0.01".
    package var maxErrors = ""
    package var maxP99Milliseconds = ""
    package var conditions: [String] = []
    package var lookSeconds = ""

    package init() {}

    /// The standard settings, for a form to start from: steps that give a canary more than it has now.
    package static func standard(above weight: Int) -> GuardInput {
        var plan = GuardSettings().plan
        plan.steps = plan.steps.filter { $0 > weight }
        var input = GuardInput()
        input.steps = plan.steps.map(String.init).joined(separator: ",")
        input.stepSeconds = PlanText.decimal(plan.minimumSeconds, 0)
        input.stepRequests = PlanText.decimal(plan.minimumRequests, 0)
        return input
    }

    /// Steps that nobody named lead up from what the canary has now, never down first.
    package func settings(endingAt last: Int?, of name: String, above weight: Int) throws(MeshTopError)
        -> GuardSettings
    {
        var settings = try settings(endingAt: last)
        guard steps.isEmpty else { return settings }
        settings.plan.steps = settings.plan.steps.filter { $0 > weight }
        guard settings.plan.steps.isEmpty else { return settings }
        throw MeshTopError(
            .usage, "a guarded shift to \(name)", why: "it has \(weight) % already",
            advice: "name steps with --steps, or another destination")
    }

    /// What is empty is as standard. `last` cuts the steps off at that weight.
    package func settings(endingAt last: Int? = nil) throws(MeshTopError) -> GuardSettings {
        var settings = GuardSettings()
        if !steps.isEmpty { settings.plan.steps = try Self.weights(steps, "--steps") }
        if let last { settings.plan.steps = settings.plan.steps.filter { $0 < last } + [last] }
        if !hold.isEmpty { settings.plan.holdAt = Set(try Self.weights(hold, "--hold")) }
        if let time = try Self.number(stepSeconds, "--step-time") { settings.plan.minimumSeconds = time }
        if let count = try Self.number(stepRequests, "--step-requests") { settings.plan.minimumRequests = count }
        if let problem = settings.plan.problem {
            throw MeshTopError(.usage, "the steps", why: problem, advice: "write them like --steps 1,5,25,50,100")
        }
        settings.errorObjective = try Self.number(maxErrors, "--max-errors")
        if let share = settings.errorObjective, !(share > 0 && share < 1) {
            throw MeshTopError(.usage, "--max-errors", why: "not between 0 and 1", advice: "write 1 % as 0.01")
        }
        settings.p99Milliseconds = try Self.number(maxP99Milliseconds, "--max-p99")
        if let limit = settings.p99Milliseconds, limit <= 0 {
            throw MeshTopError(.usage, "--max-p99", why: "not above 0", advice: "give milliseconds")
        }
        settings.conditions = try conditions.filter { !$0.isEmpty }.map { text throws(MeshTopError) in
            try GuardCondition(text)
        }
        if let look = try Self.number(lookSeconds, "--look") {
            guard (0.2...60).contains(look) else {
                throw MeshTopError(.usage, "--look", why: "not between 0.2 and 60", advice: "give seconds")
            }
            settings.lookSeconds = look
        }
        return settings
    }

    private static func number(_ text: String, _ option: String) throws(MeshTopError) -> Double? {
        let text = text.trimmingSpace()
        if text.isEmpty { return nil }
        guard let number = Double(text), number.isFinite else {
            throw MeshTopError(.usage, "\(option) \(text)", why: "no number", advice: "write one like 60 or 0.5")
        }
        return number
    }

    private static func weights(_ text: String, _ option: String) throws(MeshTopError) -> [Int] {
        var numbers: [Int] = []
        for part in text.split(separator: ",") {
            guard let number = Int(String(part).trimmingSpace()) else {
                throw MeshTopError(.usage, "\(option) \(text)", why: "\(part) is no number", advice: "write 1,5,25")
            }
            numbers.append(number)
        }
        return numbers
    }
}
