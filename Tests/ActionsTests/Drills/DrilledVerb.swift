import Base
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// Every verb once, on an object of the demo mesh: what each drill is run with.
struct DrilledVerb: Sendable, CustomTestStringConvertible {
    var name: String
    var request: PlanRequest
    /// How somebody else changes the same object meanwhile, as a merge patch: something that raises its generation.
    var rival: JSONValue
    /// Only the pod's identity is a precondition of an eviction: a changed annotation is none of its business.
    var mindsOthers = true
    /// What kubectl does before.
    var prepare: [[String]] = []
    var testDescription: String { name }

    private init(
        _ name: String, _ request: PlanRequest, rival: JSONValue, mindsOthers: Bool = true, prepare: [[String]] = []
    ) {
        (self.name, self.request, self.rival) = (name, request, rival)
        (self.mindsOthers, self.prepare) = (mindsOthers, prepare)
    }

    private static func object(_ kind: String, _ name: String, _ namespace: String = "shop") -> ObjectReference {
        ObjectReference(kind: kind, namespace: namespace, name: name)
    }

    private static let exported: JSONValue = ["spec": ["exportTo": ["*"]]]
    private static let slower: JSONValue = ["spec": ["minReadySeconds": 3]]
    private static let labelled: JSONValue = ["metadata": ["labels": ["rival": "was-here"]]]

    private static func policy(
        _ name: String, _ template: PolicyTemplate, _ values: [String: String], rival: JSONValue = labelled,
        on target: String = "reviews"
    ) -> DrilledVerb {
        DrilledVerb(name, .policy(template, namespace: "shop", target: target, values: values), rival: rival)
    }

    /// What changes an object that is there, but for a namespace: who deletes that deletes all of the shop.
    static var onExisting: [DrilledVerb] { all.filter { !makers.contains($0.name) && $0.name != "sidecar injection" } }
    private static let makers: Set<String> = [
        "autoscaler made", "apply a new object", "mTLS mode", "authorization", "JWT", "rate limit", "network policy",
    ]

    static let all: [DrilledVerb] = [
        DrilledVerb(
            "shift a VirtualService",
            .shift(route: object("VirtualService", "reviews"), section: .http, index: 1, weights: [50, 30, 20]),
            rival: exported),
        DrilledVerb(
            "shift an HTTPRoute",
            .shift(route: object("HTTPRoute", "users-split"), section: .rules, index: 0, weights: [60, 40]),
            rival: ["spec": ["hostnames": ["users.example.com"]]]),
        DrilledVerb(
            "a guarded step",
            .guardStep(
                route: object("VirtualService", "reviews"), section: .http, index: 1, weights: [60, 20, 20],
                mark: ["id": "drill"]), rival: exported),
        DrilledVerb("scale", .scale(object("Deployment", "cart-v1"), replicas: 4), rival: slower),
        DrilledVerb("restart", .restart(object("Deployment", "cart-v1")), rival: slower),
        DrilledVerb("expose stats", .exposeStats(object("Deployment", "cart-v1")), rival: slower),
        DrilledVerb(
            "autoscaler made", .autoscaler(object("Deployment", "ads-v1"), max: 5, cpu: 60),
            rival: labelled),
        DrilledVerb(
            "autoscaler moved",
            .autoscaler(object("Deployment", "api-gateway", "manager-agent-ai-dev"), max: 12),
            rival: ["spec": ["maxReplicas": 11]]),
        DrilledVerb("pause", .pauseRollout(object("Deployment", "cart-v1")), rival: slower),
        DrilledVerb(
            "roll back", .rollback(object("Deployment", "orders-v1")), rival: slower,
            prepare: [
                ["set", "image", "deployment/orders-v1", "-n", "shop", "orders=registry.example/orders:1.1"],
                ["rollout", "status", "deployment/orders-v1", "-n", "shop", "--timeout=60s"],
            ]),
        DrilledVerb(
            "evict", .evict(object("Deployment", "shipping-v1")), rival: labelled, mindsOthers: false),
        DrilledVerb("delete", .delete(object("VirtualService", "checkout")), rival: exported),
        DrilledVerb(
            "fix",
            .fix(
                object("DestinationRule", "payment"),
                Finding.Fix("name the namespaces", [["op": "add", "path": "/spec/exportTo", "value": ["."]]])),
            rival: ["spec": ["host": "payment.shop.svc.cluster.local"]]),
        DrilledVerb(
            "apply to an object",
            .apply(
                yaml: """
                    apiVersion: networking.istio.io/v1
                    kind: DestinationRule
                    metadata: {name: payment}
                    spec: {host: payment, trafficPolicy: {connectionPool: {tcp: {maxConnections: 77}}}}
                    """, defaultNamespace: "shop"), rival: exported),
        DrilledVerb(
            "apply a new object",
            .apply(
                yaml: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: drill}\ndata: {a: b}\n",
                defaultNamespace: "shop"), rival: labelled),
        policy("mTLS mode", .mtls, ["mode": "STRICT"]),
        policy("circuit breaker", .circuitBreaker, ["maxConnections": "77"], rival: exported, on: "payment"),
        policy("timeouts and retries", .timeoutAndRetries, ["timeout": "4s"], rival: exported),
        policy("load balancing", .loadBalancing, ["algorithm": "RANDOM"], rival: exported, on: "payment"),
        policy("fault", .fault, ["delay": "1s", "delayPercent": "5"], rival: exported),
        policy("mirror", .mirror, ["to": "v2", "percent": "5"], rival: exported),
        policy("match route", .matchRoute, ["to": "v2", "header": "x-drill=yes"], rival: exported),
        policy("authorization", .authorization, ["mode": "deny-all"]),
        policy("JWT", .jwt, ["issuer": "https://issuer.example", "jwksUri": "https://issuer.example/keys"]),
        policy("rate limit", .rateLimit, ["tokens": "50", "interval": "1s"]),
        policy("network policy", .networkPolicy, ["namespaces": "shop"]),
        policy(
            "sidecar injection", .sidecarInjection, ["mode": "off"],
            rival: ["metadata": ["labels": ["istio-injection": .null]]]),
    ]
}
