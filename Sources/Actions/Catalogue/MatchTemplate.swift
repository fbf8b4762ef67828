// A/B routing: requests with a header, a cookie, a user agent or a source go to one version, all others as before.

internal import Base
internal import MeshModel

enum MatchTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        let match = try route.isGatewayAPI ? gatewayMatch(values, route) : virtualMatch(values)
        guard match.object?.isEmpty == false else {
            throw MeshTopError(
                .usage, "match-route", why: "it says nothing to match by",
                advice: "add header=NAME=VALUE, cookie=NAME=VALUE, userAgent=TEXT, uri=PATH or source=LABEL=VALUE")
        }
        guard values.writes("to") || values.kept.contains("to") && values.has("to") else {
            throw values.missing(
                "to", "it says where these requests go", "add to=SUBSET or to=HOST; to=none takes the rule away")
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
            ] + (try readings(values)),
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
            match.set(["headers", header.name.lowercased()], to: try MatchText("header", header.value).stringMatch)
        }
        if let cookie = try values.pair("cookie") {
            let pattern = try MatchText("cookie", cookie.value).cookie(named: cookie.name)
            match.set(["headers", "cookie"], to: ["regex": .string(pattern)])
        }
        if values.has("userAgent") {
            let text = try MatchText("userAgent", values.text("userAgent"), plain: .contains)
            match.set(["headers", "user-agent"], to: text.stringMatch)
        }
        if values.has("uri") { match["uri"] = try MatchText("uri", values.text("uri")).path.stringMatch }
        if let source = try source(values) { match.set(["sourceLabels", source.name], to: .string(source.value)) }
        return match
    }

    /// Labels are compared as they stand, so what no label can be is refused.
    private static func source(_ values: TemplateValues) throws(MeshTopError) -> (name: String, value: String)? {
        guard let source = try values.pair("source") else { return nil }
        guard source.value.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }) else {
            throw MeshTopError(
                .usage, "source=\(SafeText.line(values.text("source"), limit: 100))",
                why: "the value of a label has letters, digits, '-', '_' and '.' only, and knows no patterns",
                advice: "write LABEL=VALUE")
        }
        return source
    }

    private static func gatewayMatch(_ values: TemplateValues, _ route: ServiceRoute) throws(MeshTopError) -> JSONValue
    {
        func condition(_ name: String, _ text: MatchText) -> JSONValue {
            if case .exact(let value) = text.match { return ["name": .string(name), "value": .string(value)] }
            // The Gateway API knows no prefix of a header.
            return ["type": "RegularExpression", "name": .string(name), "value": .string(text.pattern)]
        }
        var headers: [JSONValue] = []
        if let header = try values.pair("header") {
            headers.append(condition(header.name.lowercased(), try MatchText("header", header.value)))
        }
        if let cookie = try values.pair("cookie") {
            let pattern = try MatchText("cookie", cookie.value).cookie(named: cookie.name)
            headers.append(["type": "RegularExpression", "name": "cookie", "value": .string(pattern)])
        }
        if values.has("userAgent") {
            headers.append(
                condition(
                    "user-agent", try MatchText("userAgent", values.text("userAgent"), plain: .contains)))
        }
        if values.has("source") { try route.refuseGatewayAPI("the labels of the source") }
        var match: JSONValue = headers.isEmpty ? [:] : ["headers": .array(headers)]
        if values.has("uri") {
            switch try MatchText("uri", values.text("uri")).path.match {
            case .exact(let text): match["path"] = ["type": "Exact", "value": .string(text)]
            case .prefix(let text): match["path"] = ["type": "PathPrefix", "value": .string(text)]
            case .regex(let text): match["path"] = ["type": "RegularExpression", "value": .string(text)]
            }
        }
        return match
    }

    /// How each text is taken, so that none is read as something else without a word.
    private static func readings(_ values: TemplateValues) throws(MeshTopError) -> [String] {
        var lines: [String] = []
        if let header = try values.pair("header") {
            lines.append(try MatchText("header", header.value).words("header \(header.name.lowercased())"))
        }
        if let cookie = try values.pair("cookie") {
            lines.append(try MatchText("cookie", cookie.value).words("cookie \(cookie.name)"))
        }
        if values.has("userAgent") {
            let text = try MatchText("userAgent", values.text("userAgent"), plain: .contains)
            lines.append(text.words("user agent"))
        }
        if values.has("uri") { lines.append(try MatchText("uri", values.text("uri")).words("path")) }
        return lines.map { SafeText.line($0) }
    }

    private static func words(_ values: TemplateValues) -> String {
        [
            ("header", "header"), ("cookie", "cookie"), ("userAgent", "user agent"), ("uri", "path"),
            ("source", "source label"),
        ]
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
            guard let text = MatchText.written(match.at("headers", name) ?? [:]) else { return [:] }
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
            let header = match.list("headers").first, let name = header["name"]?.string,
            let value = MatchText.written(
                [(header["type"] == "RegularExpression" ? "regex" : "exact"): header["value"] ?? .null])
        else { return [:] }
        var present = ["header": "\(name)=\(value)"]
        present["to"] = rule.list("backendRefs").first?["name"]?.string
        return present
    }
}
