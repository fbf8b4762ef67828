// A rollout for scripts: the members of its JSON, and its lines of plain text.

package import Base
internal import Insights

extension RolloutView {
    private func word(_ state: Step.State) -> String {
        switch state {
        case .done: "done"
        case .now: "now"
        case .ahead: "ahead"
        }
    }

    package var driverWords: String {
        switch driver {
        case .here: "driven here"
        case .other(let name): "driven by \(name)"
        case .nobody: isOver ? "over" : "nobody drives it"
        case .controller(let name): "by \(name)"
        case .unknown(let why): "driver unknown: \(why)"
        }
    }

    /// Unknown values are null.
    package var json: JSONValue {
        let evidence: JSONValue? = record?.evidence.map { kept in
            [
                "time": .string(kept.time.rfc3339), "canaryRequests": .double(kept.canary.requests),
                "canaryErrors": .double(kept.canary.errors), "stableRequests": .double(kept.stable.requests),
                "stableErrors": .double(kept.stable.errors), "worse": .double(kept.worse), "pass": .double(kept.pass),
            ]
        }
        return [
            "owner": .string(owner.rawValue), "kind": .string(object.kind), "namespace": .string(object.namespace),
            "name": .string(object.name),
            "route": route.map {
                ["kind": .string($0.kind), "namespace": .string($0.namespace), "name": .string($0.name)]
            } ?? .null,
            "canary": canary.isEmpty ? .null : .string(canary), "weight": weight.map { .int(Int64($0)) } ?? .null,
            "verdict": .string(verdict), "driver": .string(driverWords), "running": .bool(isRunning),
            "steps": .array(
                steps.map {
                    ["label": .string($0.label), "state": .string(word($0.state)), "detail": .string($0.detail)]
                }),
            "evidence": evidence ?? .null, "decides": .array(decisions.map { .string($0) }),
            "facts": .array(facts.map { .string($0) }),
            "actions": .array(options.filter { $0.refusal == nil }.map { .string($0.action.rawValue) }),
        ]
    }

    package var lines: [String] {
        let place = "\(object.kind.lowercased())/\(object.name)"
        var lines = [
            "\(place)  -n \(object.namespace)  \(canary.isEmpty ? "" : "\(canary) ")\(weight.map { "\($0) %" } ?? "– %")  \(verdict)  \(driverWords)"
        ]
        if !steps.isEmpty {
            let marks = steps.map {
                $0.state == .now ? "[\($0.label)]" : $0.state == .done ? "\($0.label) done" : $0.label
            }
            lines.append("  steps: \(marks.joined(separator: ", "))")
        }
        if let kept = record?.evidence {
            lines.append(
                "  evidence at the last step: canary \(Int(clamping: kept.canary.requests)) requests, \(Int(clamping: kept.canary.errors)) errors; stable \(Int(clamping: kept.stable.requests)), \(Int(clamping: kept.stable.errors)); worse \(GuardStatus.odds(kept.worse)), as good \(GuardStatus.odds(kept.pass))"
            )
        }
        lines += decisions.map { "  decides: \($0)" }
        lines += facts.map { "  \($0)" }
        return lines
    }
}
