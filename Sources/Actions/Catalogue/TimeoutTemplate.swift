// How long a request may take, and how often it is tried again.

internal import ClusterData

enum TimeoutTemplate {
    static func draft(_ service: ServiceID, _ given: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        var values = given
        let first = route.rules.first ?? [:]
        if route.isGatewayAPI {
            values.present["timeout"] = first.at("timeouts", "request")?.string
            values.present["perTryTimeout"] = first.at("timeouts", "backendRequest")?.string
            values.present["attempts"] = first.at("retry", "attempts")?.int.map(String.init)
        } else {
            values.present["timeout"] = first["timeout"]?.string
            values.present["attempts"] = first.at("retries", "attempts")?.int.map(String.init)
            values.present["perTryTimeout"] = first.at("retries", "perTryTimeout")?.string
            values.present["retryOn"] = first.at("retries", "retryOn")?.string
        }
        let timeout = try values.duration("timeout")
        let attempts = try values.whole("attempts", 0...100)
        let perTry = try values.duration("perTryTimeout")
        let step = try route.step(world) { rules in
            rules.map { rule in
                var rule = rule
                if route.isGatewayAPI {
                    rule.set(["timeouts", "request"], to: timeout)
                    rule.set(["timeouts", "backendRequest"], to: perTry)
                    if attempts > 0 {
                        rule.set(["retry", "attempts"], to: .int(Int64(attempts)))
                    } else {
                        rule["retry"] = nil
                    }
                } else {
                    rule["timeout"] = timeout
                    rule.set(["retries", "attempts"], to: .int(Int64(attempts)))
                    rule.set(["retries", "perTryTimeout"], to: perTry)
                    rule.set(["retries", "retryOn"], to: .string(values.text("retryOn")))
                }
                return rule
            }
        }
        var warnings = route.manyRules("timeout and retries")
        if route.rules.contains(where: { $0["fault"] != nil }) {
            warnings.append("a rule injects faults: Istio ignores its timeout and retries")
        }
        let (whole, part) = (Durations.seconds(values.text("timeout")), Durations.seconds(values.text("perTryTimeout")))
        if let whole, let part, whole > 0, part * Double(attempts + 1) > whole {
            warnings.append(
                "\(attempts + 1) tries of \(values.text("perTryTimeout")) do not fit into \(values.text("timeout")): the last ones will be cut off"
            )
        }
        var effects = ["a request may take up to \(values.text("timeout")) and be sent \(attempts + 1) times"]
        if let summary = world.service(service), let p99 = summary.latencyMs.p99 {
            effects.append("its p99 is \(PlanText.decimal(p99, 0)) ms now")
            if let whole, whole * 1000 < p99 {
                warnings.append("the timeout is below the p99 of now: more than 1 % of the requests would fail")
            }
        }
        return Draft(
            verb: "policy", title: "Timeout and retries for \(service.name)", steps: [step], effects: effects,
            warnings: warnings, kubectl: PlanText.kubectl(world, step))
    }
}
