// Turns a policy template and a service into objects.

internal import ClusterData

enum PolicyPlanner {
    static func draft(
        _ template: PolicyTemplate, namespace: String, target: String, values: [String: String], _ world: PlanWorld
    ) async throws -> Draft {
        for field in template.fields {
            guard let value = values[field.key], !field.choices.isEmpty, !field.choices.contains(value) else {
                continue
            }
            throw MeshTopError(
                .usage, "\(field.key)=\(value)", why: "not a value Istio knows",
                advice: "use one of \(field.choices.joined(separator: ", "))")
        }
        for key in values.keys where !template.fields.contains(where: { $0.key == key }) {
            throw MeshTopError(
                .usage, key, why: "\(template.rawValue) has no such value",
                advice: "known: \(template.fields.map(\.key).joined(separator: ", "))")
        }
        let form = Form(template: template, values: values)
        let service = ServiceID(namespace: namespace, name: target)
        switch template {
        case .mtls: return try await mtls(service, form, world)
        case .circuitBreaker: return try await circuitBreaker(service, form, world)
        case .timeoutAndRetries: return try await timeoutAndRetries(service, form, world)
        }
    }

    /// Values as given; behind them what the object says now, and behind that the template's defaults.
    private struct Form {
        var template: PolicyTemplate
        var values: [String: String]
        var present: [String: String] = [:]

        func text(_ key: String) -> String {
            values[key] ?? present[key] ?? template.fields.first { $0.key == key }?.standard ?? ""
        }

        func number(_ key: String, _ range: ClosedRange<Int>) throws(MeshTopError) -> JSONValue {
            guard let value = Int(text(key)), range.contains(value) else {
                throw MeshTopError(
                    .usage, "\(key)=\(text(key))", why: "not a number from \(range.lowerBound) to \(range.upperBound)",
                    advice: "give a whole number")
            }
            return .int(Int64(value))
        }

        func duration(_ key: String) throws(MeshTopError) -> JSONValue {
            guard let last = text(key).last, "smh".contains(last), text(key).first?.isNumber == true else {
                throw MeshTopError(
                    .usage, "\(key)=\(text(key))", why: "not a duration", advice: "write it like 10s or 500ms")
            }
            return .string(text(key))
        }
    }

    // MARK: mTLS

    private static func mtls(_ service: ServiceID, _ form: Form, _ world: PlanWorld) async throws -> Draft {
        let path = ResourcePath(group: "", version: "v1", resource: "services")
            .object(ObjectKey(service.namespace, service.name))
        let object = try await world.read(path)
        let selector = object.at("spec", "selector")
        guard let labels = selector?.object, !labels.isEmpty else {
            throw MeshTopError(
                .usage, "service \(service.name)", why: "it selects no pods",
                advice: "apply the policy to a service with pods")
        }
        let mode = form.text("mode")
        let spec: JSONValue = ["selector": ["matchLabels": selector ?? .null], "mtls": ["mode": .string(mode)]]
        let step = try await upsert(.peerauthentications, service, "\(service.name)-mtls", spec, world)
        var draft = Draft(
            verb: "policy", title: "mTLS \(mode) for \(service.name)", steps: [step],
            effects: mtlsEffects(service, mode, world),
            kubectl: PlanText.kubectl(world, step))
        if mode == "STRICT" { draft.warnings = plaintextClients(service, world) }
        return draft
    }

    private static func mtlsEffects(_ service: ServiceID, _ mode: String, _ world: PlanWorld) -> [String] {
        guard let ratio = world.snapshot?.services.first(where: { $0.id == service })?.mtlsRatio else {
            return ["the share of mTLS traffic to \(service.name) is unknown"]
        }
        let text = "\(PlanText.percent(ratio)) of the traffic to \(service.name) is mTLS now"
        return [mode == "STRICT" && ratio < 1 ? "\(text); the rest will be refused" : text]
    }

    /// Clients that call in plain text now and would be refused.
    private static func plaintextClients(_ service: ServiceID, _ world: PlanWorld) -> [String] {
        (world.snapshot?.edges ?? []).filter { $0.service == service && ($0.mtlsRatio ?? 1) < 1 }.map {
            "\($0.source.namespace)/\($0.source.workload) calls it in plain text and would be refused"
        }
    }

    // MARK: Circuit breaker

    private static func circuitBreaker(_ service: ServiceID, _ given: Form, _ world: PlanWorld) async throws -> Draft {
        let existing = world.snapshot?.breakers.first { $0.service == service && $0.namespace == service.namespace }
        let name = existing?.destinationRule ?? service.name
        var form = given
        if let object = try await world.readIfPresent(
            world.path(ObjectReference(kind: "DestinationRule", namespace: service.namespace, name: name)))
        {
            form.present = PolicyTemplate.circuitBreaker.present(in: object.at("spec", "trafficPolicy") ?? [:])
        }
        let policy: JSONValue = [
            "connectionPool": [
                "tcp": ["maxConnections": try form.number("maxConnections", 1...1_000_000)],
                "http": [
                    "http1MaxPendingRequests": try form.number("http1MaxPendingRequests", 1...1_000_000),
                    "http2MaxRequests": try form.number("http2MaxRequests", 1...1_000_000),
                ],
            ],
            "outlierDetection": [
                "consecutive5xxErrors": try form.number("consecutive5xxErrors", 0...1_000_000),
                "interval": try form.duration("interval"), "baseEjectionTime": try form.duration("baseEjectionTime"),
                "maxEjectionPercent": try form.number("maxEjectionPercent", 0...100),
            ],
        ]
        let step = try await upsert(
            .destinationrules, service, name,
            ["host": .string(service.name), "trafficPolicy": policy], world, keep: ["host"])
        var effects: [String] = []
        if let rate = world.snapshot?.services.first(where: { $0.id == service }), let rps = rate.requestsPerSecond,
            let p99 = rate.latencyMs.p99
        {
            effects.append(
                "now \(PlanText.rate(rps)) requests per second at p99 \(PlanText.decimal(p99, 0)) ms: at most about \(PlanText.decimal(rps * p99 / 1000, 1)) under way at once over all clients; the limit counts per client proxy"
            )
        }
        return Draft(
            verb: "policy", title: "Circuit breaker for \(service.name)", steps: [step],
            effects: effects.isEmpty ? ["no live data to size the limits by"] : effects,
            kubectl: PlanText.kubectl(world, step))
    }

    // MARK: Timeout and retries

    private static func timeoutAndRetries(_ service: ServiceID, _ given: Form, _ world: PlanWorld) async throws -> Draft
    {
        let row = world.snapshot?.routes.first {
            $0.service == service && $0.kind == .virtualService && $0.section == .http
        }
        var form = given
        var warnings: [String] = []
        let step: PlanStep
        if let row {
            let reference = ObjectReference(kind: "VirtualService", namespace: row.namespace, name: row.name)
            let path = try world.path(reference)
            let object = try await world.read(path)
            let present = object.at("spec", "http")?.array ?? []
            if let first = present.first {
                form.present["timeout"] = first["timeout"]?.string
                form.present["attempts"] = first.at("retries", "attempts")?.int.map(String.init)
                form.present["perTryTimeout"] = first.at("retries", "perTryTimeout")?.string
                form.present["retryOn"] = first.at("retries", "retryOn")?.string
            }
            let (timeout, retries) = (try form.duration("timeout"), try retries(form))
            var changed = ObjectText.restorable(object)
            let rules = present.map { rule -> JSONValue in
                var rule = rule
                rule["timeout"] = timeout
                rule["retries"] = retries
                return rule
            }
            if rules.count > 1 {
                warnings.append("all \(rules.count) rules of \(row.name) get the same timeout and retries")
            }
            if rules.contains(where: { $0["fault"] != nil }) {
                warnings.append("a rule injects faults: Istio ignores its timeout and retries")
            }
            changed.set(["spec", "http"], to: .array(rules))
            step = PlanStep(
                object: reference, path: path, write: .replace(changed), before: object, after: nil,
                inverse: .replace(ObjectText.restorable(object)))
        } else {
            let spec: JSONValue = [
                "hosts": [.string(service.name)],
                "http": [
                    [
                        "route": [["destination": ["host": .string(service.name)]]],
                        "timeout": try form.duration("timeout"),
                        "retries": try retries(form),
                    ]
                ],
            ]
            step = try await upsert(.virtualservices, service, service.name, spec, world)
        }
        return Draft(
            verb: "policy", title: "Timeout and retries for \(service.name)", steps: [step],
            effects: [
                "a request may take up to \(form.text("timeout")) and be sent \((Int(form.text("attempts")) ?? 0) + 1) times"
            ],
            warnings: warnings, kubectl: PlanText.kubectl(world, step))
    }

    private static func retries(_ form: Form) throws(MeshTopError) -> JSONValue {
        [
            "attempts": try form.number("attempts", 0...100), "perTryTimeout": try form.duration("perTryTimeout"),
            "retryOn": .string(form.text("retryOn")),
        ]
    }

    /// Creates an object, or merges the spec into the one that is there; members in `keep` stay as they are.
    private static func upsert(
        _ kind: WatchedKind, _ service: ServiceID, _ name: String, _ spec: JSONValue, _ world: PlanWorld,
        keep: [String] = []
    ) async throws -> PlanStep {
        let reference = ObjectReference(kind: kind.kind, namespace: service.namespace, name: name)
        let path = try world.path(reference)
        if let before = try await world.readIfPresent(path) {
            var patch = spec
            for key in keep { patch[key] = nil }
            return PlanStep(
                object: reference, path: path, write: .mergePatch(["spec": patch]), before: before, after: nil,
                inverse: .replace(ObjectText.restorable(before)))
        }
        let body: JSONValue = [
            "apiVersion": .string(try world.apiVersion(kind)), "kind": .string(kind.kind),
            "metadata": ["name": .string(name), "namespace": .string(service.namespace)], "spec": spec,
        ]
        return PlanStep(object: reference, path: path, write: .create(body), before: nil, after: nil, inverse: .delete)
    }
}
