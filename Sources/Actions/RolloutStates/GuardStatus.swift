// What a guarded shift tells while it runs, and how it ends.

package import Base
package import Insights

package struct GuardStatus: Sendable, Hashable {
    /// A condition of the operator's own with its last answer.
    package struct Condition: Sendable, Hashable {
        package var text: String
        /// Nil without an answer.
        package var value: Double?
        package var holds: Bool?

        package init(text: String, value: Double? = nil, holds: Bool? = nil) {
            self.text = text
            self.value = value
            self.holds = holds
        }
    }

    package var id: String
    package var target: GuardTarget
    package var plan: GuardPlan
    package var weight: Int?
    package var verdict: CanaryVerdict
    package var wait: GuardWait
    /// How many times likelier what was seen is if the canary is worse, or as good.
    package var worse: Double
    package var pass: Double
    package var needed: Double
    package var canary: CanaryLook.Arm
    package var stable: CanaryLook.Arm
    /// What requests are counted above; the arms' slow requests are in their order.
    package var edges: [LatencyEdge] = []
    /// Of the present step, so far.
    package var stepSeconds = 0.0
    package var stepRequests = 0.0
    package var conditions: [Condition] = []
    /// The odds against it at the last looks, oldest first.
    package var trail: [Double] = []
    /// A source that does not answer, or a condition that does not hold.
    package var trouble: String?

    package init(
        id: String, target: GuardTarget, plan: GuardPlan, weight: Int?, verdict: CanaryVerdict, wait: GuardWait,
        worse: Double, pass: Double, needed: Double, canary: CanaryLook.Arm, stable: CanaryLook.Arm,
        trouble: String? = nil
    ) {
        self.id = id
        self.target = target
        self.plan = plan
        self.weight = weight
        self.verdict = verdict
        self.wait = wait
        self.worse = worse
        self.pass = pass
        self.needed = needed
        self.canary = canary
        self.stable = stable
        self.trouble = trouble
    }

    /// One line: where it is, what the evidence says and what would decide it.
    package var line: String {
        var parts = ["\(target.canaryName) at \(weight ?? 0) %"]
        func arm(_ name: String, _ arm: CanaryLook.Arm) -> String {
            let share = arm.requests > 0 ? PlanText.percent(arm.errors / arm.requests) : "–"
            return "\(name) \(Plural.count(Int(clamping: arm.requests), "request")), \(share) errors"
        }
        parts.append(arm(target.canaryName, canary))
        parts.append(arm("stable", stable))
        parts.append("worse \(Self.odds(worse)), as good \(Self.odds(pass)), \(Self.odds(needed)) decides")
        parts.append(trouble ?? waiting)
        return parts.joined(separator: "; ")
    }

    package static func odds(_ value: Double) -> String {
        if value >= 1_000_000 { return "over 1000000:1" }
        return value >= 1 ? "\(PlanText.decimal(value, value >= 10 ? 0 : 1)):1" : "under 1:1"
    }

    package var waiting: String {
        switch wait {
        case .time(let seconds): "\(Int(clamping: seconds.rounded(.up))) s more at this step"
        case .requests(let missing): "needs \(Int(clamping: missing.rounded(.up))) more requests at this step"
        case .traffic: "no traffic reaches it: waiting, as nothing is known"
        case .evidence(let metric): "leaning against it (\(Self.name(metric))): waiting for more"
        case .proof(let seconds):
            "needs proof before all traffic moves"
                + (seconds.map { ", about \(Self.duration($0)) at this rate" } ?? ", which needs more data")
        case .person: "holds here until you let it go on"
        case .nothing: "ready for the next step"
        }
    }

    // MARK: The verdict

    /// In capitals, with the time to a verdict where that can be told: "NEED MORE DATA 40 s".
    package var verdictWords: String {
        switch verdict {
        case .worse: return "WORSE"
        case .noTraffic: return stepSeconds < plan.idleSeconds ? "NO REQUESTS YET" : "NO TRAFFIC"
        case .pass: return wait == .person ? "PASS, HELD" : "PASS"
        case .needMoreData(let seconds):
            if wait == .traffic { return "NO TRAFFIC" }
            if wait == .person { return "HELD" }
            let longest = [seconds, stepLeft].compactMap { $0 }.max()
            return "NEED MORE DATA" + (longest.map { $0 < 1 ? "" : " \(Self.duration($0))" } ?? "")
        }
    }

    /// Seconds until the present step has had its time and its requests at the present rate; nil when that is unknown.
    package var stepLeft: Double? {
        let time = max(0, plan.minimumSeconds - stepSeconds)
        let missing = max(0, plan.minimumRequests - stepRequests)
        if missing == 0 { return time }
        return rate.map { max(time, missing / $0) }
    }

    /// The canary's requests a second at this step; nil while none came.
    package var rate: Double? { stepSeconds > 0 && stepRequests > 0 ? stepRequests / stepSeconds : nil }

    /// What would decide it, a sentence each.
    package var decisions: [String] {
        guard let weight else { return ["the first step has not been made yet"] }
        var lines: [String] = []
        let next = plan.steps.first { $0 > weight }
        let goal = next.map { "the step to \($0) %" } ?? "the end of the rollout"
        let time = max(0, plan.minimumSeconds - stepSeconds)
        let missing = max(0, plan.minimumRequests - stepRequests)
        switch wait {
        case .person: lines.append("a person: C lets it go on to \(goal)")
        case .traffic: lines.append("nothing while no traffic reaches it: it neither goes on nor back")
        case .nothing: lines.append("\(goal): nothing is missing")
        case .evidence(let metric):
            lines.append("\(goal): once what speaks against it (\(Self.name(metric))) has faded, or it goes back")
        case .time, .requests:
            var parts: [String] = []
            if missing > 0 {
                let left =
                    rate.map { ", \(Self.duration(missing / $0)) at \(PlanText.rate($0))/s" } ?? ", none came yet"
                parts.append("\(Int(clamping: missing.rounded(.up))) more requests\(left)")
            }
            if time > 0 { parts.append("\(Self.duration(time)) more") }
            if next == 100, verdict != .pass { parts.append("evidence of \(Self.odds(needed)) that it is as good") }
            lines.append("\(goal): \(parts.joined(separator: ", "))")
        case .proof(let seconds):
            let left = seconds.map { ", about \(Self.duration($0)) at the present rate" } ?? ""
            lines.append("\(goal): evidence of \(Self.odds(needed)) that it is as good, now \(Self.odds(pass))\(left)")
        }
        if wait != .person, plan.holdAt.contains(weight) { lines.append("then it holds here for a person") }
        lines.append("back to 0 %: evidence of \(Self.odds(needed)) that it is worse, now \(Self.odds(worse))")
        if !conditions.isEmpty { lines.append("back to 0 %: a condition that fails at three looks in a row") }
        return lines
    }

    package static func name(_ metric: CanaryVerdict.Metric?) -> String {
        switch metric {
        case .errors, nil: "errors"
        case .latency(let milliseconds): "requests over \(PlanText.decimal(milliseconds, 1)) ms"
        case .errorObjective: "the error objective"
        case .latencyObjective: "the latency objective"
        }
    }

    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e7 else { return "very long" }
        return seconds < 120
            ? "\(Int(clamping: max(0, seconds).rounded(.up))) s" : "\(Int(clamping: (seconds / 60).rounded(.up))) min"
    }
}

/// Something that happened in a rollout.
package struct GuardMoment: Sendable, Hashable {
    package var time: Timestamp
    package var text: String

    package init(time: Timestamp, text: String) {
        self.time = time
        self.text = text
    }
}

package enum GuardEnd: Sendable, Hashable {
    /// Why: it was shown to be as good, or somebody asked for it.
    case promoted(String)
    case rolledBack(String)
    /// Somebody else changed the route, or drives the rollout: nothing is done against them.
    case stopped(String)
    /// This process was asked to leave; the rollout stands as it is.
    case left
}

package enum GuardEvent: Sendable, Hashable {
    case status(GuardStatus)
    case shifted(weight: Int, journalID: String)
    case note(String)
    case ended(GuardEnd)
}
