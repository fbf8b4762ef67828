// The catalogue of policies for a service: what they are called and what each asks for.

/// A policy that can be applied from a form, or as `meshtop policy NAME SERVICE KEY=VALUE`.
package enum PolicyTemplate: String, Sendable, Hashable, CaseIterable {
    case mtls = "mtls-mode"
    case circuitBreaker = "circuit-breaker"
    case timeoutAndRetries = "timeout-retries"
    case loadBalancing = "load-balancing"
    case fault
    case mirror
    case matchRoute = "match-route"
    case authorization
    case jwt
    case rateLimit = "rate-limit"
    case networkPolicy = "network-policy"
    case sidecarInjection = "sidecar-injection"

    package var title: String {
        switch self {
        case .mtls: "mTLS mode"
        case .circuitBreaker: "Circuit breaker"
        case .timeoutAndRetries: "Timeout and retries"
        case .loadBalancing: "Load balancing"
        case .fault: "Fault injection"
        case .mirror: "Mirror traffic"
        case .matchRoute: "Route by match (A/B)"
        case .authorization: "Who may call"
        case .jwt: "JWT authentication"
        case .rateLimit: "Local rate limit"
        case .networkPolicy: "Network policy"
        case .sidecarInjection: "Sidecar injection"
        }
    }

    /// Values that are not given are what the object says; of the others each application stands for itself.
    var startsFromPresent: Bool {
        switch self {
        case .circuitBreaker, .timeoutAndRetries, .loadBalancing, .fault, .rateLimit: true
        default: false
        }
    }

    package typealias Field = FormField

    package var fields: [Field] {
        switch self {
        case .mtls:
            [
                Field("mode", "Mode", choices: ["STRICT", "PERMISSIVE", "DISABLE"]),
                Field("scope", "Scope", "workload", choices: ["workload", "namespace", "mesh"]),
                Field("port", "Port (empty: all)"),
            ]
        case .circuitBreaker:
            [
                Field("maxConnections", "Max connections"),
                Field("http1MaxPendingRequests", "Max pending requests"),
                Field("http2MaxRequests", "Max requests"),
                Field("consecutive5xxErrors", "Eject after 5xx in a row"),
                Field("interval", "Check interval"),
                Field("baseEjectionTime", "Ejection time"),
                Field("maxEjectionPercent", "Max ejected percent"),
            ]
        case .timeoutAndRetries:
            [
                Field("timeout", "Timeout"),
                Field("attempts", "Retry attempts"),
                Field("perTryTimeout", "Timeout per try"),
                Field("retryOn", "Retry on"),
            ]
        case .loadBalancing:
            [
                Field("algorithm", "Algorithm", choices: BalancerTemplate.algorithms),
                Field("hashBy", "Hash by", choices: ["header", "cookie", "source-ip", "query"]),
                Field("hashKey", "Name of what is hashed"),
                Field("warmup", "Warm-up (none: without)"),
                Field("locality", "Prefer near replicas", choices: ["on", "off"]),
            ]
        case .fault:
            [
                Field("delay", "Delay (none: no more)"),
                Field("delayPercent", "Percent delayed"),
                Field("abort", "HTTP status (none: no more)"),
                Field("abortPercent", "Percent aborted"),
            ]
        case .mirror:
            [
                Field("to", "Subset or host (none: no more)"), Field("percent", "Percent mirrored"),
                Field("remove", "Take this one away"),
            ]
        case .matchRoute:
            [
                Field("to", "Subset or host (none: no more)"),
                Field("header", "Header NAME=VALUE"),
                Field("cookie", "Cookie NAME=VALUE"),
                Field("userAgent", "User agent contains"),
                Field("uri", "Path of the request"),
                Field("source", "Source label NAME=VALUE"),
            ]
        case .authorization:
            [
                Field("mode", "Mode", choices: ["observed", "deny-all", "allow-namespace"]),
                Field("namespaces", "Namespaces, comma-separated"),
            ]
        case .jwt:
            [
                Field("issuer", "Issuer"), Field("jwksUri", "Keys at"),
                Field("required", "Token required", choices: ["false", "true"]),
            ]
        case .rateLimit:
            [Field("tokens", "Requests"), Field("interval", "In each")]
        case .networkPolicy:
            [
                Field("namespaces", "Let in namespaces, comma-separated"),
                Field("mesh", "Let in the mesh itself", choices: ["on", "off"]),
            ]
        case .sidecarInjection:
            [
                Field("mode", "Injection", choices: ["on", "off", "revision"]),
                Field("revision", "Revision"),
            ]
        }
    }
}
