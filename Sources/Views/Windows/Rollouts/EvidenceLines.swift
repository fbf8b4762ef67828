// The evidence of a guarded shift: both arms at the same time, the odds against their threshold, latency, conditions.

internal import Actions
internal import Base
internal import Insights
internal import MeshModel

enum EvidenceLines {
    static func lines(_ view: RolloutView, _ model: Model, width: Int) -> [CellText] {
        if let status = view.status { return of(status, view, model, width) }
        guard let record = view.record else { return [] }
        guard let kept = record.evidence else { return [CellText("Evidence: unknown here", Style(.heading))] }
        return [
            CellText("Evidence as of \(kept.time.clock), when the step was made", Style(.heading)),
            arm(record.target.canaryName, kept.canary), arm("stable", kept.stable),
            odds("worse", kept.worse, needed: 20, model.options.ascii, bad: true),
            odds("as good", kept.pass, needed: 20, model.options.ascii, bad: false),
            CellText("what came since is known to its driver alone", .muted),
        ]
    }

    private static func of(_ status: GuardStatus, _ view: RolloutView, _ model: Model, _ width: Int) -> [CellText] {
        var lines = [CellText("Evidence, of both at the same time", Style(.heading))]
        lines.append(arm(status.target.canaryName, status.canary))
        lines.append(arm("stable", status.stable))
        lines.append(odds("worse", status.worse, needed: status.needed, model.options.ascii, bad: true))
        lines.append(odds("as good", status.pass, needed: status.needed, model.options.ascii, bad: false))
        if status.trail.count > 1, !model.options.ascii {
            let values = status.trail.map { Optional(logarithm($0)) }
            lines.append(
                CellText("against it \(Sparkline.text(History(values: values), width: min(40, width - 20)))", .muted))
        }
        for (index, edge) in status.edges.enumerated() {
            let share = { (arm: CanaryLook.Arm) -> String in
                guard arm.requests > 0, index < arm.slow.count else { return Numbers.percent(nil) }
                return Numbers.percent(arm.slow[index] / arm.requests)
            }
            lines.append(
                CellText(
                    "over \(Numbers.milliseconds(edge.milliseconds))".padded(12)
                        + "\(status.target.canaryName) \(share(status.canary)), stable \(share(status.stable))"))
        }
        if let p99 = p99(view, model) { lines.append(p99) }
        for condition in status.conditions {
            let value = condition.value.map { JSONValue.double(($0 * 1000).rounded() / 1000).compactText } ?? "no value"
            let sign = condition.holds.map { $0 ? "●" : "✖" } ?? "?"
            lines.append(CellText("\(sign) \(condition.text): \(value)", condition.holds == false ? .failing : .text))
        }
        return lines
    }

    /// "v2        1240 requests, 31 errors, 2.5 % (1.8 %–3.5 %)"
    private static func arm(_ name: String, _ arm: CanaryLook.Arm) -> CellText {
        guard arm.requests > 0 else { return CellText(name.fitted(11).padded(12) + "no requests", .unknown) }
        let share = min(1, arm.errors / arm.requests)
        let interval = wilsonInterval(share: share, observations: arm.requests)
        return CellText(
            name.fitted(11).padded(12)
                + "\(Int(clamping: arm.requests.rounded())) requests, \(Int(clamping: arm.errors.rounded())) errors, \(Numbers.percent(share)) (\(Numbers.percent(interval.lowerBound))–\(Numbers.percent(interval.upperBound)))"
        )
    }

    /// A bar from 1:1 to what decides, in equal steps for equal factors.
    private static func odds(_ name: String, _ value: Double, needed: Double, _ ascii: Bool, bad: Bool) -> CellText {
        let share = min(1, max(0, logarithm(value) / logarithm(needed)))
        return CellText(
            name.padded(12) + "▕".ascii(ascii, "[") + Bar.text(share, width: 24, ascii: ascii) + "▏".ascii(ascii, "]")
                + " \(GuardStatus.odds(value)) of \(GuardStatus.odds(needed))",
            share >= 1 ? (bad ? .failing : .healthy) : .text)
    }

    /// Base 2 by halving, as a picture needs no more: 1:1 and below are 0.
    private static func logarithm(_ value: Double) -> Double {
        guard value > 1 else { return 0 }
        return Double(value.exponent) + (value.significand - 1)
    }

    /// Of the window, from the mesh's own metrics.
    private static func p99(_ view: RolloutView, _ model: Model) -> CellText? {
        guard let target = view.record?.target,
            let row = model.snapshot?.routes.first(where: {
                $0.kind.rawValue == target.route.kind && $0.namespace == target.route.namespace
                    && $0.name == target.route.name && $0.section == target.section && $0.index == target.index
            }), row.destinations.indices.contains(target.canary)
        else { return nil }
        let others = row.destinations.indices.filter { $0 != target.canary }.map { place in
            "\(row.destinations[place].subset ?? row.destinations[place].host) \(Numbers.milliseconds(row.destinations[place].latencyMs.p99))"
        }
        return CellText(
            "p99".padded(12)
                + "\(target.canaryName) \(Numbers.milliseconds(row.destinations[target.canary].latencyMs.p99)), \(others.joined(separator: ", "))"
        )
    }
}

extension String {
    fileprivate func ascii(_ ascii: Bool, _ plain: String) -> String { ascii ? plain : self }
}
