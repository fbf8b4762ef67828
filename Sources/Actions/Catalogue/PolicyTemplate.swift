// The catalogue of policies for a service: what they are called and what each asks for.

internal import ClusterData

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

    /// A value the form asks for: its key, what it is called, its default and what is accepted.
    package struct Field: Sendable, Hashable {
        package var key: String
        package var title: String
        package var standard: String
        package var choices: [String]

        init(_ key: String, _ title: String, _ standard: String = "", choices: [String] = []) {
            self.key = key
            self.title = title
            self.standard = standard
            self.choices = choices
        }
    }

    package var fields: [Field] {
        switch self {
        case .mtls:
            [
                Field("mode", "Mode", "STRICT", choices: ["STRICT", "PERMISSIVE", "DISABLE"]),
                Field("scope", "Scope", "workload", choices: ["workload", "namespace", "mesh"]),
                Field("port", "Port (empty: all)"),
            ]
        case .circuitBreaker:
            [
                Field("maxConnections", "Max connections", BreakerTemplate.sized),
                Field("http1MaxPendingRequests", "Max pending requests", BreakerTemplate.sized),
                Field("http2MaxRequests", "Max requests", BreakerTemplate.sized),
                Field("consecutive5xxErrors", "Eject after 5xx in a row", "5"),
                Field("interval", "Check interval", "10s"),
                Field("baseEjectionTime", "Ejection time", "30s"),
                Field("maxEjectionPercent", "Max ejected percent", "50"),
            ]
        case .timeoutAndRetries:
            [
                Field("timeout", "Timeout", "10s"),
                Field("attempts", "Retry attempts", "2"),
                Field("perTryTimeout", "Timeout per try", "3s"),
                Field("retryOn", "Retry on", "gateway-error,connect-failure,refused-stream"),
            ]
        case .loadBalancing:
            [
                Field("algorithm", "Algorithm", "LEAST_REQUEST", choices: BalancerTemplate.algorithms),
                Field("hashBy", "Hash by", "header", choices: ["header", "cookie", "source-ip", "query"]),
                Field("hashKey", "Name of what is hashed"),
                Field("warmup", "Warm-up (none: without)"),
                Field("locality", "Prefer near replicas", "keep", choices: ["keep", "on", "off"]),
            ]
        case .fault:
            [
                Field("delay", "Delay (none: no more)"),
                Field("delayPercent", "Percent delayed", "100"),
                Field("abort", "HTTP status (none: no more)"),
                Field("abortPercent", "Percent aborted", "100"),
            ]
        case .mirror:
            [
                Field("to", "Subset or host (none: no more)"), Field("percent", "Percent mirrored", "100"),
                Field("remove", "Take this one away"),
            ]
        case .matchRoute:
            [
                Field("to", "Subset or host (none: no more)"),
                Field("header", "Header NAME=VALUE"),
                Field("cookie", "Cookie NAME=VALUE"),
                Field("userAgent", "User agent contains"),
                Field("source", "Source label NAME=VALUE"),
            ]
        case .authorization:
            [
                Field("mode", "Mode", "observed", choices: ["observed", "deny-all", "allow-namespace"]),
                Field("namespaces", "Namespaces, comma-separated"),
            ]
        case .jwt:
            [
                Field("issuer", "Issuer"), Field("jwksUri", "Keys at"),
                Field("required", "Token required", "false", choices: ["false", "true"]),
            ]
        case .rateLimit:
            [Field("tokens", "Requests", "100"), Field("interval", "In each", "1s")]
        case .networkPolicy: [Field("namespaces", "Let in namespaces, comma-separated")]
        case .sidecarInjection:
            [
                Field("mode", "Injection", "on", choices: ["on", "off", "revision"]),
                Field("revision", "Revision"),
            ]
        }
    }
}
