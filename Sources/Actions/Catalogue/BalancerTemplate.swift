// How requests are spread over a service's replicas.

internal import Base
internal import MeshModel

enum BalancerTemplate {
    static let algorithms = ["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "PASSTHROUGH", "consistent-hash"]

    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let policy = try await DestinationRuleObject.find(service, world)?.at("spec", "trafficPolicy") ?? [:]
        let (algorithm, warmup, locality) = (values.text("algorithm"), values.text("warmup"), values.text("locality"))
        if !warmup.isEmpty { _ = try values.duration("warmup") }
        let named = ["algorithm", "hashBy", "hashKey"].filter(values.writes)
        if algorithm != "consistent-hash", let key = named.first(where: { $0 != "algorithm" }) {
            if values.writes("algorithm") { try values.refuseIdle(key, "it is for algorithm=consistent-hash only") }
            throw values.missing(
                "algorithm", "\(key) is for the consistent hash only", "add algorithm=consistent-hash")
        }
        let hash = algorithm == "consistent-hash" && !named.isEmpty ? try hash(values) : nil
        let step = try await DestinationRuleObject.step(service, world) { policy in
            var balancer = policy["loadBalancer"] ?? [:]
            if named.isEmpty {
                // The algorithm stays, with all that is said of it.
            } else if let hash {
                balancer["simple"] = nil
                var consistent = balancer["consistentHash"] ?? [:]
                // Of the keys to hash by there is one; the size of the ring and the like stay.
                for key in ["httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"] where key != hash.0
                {
                    consistent[key] = nil
                }
                if hash.0 == "httpCookie" {
                    consistent.set(["httpCookie", "name"], to: .string(values.text("hashKey")))
                    if consistent.at("httpCookie", "ttl") == nil { consistent.set(["httpCookie", "ttl"], to: "0s") }
                } else {
                    consistent[hash.0] = hash.1
                }
                balancer["consistentHash"] = consistent
            } else {
                balancer["consistentHash"] = nil
                balancer["simple"] = .string(algorithm)
            }
            if !values.writes("warmup") {
                // It stays as it is, in whichever field.
            } else if warmup.isEmpty {
                for key in ["warmup", "warmupDurationSecs"] where balancer[key] != nil { balancer[key] = nil }
            } else if balancer["warmupDurationSecs"] != nil {
                balancer["warmupDurationSecs"] = .string(warmup)
            } else {
                balancer.set(["warmup", "duration"], to: .string(warmup))
            }
            if values.writes("locality") {
                balancer.set(["localityLbSetting", "enabled"], to: .bool(locality == "on"))
            }
            policy["loadBalancer"] = balancer
        }
        return Draft(
            verb: "policy", title: "Load balancing of \(service.name)\(algorithm.isEmpty ? "" : ": \(algorithm)")",
            steps: [step],
            effects: [effect(algorithm, values, service, world)],
            warnings: warnings(algorithm, warmup, locality, policy),
            kubectl: PlanText.kubectl(world, step))
    }

    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        present(
            try await DestinationRuleObject.find(service, world)?.at("spec", "trafficPolicy", "loadBalancer") ?? [:])
    }

    private static func present(_ now: JSONValue) -> [String: String] {
        var values: [String: String] = [:]
        values["algorithm"] = now["consistentHash"] != nil ? "consistent-hash" : now["simple"]?.string
        values["warmup"] = now.at("warmup", "duration")?.string ?? now["warmupDurationSecs"]?.string
        let hash = now["consistentHash"]
        for (key, by) in [("httpHeaderName", "header"), ("httpQueryParameterName", "query")] {
            if let name = hash?[key]?.string { (values["hashBy"], values["hashKey"]) = (by, name) }
        }
        if let name = hash?.at("httpCookie", "name")?.string {
            (values["hashBy"], values["hashKey"]) = ("cookie", name)
        }
        if hash?["useSourceIp"] == true { values["hashBy"] = "source-ip" }
        return values
    }

    private static func hash(_ values: TemplateValues) throws(MeshTopError) -> (String, JSONValue) {
        let by = values.text("hashBy")
        guard !by.isEmpty else {
            throw values.missing(
                "hashBy", "a consistent hash needs what it is made of", "add hashBy=header, cookie, query or source-ip")
        }
        if by == "source-ip" {
            try values.refuseIdle("hashKey", "a source address has no name")
            return ("useSourceIp", true)
        }
        // The name of a header says nothing about a cookie.
        let isNew = values.writes("hashBy") && values.present["hashBy"] != by
        let key = isNew && !values.kept.contains("hashKey") ? values.given["hashKey"] ?? "" : values.text("hashKey")
        guard !key.isEmpty else {
            throw values.missing("hashKey", "a consistent hash by \(by) needs its name", "add hashKey=NAME")
        }
        return switch by {
        case "cookie": ("httpCookie", .string(key))
        case "query": ("httpQueryParameterName", .string(key))
        default: ("httpHeaderName", .string(key))
        }
    }

    private static func effect(
        _ algorithm: String, _ values: TemplateValues, _ service: ServiceID, _ world: PlanWorld
    ) -> String {
        let replicas = world.service(service)?.readyPods.map { "\($0) ready replicas" } ?? "its replicas"
        return switch algorithm {
        case "consistent-hash":
            "requests with the same \(values.text("hashBy"))\(values.text("hashKey").isEmpty ? "" : " \(values.text("hashKey"))") go to the same one of \(replicas), until their number changes"
        case "PASSTHROUGH": "connections go to the address that the client chose; nothing is balanced"
        default: "requests are spread over \(replicas) by \(algorithm.isEmpty ? "Istio's default" : algorithm)"
        }
    }

    private static func warnings(
        _ algorithm: String, _ warmup: String, _ locality: String, _ policy: JSONValue
    ) -> [String] {
        var warnings: [String] = []
        if !warmup.isEmpty, !["ROUND_ROBIN", "LEAST_REQUEST", ""].contains(algorithm) {
            warnings.append("a warm-up has a meaning for ROUND_ROBIN and LEAST_REQUEST only")
        }
        if locality == "on", policy["outlierDetection"] == nil {
            warnings.append(
                "without outlier detection there is no failover between localities: add a circuit breaker too")
        }
        if algorithm == "consistent-hash" {
            warnings.append("a key that most requests share loads one replica with most of the traffic")
        }
        return warnings
    }
}
