// A limit that each proxy of a service keeps by itself: Envoy's local rate limit, put in by an EnvoyFilter.
// https://istio.io/latest/docs/tasks/policy-enforcement/rate-limit/#local-rate-limit

internal import Base
internal import Kube
internal import MeshModel

enum RateLimitTemplate {
    private static let filter = "envoy.filters.http.local_ratelimit"
    private static let bucket = ["patch", "value", "typed_config", "value", "token_bucket"]

    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let filters = try await world.list(
            .envoyfilters, in: service.namespace, named: ["\(service.name)-rate-limit"])
        let own = filters.first { $0.at("metadata", "name")?.string == "\(service.name)-rate-limit" }
        let patch = (own?["spec"] ?? [:]).list("configPatches").first {
            $0.at("patch", "value", "name")?.string == filter
        }
        guard let now = patch.flatMap({ Patching.value(at: bucket, in: $0) }) else { return [:] }
        var present: [String: String] = [:]
        present["tokens"] = now["max_tokens"]?.int.map(String.init)
        present["interval"] = now["fill_interval"]?.string
        return present
    }

    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let selector = try await world.selector(of: service)
        for key in ["tokens", "interval"] where !values.has(key) {
            throw values.missing(
                key, "a limit is so many requests in so much time",
                key == "tokens" ? "add tokens=NUMBER" : "add interval=DURATION")
        }
        let tokens = try values.number("tokens", 1...10_000_000)
        let interval = try values.duration("interval")
        guard let seconds = Durations.seconds(values.text("interval")), seconds >= 0.05 else {
            throw MeshTopError(
                .usage, "interval=\(values.text("interval"))", why: "Envoy refills no faster than every 50 ms",
                advice: "use 50ms or more")
        }
        let step = try await world.upsert(.envoyfilters, service.namespace, "\(service.name)-rate-limit") { spec in
            if spec["workloadSelector"] == nil { spec["workloadSelector"] = ["labels": selector] }
            var patches = spec.list("configPatches")
            let place = patches.firstIndex { $0.at("patch", "value", "name")?.string == filter }
            var patch = place.map { patches[$0] } ?? fresh
            if values.writes("tokens") {
                patch.set(bucket + ["max_tokens"], to: tokens)
                patch.set(bucket + ["tokens_per_fill"], to: tokens)
            }
            if values.writes("interval") { patch.set(bucket + ["fill_interval"], to: interval) }
            if let place { patches[place] = patch } else { patches.append(patch) }
            spec["configPatches"] = .array(patches)
        }
        let limit = (tokens.double ?? 0) / seconds
        let replicas = world.service(service)?.readyPods
        var effects = [
            "each replica answers at most \(values.text("tokens")) requests in \(values.text("interval")), others get 429"
        ]
        var warnings = ["the limit counts per replica: it moves when \(service.name) is scaled"]
        if let replicas, replicas > 0 {
            let whole = limit * Double(replicas)
            effects.append("\(PlanText.rate(whole)) requests per second over \(replicas) ready replicas")
            if let rate = world.service(service)?.requestsPerSecond {
                effects.append("\(PlanText.rate(rate)) requests per second come now")
                if rate > whole {
                    warnings.append(
                        "that is less than what comes now: \(PlanText.rate(rate - whole)) per second would be refused")
                }
            }
        }
        return Draft(
            verb: "policy",
            title: "Rate limit of \(service.name): \(values.text("tokens")) in \(values.text("interval"))",
            steps: [step], effects: effects, warnings: warnings + world.unenforced(service),
            kubectl: PlanText.kubectl(world, step))
    }

    private static let fresh: JSONValue = [
        "applyTo": "HTTP_FILTER",
        "match": [
            "context": "SIDECAR_INBOUND",
            "listener": [
                "filterChain": ["filter": ["name": "envoy.filters.network.http_connection_manager"]]
            ],
        ],
        "patch": [
            "operation": "INSERT_BEFORE",
            "value": [
                "name": "envoy.filters.http.local_ratelimit",
                "typed_config": [
                    "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                    "type_url":
                        "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
                    "value": [
                        "stat_prefix": "http_local_rate_limiter",
                        "token_bucket": [:],
                        "filter_enabled": [
                            "runtime_key": "local_rate_limit_enabled",
                            "default_value": ["numerator": 100, "denominator": "HUNDRED"],
                        ],
                        "filter_enforced": [
                            "runtime_key": "local_rate_limit_enforced",
                            "default_value": ["numerator": 100, "denominator": "HUNDRED"],
                        ],
                    ],
                ],
            ],
        ],
    ]
}
