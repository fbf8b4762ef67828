// What a guarded shift tells while it runs, and how it ends.

internal import ClusterData
package import Insights

package struct GuardStatus: Sendable, Hashable {
    package var id: String
    package var target: GuardTarget
    package var steps: [Int]
    package var weight: Int?
    package var verdict: CanaryVerdict
    package var wait: GuardWait
    /// How many times likelier what was seen is if the canary is worse, or as good.
    package var worse: Double
    package var pass: Double
    package var needed: Double
    package var canary: CanaryLook.Arm
    package var stable: CanaryLook.Arm
    /// A source that does not answer, or a condition that does not hold.
    package var trouble: String?

    /// One line: where it is, what the evidence says and what would decide it.
    package var line: String {
        var parts = ["\(target.canaryName) at \(weight ?? 0) %"]
        func arm(_ name: String, _ arm: CanaryLook.Arm) -> String {
            let share = arm.requests > 0 ? PlanText.percent(arm.errors / arm.requests) : "–"
            return "\(name) \(Int(arm.requests)) requests, \(share) errors"
        }
        parts.append(arm(target.canaryName, canary))
        parts.append(arm("stable", stable))
        parts.append("worse \(Self.odds(worse)), as good \(Self.odds(pass)), \(Self.odds(needed)) decides")
        parts.append(trouble ?? waiting)
        return parts.joined(separator: "; ")
    }

    private static func odds(_ value: Double) -> String {
        if value >= 1_000_000 { return "over 1000000:1" }
        return value >= 1 ? "\(PlanText.decimal(value, value >= 10 ? 0 : 1)):1" : "under 1:1"
    }

    package var waiting: String {
        switch wait {
        case .time(let seconds): "\(Int(seconds.rounded(.up))) s more at this step"
        case .requests(let missing): "needs \(Int(missing.rounded(.up))) more requests at this step"
        case .traffic: "no traffic reaches it: waiting, as nothing is known"
        case .evidence(let metric): "leaning against it (\(Self.name(metric))): waiting for more"
        case .proof(let seconds):
            "needs proof before all traffic moves"
                + (seconds.map { ", about \(Self.duration($0)) at this rate" } ?? ", which needs more data")
        case .person: "holds here until you let it go on"
        case .nothing: "ready for the next step"
        }
    }

    package static func name(_ metric: CanaryVerdict.Metric?) -> String {
        switch metric {
        case .errors, nil: "errors"
        case .latency(let milliseconds): "requests over \(PlanText.decimal(milliseconds, 1)) ms"
        case .errorObjective: "the error objective"
        case .latencyObjective: "the latency objective"
        }
    }

    private static func duration(_ seconds: Double) -> String {
        seconds < 120 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    }
}

package enum GuardEnd: Sendable, Hashable {
    case promoted
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
