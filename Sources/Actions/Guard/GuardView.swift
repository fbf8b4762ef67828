// A guarded shift as the rollouts' screen shows it: what the mark says, and what this program knows beyond it.

package import Base
internal import Insights

extension RolloutView {
    /// `status` where it is driven here; everywhere else the mark is all there is.
    package init(
        _ record: GuardRecord, status: GuardStatus?, driver: Driver, history: [GuardMoment] = [], end: GuardEnd? = nil,
        now: Timestamp
    ) {
        let verdict = Self.verdict(record, status, driver, end)
        self.init(
            owner: .meshTop, object: record.target.route, route: record.target.route,
            canary: record.target.canaryName, weight: record.weight, verdict: verdict.words, tone: verdict.tone,
            driver: driver)
        self.record = record
        self.status = status
        self.history = history.isEmpty ? Self.history(record) : history
        isOver = end != nil && end?.stands != true
        steps = Self.steps(record, status, now, isOver: isOver)
        decisions = end == nil ? Self.decisions(record, status, driver) : []
        facts = Self.facts(record, status, driver)
        options = Self.options(record, driver, isOver: isOver)
        switch end {
        case .rolledBack: weight = 0
        case .promoted: weight = record.settings.plan.steps.last
        case .stopped, .left, nil: break
        }
    }

    private static func verdict(
        _ record: GuardRecord, _ status: GuardStatus?, _ driver: Driver, _ end: GuardEnd?
    ) -> (words: String, tone: Tone) {
        switch end {
        case .promoted: return ("PROMOTED", .good)
        case .rolledBack: return ("ROLLED BACK", .bad)
        case .stopped: return ("STOPPED", .bad)
        case .left, nil: break
        }
        guard let status else {
            return switch driver {
            case .nobody: ("NOBODY DRIVES IT", .bad)
            case .here: ("STARTING", .waiting)
            default: ("WATCHED", .unknown)
            }
        }
        let tone: Tone =
            switch status.verdict {
            case .worse: .bad
            case .pass: .good
            case .needMoreData: status.worse >= 3 ? .bad : .waiting
            case .noTraffic: .unknown
            }
        return (status.verdictWords, tone)
    }

    private static func steps(
        _ record: GuardRecord, _ status: GuardStatus?, _ now: Timestamp, isOver: Bool
    ) -> [Step] {
        let plan = record.settings.plan
        let place = record.weight.flatMap { plan.steps.firstIndex(of: $0) }
        return plan.steps.indices.map { index in
            let holds = plan.holdAt.contains(plan.steps[index]) ? ", then holds for you" : ""
            let label = "\(plan.steps[index]) %"
            let made = index < record.stepTimes.count ? record.stepTimes[index] : nil
            guard let place, index <= place else { return Step(label, .ahead, holds.isEmpty ? "" : "holds for you") }
            if index < place || isOver {
                let lasted = made.flatMap { start in
                    index + 1 < record.stepTimes.count ? record.stepTimes[index + 1] - start : nil
                }
                return Step(
                    label, .done,
                    (made.map { "at \($0.clock)" } ?? "") + (lasted.map { ", for \(GuardStatus.duration($0))" } ?? ""))
            }
            let need = "of \(GuardStatus.duration(plan.minimumSeconds))"
            guard let status else {
                let since = made.map { "since \($0.clock), \(GuardStatus.duration(max(0, now - $0))) \(need)" }
                return Step(label, .now, (since ?? "time unknown") + ", requests unknown here" + holds)
            }
            return Step(
                label, .now,
                "\(GuardStatus.duration(status.stepSeconds.rounded(.down))) \(need), \(Int(clamping: status.stepRequests)) of \(Int(clamping: plan.minimumRequests)) requests"
                    + holds)
        }
    }

    private static func decisions(_ record: GuardRecord, _ status: GuardStatus?, _ driver: Driver) -> [String] {
        if let status { return status.decisions }
        switch driver {
        case .nobody:
            return ["nothing: it stands as it is until somebody drives it (G), promotes it (P) or takes it out (A)"]
        case .here: return ["the first look is under way"]
        case .other(let name): return ["the MeshTop of \(name); only it has the evidence of the present step"]
        case .controller, .unknown: return []
        }
    }

    private static func facts(_ record: GuardRecord, _ status: GuardStatus?, _ driver: Driver) -> [String] {
        var facts = ["started \(record.startedAt.rfc3339) by \(record.startedBy.isEmpty ? "?" : record.startedBy)"]
        if status == nil, record.evidence == nil, driver != .here {
            facts.append("evidence: none in the mark yet; it is written with every step")
        }
        if let limit = record.settings.errorObjective { facts.append("error ratio below \(PlanText.percent(limit))") }
        if let limit = record.settings.p99Milliseconds { facts.append("p99 below \(PlanText.decimal(limit, 0)) ms") }
        if status == nil { facts += record.settings.conditions.map { "condition \($0.shown)" } }
        return facts
    }

    /// What the mark alone can tell.
    private static func history(_ record: GuardRecord) -> [GuardMoment] {
        zip(record.settings.plan.steps, record.stepTimes).map { GuardMoment(time: $1, text: "\($0) %") }
    }

    private static func options(_ record: GuardRecord, _ driver: Driver, isOver: Bool) -> [Option] {
        let over = isOver ? "it is over" : nil
        let notYet = record.weight == nil ? "its first step is not made yet" : nil
        let holds = record.weight.map { record.settings.plan.holdAt.contains($0) } ?? false
        let elsewhere: String? =
            switch driver {
            case .here: "this MeshTop drives it already"
            case .other(let name): "\(name) drives it"
            default: nil
            }
        return [
            Option(action: .hold, refusal: over ?? notYet ?? (holds ? "it holds at this step already" : nil)),
            Option(action: .release, refusal: over ?? notYet ?? (holds ? nil : "it does not hold at this step")),
            Option(action: .promote, refusal: over ?? notYet), Option(action: .rollBack, refusal: over ?? notYet),
            Option(action: .goOn, refusal: over ?? elsewhere),
        ]
    }
}

extension GuardEnd {
    /// The weights stand as the last step left them.
    var stands: Bool { self == .left }
}
