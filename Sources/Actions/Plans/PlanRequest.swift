// What an operator asks for, before anything was read or computed; the same value from a key and from the command line.

package import ClusterData

/// An object a verb acts on.
package struct ObjectReference: Sendable, Hashable {
    /// "VirtualService", "HTTPRoute", "Deployment", …
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

/// A request for a change. `Planner` turns it into a `Plan`.
package enum PlanRequest: Sendable, Hashable {
    /// New weights for the destinations of one rule, in the rule's order.
    case shift(route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int])
    case scale(ObjectReference, replicas: Int)
    case policy(PolicyTemplate, namespace: String, target: String, values: [String: String])
    /// YAML text of one or more documents, applied in dependency order; nothing is sent when one is bad.
    case apply(yaml: String, defaultNamespace: String)
    /// Takes back the journal entry with this id, the last one when nil.
    case undo(String?)
    case restart(ObjectReference)
    /// A whole guarded shift; one that stands on the route already is gone on with.
    case guarded(GuardRecord)
    /// A step of a guarded shift: weights, and the rollout's mark on the route; nil takes the mark away.
    case guardStep(route: ObjectReference, section: RouteSummary.Section, index: Int, weights: [Int], mark: JSONValue?)
    /// The mending that a finding carries.
    case fix(ObjectReference, Finding.Fix)
    /// The annotation that makes a workload's proxies tell of their breakers.
    case exposeStats(ObjectReference)
}

/// The catalogue of policies that can be applied from a form.
package enum PolicyTemplate: String, Sendable, Hashable, CaseIterable {
    case mtls = "mtls-mode"
    case circuitBreaker = "circuit-breaker"
    case timeoutAndRetries = "timeout-retries"

    package var title: String {
        switch self {
        case .mtls: "mTLS mode"
        case .circuitBreaker: "Circuit breaker"
        case .timeoutAndRetries: "Timeout and retries"
        }
    }

    /// A value the form asks for: its key, what it is called, its default and what is accepted.
    package struct Field: Sendable, Hashable {
        package var key: String
        package var title: String
        package var standard: String
        package var choices: [String]
    }

    package var fields: [Field] {
        switch self {
        case .mtls:
            [Field(key: "mode", title: "Mode", standard: "STRICT", choices: ["STRICT", "PERMISSIVE", "DISABLE"])]
        case .circuitBreaker:
            [
                Field(key: "maxConnections", title: "Max connections", standard: "100", choices: []),
                Field(key: "http1MaxPendingRequests", title: "Max pending requests", standard: "50", choices: []),
                Field(key: "http2MaxRequests", title: "Max requests", standard: "100", choices: []),
                Field(key: "consecutive5xxErrors", title: "Eject after 5xx in a row", standard: "5", choices: []),
                Field(key: "interval", title: "Check interval", standard: "10s", choices: []),
                Field(key: "baseEjectionTime", title: "Ejection time", standard: "30s", choices: []),
                Field(key: "maxEjectionPercent", title: "Max ejected percent", standard: "50", choices: []),
            ]
        case .timeoutAndRetries:
            [
                Field(key: "timeout", title: "Timeout", standard: "10s", choices: []),
                Field(key: "attempts", title: "Retry attempts", standard: "2", choices: []),
                Field(key: "perTryTimeout", title: "Timeout per try", standard: "3s", choices: []),
                Field(
                    key: "retryOn", title: "Retry on", standard: "gateway-error,connect-failure,refused-stream",
                    choices: []),
            ]
        }
    }

    /// The values that a DestinationRule's traffic policy has now for the fields of this template.
    func present(in policy: JSONValue) -> [String: String] {
        let paths: [String: [String]] = [
            "maxConnections": ["connectionPool", "tcp", "maxConnections"],
            "http1MaxPendingRequests": ["connectionPool", "http", "http1MaxPendingRequests"],
            "http2MaxRequests": ["connectionPool", "http", "http2MaxRequests"],
            "consecutive5xxErrors": ["outlierDetection", "consecutive5xxErrors"],
            "interval": ["outlierDetection", "interval"], "baseEjectionTime": ["outlierDetection", "baseEjectionTime"],
            "maxEjectionPercent": ["outlierDetection", "maxEjectionPercent"],
        ]
        var values: [String: String] = [:]
        for field in fields {
            guard let path = paths[field.key], let value = Patching.value(at: path, in: policy) else { continue }
            values[field.key] = value.string ?? value.compactText
        }
        return values
    }
}
