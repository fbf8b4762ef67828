// Tokens of a service's requests: whose are taken, and whether a request may come without one.

internal import ClusterData

enum TokenTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let (issuer, keys) = (values.text("issuer"), values.text("jwksUri"))
        guard !issuer.isEmpty else {
            throw MeshTopError(.usage, "jwt", why: "it names no issuer", advice: "add issuer=URL")
        }
        guard keys.isEmpty || keys.hasPrefix("https://") || keys.hasPrefix("http://") else {
            throw MeshTopError(.usage, "jwksUri=\(keys)", why: "not an address", advice: "write https://HOST/PATH")
        }
        let selector = try await world.selector(of: service)
        var steps = [
            try await world.upsert(.requestauthentications, service.namespace, "\(service.name)-jwt") { spec in
                spec.set(["selector", "matchLabels"], to: selector)
                var rules = spec.list("jwtRules")
                let place = rules.firstIndex { $0["issuer"]?.string == issuer }
                var rule = place.map { rules[$0] } ?? ["issuer": .string(issuer)]
                if !keys.isEmpty { rule["jwksUri"] = .string(keys) }
                if let place { rules[place] = rule } else { rules.append(rule) }
                spec["jwtRules"] = .array(rules)
            }
        ]
        let isRequired = values.text("required") == "true"
        if isRequired {
            steps.append(
                try await world.upsert(.authorizationpolicies, service.namespace, "\(service.name)-require-jwt") {
                    spec in
                    spec.set(["selector", "matchLabels"], to: selector)
                    spec["action"] = "DENY"
                    spec["rules"] = [["from": [["source": ["notRequestPrincipals": ["*"]]]]]]
                })
        }
        let rate = world.service(service)?.requestsPerSecond
        var warnings = isRequired ? [] : ["requests without any token still pass: add required=true to refuse them"]
        if isRequired, let rate, rate > 0 {
            warnings.append(
                "MeshTop does not see which of the \(PlanText.rate(rate)) requests per second carry a token: those without one will get 403"
            )
        }
        if keys.isEmpty { warnings.append("without jwksUri istiod asks the issuer's discovery document for the keys") }
        return Draft(
            verb: "policy", title: "Tokens of \(SafeText.line(issuer)) for \(service.name)", steps: steps,
            effects: [
                "a request with a token that is not valid gets 401",
                isRequired ? "a request without a token gets 403" : "a request without a token passes",
            ],
            warnings: warnings + world.unenforced(service), kubectl: PlanText.kubectl(world, steps))
    }
}
