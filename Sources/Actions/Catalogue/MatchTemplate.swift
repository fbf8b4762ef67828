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

    /// The first rule that this template could have made of a header and a source.
    static func present(_ route: ServiceRoute) -> [String: String] {
        for rule in route.rules {
            let found = route.isGatewayAPI ? gatewayPresent(rule) : virtualPresent(rule)
            if !found.isEmpty { return found }
        }
        return [:]
    }

    private static func virtualPresent(_ rule: JSONValue) -> [String: String] {
        guard rule.list("match").count == 1, let match = rule.list("match").first, rule.list("route").count == 1,
            let target = rule.list("route").first?["destination"],
            Set(names(match)).isSubset(of: ["headers", "sourceLabels"])
        else { return [:] }
        var present: [String: String] = [:]
        let headers = names(match["headers"] ?? [:])
        let labels = names(match["sourceLabels"] ?? [:])
        guard headers.count <= 1, labels.count <= 1 else { return [:] }
        if let name = headers.first {
            guard let text = match.at("headers", name, "exact")?.string else { return [:] }
            present["header"] = "\(name)=\(text)"
        }
        if let name = labels.first, let text = match.at("sourceLabels", name)?.string {
            present["source"] = "\(name)=\(text)"
        }
        present["to"] = target["subset"]?.string ?? target["host"]?.string
        return present
    }

    private static func names(_ object: JSONValue) -> [String] {
        (object.object?.members.map { name, _ in name }) ?? []
    }

    private static func gatewayPresent(_ rule: JSONValue) -> [String: String] {
        guard rule.list("matches").count == 1, let match = rule.list("matches").first,
            names(match) == ["headers"], match.list("headers").count == 1,
            let header = match.list("headers").first, header["type"] == nil || header["type"] == "Exact",
            let name = header["name"]?.string, let value = header["value"]?.string
        else { return [:] }
        var present = ["header": "\(name)=\(value)"]
        present["to"] = rule.list("backendRefs").first?["name"]?.string
        return present
    }
}
