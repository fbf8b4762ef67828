// Copies of a service's requests for another version, whose answers nobody waits for.

internal import ClusterData

enum MirrorTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        let target = values.text("to")
        let destination = target.isEmpty ? nil : try await route.destination(target, world)
        let percent = try values.percent("percent")
        if let rule = route.rules.first(where: { $0["mirrors"] != nil }) {
            throw MeshTopError(
                .usage, "\(route.reference.kind) \(route.reference.name)",
                why: "it mirrors to \(rule.list("mirrors").count) destinations already, in a list",
                advice: "edit that list, or remove it first")
        }
        let step = try route.step(world) { rules in
            rules.map { rule in
                route.isGatewayAPI
                    ? gatewayRule(rule, destination, percent) : virtualRule(rule, destination, percent)
            }
        }
        let rate = world.service(service)?.requestsPerSecond
        var effects = [
            target.isEmpty
                ? "requests are no longer copied"
                : "\(values.text("percent")) % of the requests are copied to \(target)\(rate.map { ", about \(PlanText.rate($0 * (percent.double ?? 0) / 100)) per second more there" } ?? "")"
        ]
        if !target.isEmpty { effects.append("answers to copies are thrown away; clients notice nothing") }
        return Draft(
            verb: "policy",
            title: target.isEmpty ? "No mirror for \(service.name)" : "Mirror \(service.name) to \(target)",
            steps: [step], effects: effects,
            warnings: target.isEmpty
                ? []
                : route.manyRules("mirror") + ["copies that write to a database or send mail do so twice"],
            kubectl: PlanText.kubectl(world, step))
    }

    private static func virtualRule(_ rule: JSONValue, _ destination: JSONValue?, _ percent: JSONValue) -> JSONValue {
        var rule = rule
        guard let destination else {
            for key in ["mirror", "mirrorPercentage", "mirrorPercent", "mirror_percent"] where rule[key] != nil {
                rule[key] = nil
            }
            return rule
        }
        for key in ["host", "subset"] {
            if let value = destination[key] {
                rule.set(["mirror", key], to: value)
            } else if rule.at("mirror", key) != nil {
                rule.set(["mirror", key], to: nil)
            }
        }
        rule.set(["mirrorPercentage", "value"], to: percent)
        return rule
    }

    private static func gatewayRule(_ rule: JSONValue, _ destination: JSONValue?, _ percent: JSONValue) -> JSONValue {
        var rule = rule
        var filters = rule.list("filters")
        let place = filters.firstIndex { $0["type"] == "RequestMirror" }
        if let destination {
            var filter = place.map { filters[$0] } ?? ["type": "RequestMirror"]
            filter.set(["requestMirror", "backendRef"], to: destination)
            // All is the default, and older versions know no share.
            let percent = percent.int == 100 ? nil : percent.double.map { JSONValue.int(Int64($0.rounded())) }
            if percent != nil || filter.at("requestMirror", "percent") != nil {
                filter.set(["requestMirror", "percent"], to: percent)
            }
            if let place { filters[place] = filter } else { filters.append(filter) }
        } else if let place {
            filters.remove(at: place)
        }
        rule["filters"] = filters.isEmpty ? nil : .array(filters)
        return rule
    }
}
