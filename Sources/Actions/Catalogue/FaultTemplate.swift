// Faults on purpose: a share of the requests to a service is delayed or answered with an error by the client's proxy.

internal import Base
internal import MeshModel

enum FaultTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        try route.refuseGatewayAPI("faults")
        let delay = values.text("delay").isEmpty ? nil : try values.duration("delay")
        let abort = values.text("abort").isEmpty ? nil : try values.number("abort", 200...599)
        let delayPercent = try percent("delay", values)
        let abortPercent = try percent("abort", values)
        for sort in ["delay", "abort"] { try demandBoth(sort, values, route) }
        let step = try route.step(world) { rules in
            rules.map { rule in
                var rule = rule
                var fault = rule["fault"] ?? [:]
                set(&fault, "delay", "fixedDelay", delay, delayPercent, values)
                set(&fault, "abort", "httpStatus", abort, abortPercent, values)
                rule["fault"] = fault.object?.isEmpty == false ? fault : nil
                return rule
            }
        }
        return Draft(
            verb: "policy", title: title(service, delay, abort), steps: [step],
            effects: effects(service, values, world), warnings: warnings(route, values, delay != nil || abort != nil),
            kubectl: PlanText.kubectl(world, step), comparesErrors: abort == nil)
    }

    /// A fault of one sort; nil takes that sort away and leaves the other.
    private static func set(
        _ fault: inout JSONValue, _ sort: String, _ key: String, _ value: JSONValue?, _ percent: JSONValue?,
        _ values: TemplateValues
    ) {
        // A share alone is one of the faults that are there.
        let (writesValue, writesShare) = (values.writes(sort), values.writes("\(sort)Percent"))
        guard writesValue || writesShare && fault[sort]?[key] != nil else { return }
        guard let value else {
            // Only a fault that this template can say is taken away: gRPC aborts and the like are somebody else's.
            if fault[sort]?[key] != nil { fault[sort] = nil }
            return
        }
        if writesValue { fault.set([sort, key], to: value) }
        if writesShare, let percent { fault.set([sort, "percentage", "value"], to: percent) }
    }

    /// A fault is what is done and to how many: Istio's API says all where no share is given, istiod's translation gives
    /// the proxy none, so neither is left to chance.
    private static func demandBoth(_ sort: String, _ values: TemplateValues, _ route: ServiceRoute) throws(MeshTopError)
    {
        let (value, share) = (values.given[sort], values.given["\(sort)Percent"])
        let key = sort == "delay" ? "fixedDelay" : "httpStatus"
        let faults = route.rules.map { $0["fault"]?[sort] }
        if let value, !value.isEmpty, share?.isEmpty ?? true,
            faults.isEmpty || faults.contains(where: { $0?.at("percentage", "value") == nil })
        {
            throw values.missing(
                "\(sort)Percent", "a fault without a share of the requests is none for some versions of Istio",
                "add \(sort)Percent=0 to 100")
        }
        if value == nil, share?.isEmpty == false, !faults.contains(where: { $0?[key] != nil }) {
            throw values.missing(
                sort, "a share alone says nothing to do",
                sort == "delay" ? "add delay=DURATION" : "add abort=HTTP STATUS")
        }
    }

    static func proposals(_ given: [String: String]) -> [String: PresentPolicy.Proposal] {
        var proposals: [String: PresentPolicy.Proposal] = [:]
        for sort in ["delay", "abort"] where given[sort]?.isEmpty == false {
            proposals["\(sort)Percent"] = .init("100", "every request, as Istio's API has it where no share is said")
        }
        return proposals
    }

    /// Nil where the share is left alone and none is written.
    private static func percent(_ sort: String, _ values: TemplateValues) throws(MeshTopError) -> JSONValue? {
        values.text("\(sort)Percent").isEmpty ? nil : try values.percent("\(sort)Percent")
    }

    static func present(_ route: ServiceRoute) -> [String: String] {
        let now = route.rules.compactMap { $0["fault"] }.first ?? [:]
        var present: [String: String] = [:]
        present["delay"] = now.at("delay", "fixedDelay")?.string
        present["delayPercent"] = now.at("delay", "percentage", "value")?.compactText
        present["abort"] = now.at("abort", "httpStatus")?.int.map(String.init)
        present["abortPercent"] = now.at("abort", "percentage", "value")?.compactText
        return present
    }

    private static func title(_ service: ServiceID, _ delay: JSONValue?, _ abort: JSONValue?) -> String {
        delay == nil && abort == nil ? "No faults for \(service.name)" : "Faults for \(service.name)"
    }

    private static func effects(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) -> [String] {
        let rate = world.service(service)?.requestsPerSecond
        func words(_ what: String, _ percent: String) -> String {
            let share = (Double(percent) ?? 0) / 100
            let count = rate.map { ", about \(PlanText.rate($0 * share)) of \(PlanText.rate($0)) per second" } ?? ""
            return "\(percent) % of the requests are \(what)\(count)"
        }
        var effects: [String] = []
        if values.has("delay"), values.has("delayPercent") {
            effects.append(words("delayed by \(values.text("delay"))", values.text("delayPercent")))
        }
        if values.has("abort"), values.has("abortPercent") {
            effects.append(words("answered with \(values.text("abort"))", values.text("abortPercent")))
        }
        return effects.isEmpty ? ["requests are no longer delayed or aborted on purpose"] : effects
    }

    private static func warnings(_ route: ServiceRoute, _ values: TemplateValues, _ injects: Bool) -> [String] {
        guard injects else { return [] }
        var warnings = route.manyRules("faults")
        if route.rules.contains(where: { $0["timeout"] != nil || $0["retries"] != nil }) {
            warnings.append("Istio ignores the timeout and the retries of a rule that injects faults")
        }
        if !values.text("abort").isEmpty, Double(values.text("abortPercent")) == 100 {
            warnings.append("every request will fail")
        }
        return warnings
    }
}
