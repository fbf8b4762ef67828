// How long a request may take, and how often it is tried again.

internal import Base
internal import Kube
internal import MeshModel

enum TimeoutTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        let timeout = try duration("timeout", values)
        let perTry = try duration("perTryTimeout", values)
        let attempts = values.text("attempts").isEmpty ? nil : try values.whole("attempts", 0...100)
        let retryOn = values.text("retryOn").isEmpty ? nil : JSONValue.string(values.text("retryOn"))
        if values.has("retryOn"), values.writes("retryOn") {
            try route.refuseGatewayAPI("the conditions of a retry (retryOn)")
        }
        try demandAttempts(values, route)
        let step = try route.step(world) { rules in
            rules.map { rule in
                var rule = rule
                func write(_ key: String, _ path: [String], _ value: JSONValue?) {
                    guard values.writes(key), value != nil || Patching.value(at: path, in: rule) != nil else { return }
                    rule.set(path, to: value)
                }
                let count = attempts.map { JSONValue.int(Int64($0)) }
                if route.isGatewayAPI {
                    write("timeout", ["timeouts", "request"], timeout)
                    write("perTryTimeout", ["timeouts", "backendRequest"], perTry)
                    write("attempts", ["retry", "attempts"], count)
                    if values.writes("attempts"), attempts ?? 0 == 0 { rule["retry"] = nil }
                } else {
                    write("timeout", ["timeout"], timeout)
                    write("attempts", ["retries", "attempts"], count)
                    write("perTryTimeout", ["retries", "perTryTimeout"], perTry)
                    write("retryOn", ["retries", "retryOn"], retryOn)
                }
                for key in ["timeouts", "retries"] where rule[key]?.object?.isEmpty == true { rule[key] = nil }
                return rule
            }
        }
        var warnings = route.manyRules("timeout and retries")
        if route.rules.contains(where: { $0["fault"] != nil }) {
            warnings.append("a rule injects faults: Istio ignores its timeout and retries")
        }
        let (whole, part) = (Durations.seconds(values.text("timeout")), Durations.seconds(values.text("perTryTimeout")))
        if let whole, let part, whole > 0, part * Double((attempts ?? 0) + 1) > whole {
            warnings.append(
                "\((attempts ?? 0) + 1) tries of \(values.text("perTryTimeout")) do not fit into \(values.text("timeout")): the last ones will be cut off"
            )
        }
        let tries = attempts.map { "be sent \($0 + 1) times" } ?? "be sent as often as the mesh's default says"
        var effects = [
            values.text("timeout").isEmpty
                ? "a request may take any time and \(tries)"
                : "a request may take up to \(values.text("timeout")) and \(tries)"
        ]
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

    /// Istio takes retries without a number of attempts as retries switched off.
    private static func demandAttempts(_ values: TemplateValues, _ route: ServiceRoute) throws(MeshTopError) {
        guard !route.isGatewayAPI, !values.writes("attempts"),
            let key = ["perTryTimeout", "retryOn"].first(where: { values.given[$0]?.isEmpty == false }),
            route.rules.isEmpty || !route.rules.allSatisfy({ ($0.at("retries", "attempts")?.int ?? 0) > 0 })
        else { return }
        throw values.missing(
            "attempts", "\(key) without a number of retries would switch retries off", "add attempts=NUMBER")
    }

    /// How long a try may take follows from the whole and from how many tries there are, named or proposed.
    static func proposals(
        _ service: ServiceID, _ given: [String: String], _ world: PlanWorld
    ) -> [String: PresentPolicy.Proposal] {
        let now = world.service(service)?.latencyMs.p99.map { "; its p99 is \(PlanText.decimal($0, 0)) ms now" } ?? ""
        func value(_ key: String, _ proposed: String) -> String {
            given[key].flatMap { $0.isEmpty || $0.hasPrefix(PresentPolicy.proposed) ? nil : $0 } ?? proposed
        }
        let (whole, attempts) = (value("timeout", "10s"), value("attempts", "2"))
        var proposals: [String: PresentPolicy.Proposal] = [
            "timeout": .init("10s", "a round number to start from\(now)"),
            "attempts": .init("2", "Istio's own default"),
            "retryOn": .init(
                "gateway-error,connect-failure,refused-stream", "only where the service itself gave no answer"),
        ]
        if let tries = Int(attempts).map({ $0.adding(1) }), tries > 1, let seconds = Durations.seconds(whole) {
            let part = Int(clamping: (seconds * 1000 / Double(tries)).rounded(.down))
            let round = part >= 2000 ? part / 1000 * 1000 : part >= 100 ? part / 10 * 10 : part
            if round > 0 {
                proposals["perTryTimeout"] = .init(
                    round >= 2000 ? "\(round / 1000)s" : "\(round)ms", "\(tries) tries of it fit into \(whole)")
            }
        }
        return proposals
    }

    /// The Gateway API has no field for what a retry is made on.
    static func withoutPlace(_ route: ServiceRoute) -> Set<String> { route.isGatewayAPI ? ["retryOn"] : [] }

    private static func duration(_ key: String, _ values: TemplateValues) throws(MeshTopError) -> JSONValue? {
        values.text(key).isEmpty ? nil : try values.duration(key)
    }

    /// Of the first rule; the others may say something else.
    static func present(_ route: ServiceRoute) -> [String: String] {
        let first = route.rules.first ?? [:]
        var present: [String: String] = [:]
        if route.isGatewayAPI {
            present["timeout"] = first.at("timeouts", "request")?.string
            present["perTryTimeout"] = first.at("timeouts", "backendRequest")?.string
            present["attempts"] = first.at("retry", "attempts")?.int.map(String.init)
        } else {
            present["timeout"] = first["timeout"]?.string
            present["attempts"] = first.at("retries", "attempts")?.int.map(String.init)
            present["perTryTimeout"] = first.at("retries", "perTryTimeout")?.string
            present["retryOn"] = first.at("retries", "retryOn")?.string
        }
        return present
    }
}
