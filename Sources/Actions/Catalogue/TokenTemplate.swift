// Tokens of a service's requests: whose are taken, and whether a request may come without one.

internal import Base
internal import MeshModel

enum TokenTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let (issuer, keys) = (values.text("issuer"), values.text("jwksUri"))
        let isIssued = try await !rules(service, world).isEmpty
        let demandsOnly = !values.writes("issuer") && !values.writes("jwksUri") && isIssued
        guard !issuer.isEmpty || demandsOnly else {
            throw values.missing("issuer", "a token is valid by who issued it", "add issuer=URL")
        }
        guard keys.isEmpty || keys.hasPrefix("https://") || keys.hasPrefix("http://") else {
            throw MeshTopError(.usage, "jwksUri=\(keys)", why: "not an address", advice: "write https://HOST/PATH")
        }
        let selector = try await world.selector(of: service)
        var steps: [PlanStep] = []
        if !demandsOnly {
            let step = try await world.upsert(.requestauthentications, service.namespace, "\(service.name)-jwt") {
                spec in
                spec.set(["selector", "matchLabels"], to: selector)
                var rules = spec.list("jwtRules")
                let place = rules.firstIndex { $0["issuer"]?.string == issuer }
                var rule = place.map { rules[$0] } ?? ["issuer": .string(issuer)]
                if values.writes("jwksUri"), !keys.isEmpty { rule["jwksUri"] = .string(keys) }
                if let place { rules[place] = rule } else { rules.append(rule) }
                spec["jwtRules"] = .array(rules)
            }
            steps.append(step)
        }
        let isRequired = values.text("required") == "true"
        let demand = ObjectReference(
            kind: "AuthorizationPolicy", namespace: service.namespace, name: "\(service.name)-require-jwt")
        if values.given["required"] == "false", let policy = try await demanded(service, world) {
            steps.append(
                PlanStep(
                    object: demand, path: try world.path(demand), write: .delete, before: policy, after: nil,
                    inverse: .create(ObjectText.creatable(policy))))
        }
        if isRequired, values.writes("required") {
            steps.append(
                try await world.upsert(.authorizationpolicies, service.namespace, "\(service.name)-require-jwt") {
                    spec in
                    spec.set(["selector", "matchLabels"], to: selector)
                    spec["action"] = "DENY"
                    spec["rules"] = [["from": [["source": ["notRequestPrincipals": ["*"]]]]]]
                })
        }
        let others = try await issuers(service, world).filter { $0 != issuer }
        let rate = world.service(service)?.requestsPerSecond
        var warnings = isRequired ? [] : ["requests without any token still pass: add required=true to refuse them"]
        if isRequired, let rate, rate > 0 {
            warnings.append(
                "MeshTop does not see which of the \(PlanText.rate(rate)) requests per second carry a token: those without one will get 403"
            )
        }
        if !others.isEmpty {
            warnings.append("tokens of \(SafeText.line(others.joined(separator: ", "))) are taken as before")
        }
        if keys.isEmpty, !demandsOnly {
            warnings.append("without jwksUri istiod asks the issuer's discovery document for the keys")
        }
        return Draft(
            verb: "policy",
            title: demandsOnly
                ? "Tokens for \(service.name)" : "Tokens of \(SafeText.line(issuer)) for \(service.name)",
            steps: steps,
            effects: [
                "a request with a token that is not valid gets 401",
                isRequired ? "a request without a token gets 403" : "a request without a token passes",
            ],
            warnings: warnings + world.unenforced(service), kubectl: PlanText.kubectl(world, steps))
    }

    /// The policy that refuses requests without a token; nil where there is none.
    private static func demanded(_ service: ServiceID, _ world: PlanWorld) async throws -> JSONValue? {
        let demand = ObjectReference(
            kind: "AuthorizationPolicy", namespace: service.namespace, name: "\(service.name)-require-jwt")
        return try await world.readIfPresent(world.path(demand))
    }

    private static func rules(_ service: ServiceID, _ world: PlanWorld) async throws -> [JSONValue] {
        let policies = try await world.list(
            .requestauthentications, in: service.namespace, named: ["\(service.name)-jwt"])
        let own = policies.first { $0.at("metadata", "name")?.string == "\(service.name)-jwt" }
        return (own?["spec"] ?? [:]).list("jwtRules")
    }

    private static func issuers(_ service: ServiceID, _ world: PlanWorld) async throws -> [String] {
        try await rules(service, world).compactMap { $0["issuer"]?.string }
    }

    /// Of the first issuer, where there are several.
    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        guard let rule = try await rules(service, world).first else { return [:] }
        var present: [String: String] = [:]
        present["issuer"] = rule["issuer"]?.string
        present["jwksUri"] = rule["jwksUri"]?.string
        present["required"] = try await demanded(service, world) == nil ? "false" : "true"
        return present
    }
}
