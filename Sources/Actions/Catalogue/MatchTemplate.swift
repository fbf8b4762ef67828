// A/B routing: requests with a header, a cookie, a user agent or a source go to one version, all others as before.

internal import ClusterData

enum MatchTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        let match = try route.isGatewayAPI ? gatewayMatch(values, route) : virtualMatch(values)
        guard match.object?.isEmpty == false else {
            throw MeshTopError(
                .usage, "match-route", why: "it says nothing to match by",
                advice: "add header=NAME=VALUE, cookie=NAME=VALUE, userAgent=TEXT or source=LABEL=VALUE")
        }
        let target = values.text("to")
        let destination = target.isEmpty ? nil : try await route.destination(target, world)
        let key = route.isGatewayAPI ? "matches" : "match"
        let conditions = JSONValue.array([match])
        let isThere = route.rules.contains { $0[key] == conditions }
        if destination == nil, !isThere {
            throw MeshTopError(
                .notFound, "\(route.reference.kind) \(route.reference.name)", why: "it has no rule with that match",
                advice: "name what the rule matches, or give to=SUBSET to make it")
        }
        let step = try route.step(world) { rules in
            var rules = rules
            let place = rules.firstIndex { $0[key] == conditions }
            guard let destination else {
                if let place { rules.remove(at: place) }
                return rules
            }
            let targets: JSONValue =
                route.isGatewayAPI ? [destination] : [["destination": destination]]
            if let place {
                rules[place][route.isGatewayAPI ? "backendRefs" : "route"] = targets
            } else {
                rules.insert(rule(key, conditions, targets, like: rules, target), at: 0)
            }
            return rules
        }
        let words = words(values)
        return Draft(
            verb: "policy",
            title: target.isEmpty
                ? "No rule of its own for \(words) at \(service.name)"
                : "Requests to \(service.name) with \(words) go to \(target)",
            steps: [step],
            effects: [
                target.isEmpty
                    ? "requests with \(words) go where all others go"
                    : "requests with \(words) go to \(target); all others as before"
            ],
            warnings: warnings(values), kubectl: PlanText.kubectl(world, step))
    }

    /// The new first rule keeps the timeout, the retries and the rest of the rule that served these requests so far;
    /// what was meant for that rule alone, it does not take over.
    private static func rule(
        _ key: String, _ conditions: JSONValue, _ targets: JSONValue, like rules: [JSONValue], _ target: String
    ) -> JSONValue {
        var rule: JSONValue = [(key): conditions]
        let model = rules.last { $0["match"] == nil && $0["matches"] == nil } ?? [:]
        let alone = [
            "name", "match", "matches", "route", "backendRefs", "fault", "mirror", "mirrorPercentage", "mirrors",
        ]
        rule[key == "match" ? "route" : "backendRefs"] = targets
        for (name, value) in model.object?.members.map({ ($0, $1) }) ?? [] where !alone.contains(name) {
            rule[name] = value
        }
        return rule
    }

    private static func virtualMatch(_ values: TemplateValues) throws(MeshTopError) -> JSONValue {
        var match: JSONValue = [:]
        if let header = try values.pair("header") {
            match.set(["headers", header.name.lowercased()], to: ["exact": .string(header.value)])
        }
        if let cookie = try values.pair("cookie") {
            match.set(["headers", "cookie"], to: ["regex": .string(cookiePattern(cookie.name, cookie.value))])
        }
        if !values.text("userAgent").isEmpty {
            match.set(["headers", "user-agent"], to: ["regex": .string(".*\(escaped(values.text("userAgent"))).*")])
        }
        if let source = try values.pair("source") {
            match.set(["sourceLabels", source.name], to: .string(source.value))
        }
        return match
    }

    private static func gatewayMatch(_ values: TemplateValues, _ route: ServiceRoute) throws(MeshTopError) -> JSONValue
    {
        var headers: [JSONValue] = []
        if let header = try values.pair("header") {
            headers.append(["name": .string(header.name.lowercased()), "value": .string(header.value)])
        }
        if let cookie = try values.pair("cookie") {
            headers.append([
                "type": "RegularExpression", "name": "cookie",
                "value": .string(cookiePattern(cookie.name, cookie.value)),
            ])
        }
        if !values.text("userAgent").isEmpty {
            headers.append([
                "type": "RegularExpression", "name": "user-agent",
                "value": .string(".*\(escaped(values.text("userAgent"))).*"),
            ])
        }
        if !values.text("source").isEmpty { try route.refuseGatewayAPI("the labels of the source") }
        return headers.isEmpty ? [:] : ["headers": .array(headers)]
    }

    /// A cookie among others in the one header that holds them all.
    private static func cookiePattern(_ name: String, _ value: String) -> String {
        "^(.*?; ?)?(\(escaped(name))=\(escaped(value)))(;.*)?$"
    }

    /// What means something to RE2 means itself.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text { result += "\\.+*?()|[]{}^$".contains(character) ? "\\\(character)" : String(character) }
        return result
    }

    private static func words(_ values: TemplateValues) -> String {
        [("header", "header"), ("cookie", "cookie"), ("userAgent", "user agent"), ("source", "source label")]
            .compactMap { key, word in values.text(key).isEmpty ? nil : "\(word) \(SafeText.line(values.text(key)))" }
            .joined(separator: " and ")
    }

    private static func warnings(_ values: TemplateValues) -> [String] {
        values.text("header").isEmpty && values.text("cookie").isEmpty
            ? [] : ["a header or cookie must be passed on by every service on the way, or the match fails further in"]
    }
}
