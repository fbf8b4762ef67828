import Base
import DemoMesh
import Kube
import TestSupport
import Testing

/// A command that changes one object, and where that object is: what the program is killed in the midst of.
struct KilledChange: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    /// The object, whether or not it is there before. A name that ends in a dash is any pod's whose name begins so.
    var path: String
    var namespace = "shop"
    /// A deletion says in its body that it is only tried.
    var triesInBody = false
    /// A pod that was evicted does not come back.
    var canBeUndone = true
    /// Files of the program's home that the command reads.
    var files: [String: String] = [:]
    /// What has to be done to the cluster before, and how to see that it is done.
    var prepare: (@Sendable (Demo) async throws -> Void)?

    var testDescription: String { name }

    private static func policy(_ name: String, _ values: [String], on target: String, at path: String) -> KilledChange {
        KilledChange(name: name, arguments: ["policy", name, target] + values, path: path)
    }

    private static func security(_ resource: String, _ name: String) -> String {
        "/apis/security.istio.io/v1/namespaces/shop/\(resource)/\(name)"
    }

    private static func autoscaler(_ name: String, _ namespace: String = "shop") -> String {
        "/apis/autoscaling/v2/namespaces/\(namespace)/horizontalpodautoscalers/\(name)"
    }

    private static let rule = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: payment}
        spec: {host: payment, trafficPolicy: {connectionPool: {tcp: {maxConnections: 77}}}}
        """
    private static let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: drill}\ndata: {a: b}\n"

    static let all: [KilledChange] =
        [
            KilledChange(
                name: "shift a VirtualService", arguments: ["shift", "reviews", "v1=50", "v2=30", "v3=20"],
                path: Paths.virtualService("reviews")),
            KilledChange(
                name: "shift an HTTPRoute", arguments: ["shift", "users-split", "users=60"],
                path: "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/users-split"),
            KilledChange(
                name: "promote", arguments: ["promote", "recommendation", "v2"],
                path: Paths.virtualService("recommendation")),
            KilledChange(
                name: "abort", arguments: ["abort", "recommendation", "v2"],
                path: Paths.virtualService("recommendation")),
            KilledChange(
                name: "scale", arguments: ["scale", "deployment/cart-v1", "--replicas", "5"],
                path: Paths.deployment("cart-v1")),
            KilledChange(
                name: "restart", arguments: ["restart", "deployment/cart-v1"], path: Paths.deployment("cart-v1")),
            KilledChange(
                name: "expose stats", arguments: ["expose-stats", "deployment/cart-v1"],
                path: Paths.deployment("cart-v1")),
            KilledChange(
                name: "pause", arguments: ["pause", "deployment/cart-v1"], path: Paths.deployment("cart-v1")),
            KilledChange(
                name: "roll back", arguments: ["rollback", "deployment/orders-v1"],
                path: Paths.deployment("orders-v1"), prepare: anotherRevision),
            KilledChange(
                name: "autoscaler made", arguments: ["hpa", "deployment/ads-v1", "--max", "5", "--cpu", "60"],
                path: autoscaler("ads-v1")),
            KilledChange(
                name: "autoscaler moved", arguments: ["hpa", "deployment/api-gateway", "--max", "12"],
                path: autoscaler("api-gateway-hpa", "manager-agent-ai-dev"), namespace: "manager-agent-ai-dev"),
            KilledChange(
                name: "evict", arguments: ["evict", "pod/shipping-v1-"],
                path: "/api/v1/namespaces/shop/pods/shipping-v1-",
                canBeUndone: false),
            KilledChange(
                name: "delete", arguments: ["delete", "virtualservice/checkout", "--confirm", "checkout"],
                path: Paths.virtualService("checkout"), triesInBody: true),
            KilledChange(
                name: "fix",
                arguments: ["fix", "destinationrule/api-gateway-dr", "--code", "MT0002"],
                path: Paths.destinationRule("api-gateway-dr", "manager-agent-ai-dev"),
                namespace: "manager-agent-ai-dev"),
            KilledChange(
                name: "apply to an object", arguments: ["apply", "-f", "m.yaml"],
                path: Paths.destinationRule("payment"), files: ["m.yaml": rule]),
            KilledChange(
                name: "apply a new object", arguments: ["apply", "-f", "m.yaml"],
                path: "/api/v1/namespaces/shop/configmaps/drill", files: ["m.yaml": settings]),
            KilledChange(
                name: "edit", arguments: ["edit", "virtualservice/reviews"], path: Paths.virtualService("reviews"),
                files: ["editor.sh": "#!/bin/sh\nsed -i 's/weight: 70/weight: 60/; s/weight: 20/weight: 30/' \"$1\"\n"]),
            policy("mtls-mode", ["mode=STRICT"], on: "reviews", at: security("peerauthentications", "reviews-mtls")),
            policy("circuit-breaker", ["maxConnections=77"], on: "payment", at: Paths.destinationRule("payment")),
            policy("timeout-retries", ["timeout=4s"], on: "reviews", at: Paths.virtualService("reviews")),
            policy("load-balancing", ["algorithm=RANDOM"], on: "payment", at: Paths.destinationRule("payment")),
            policy("fault", ["delay=1s", "delayPercent=5"], on: "reviews", at: Paths.virtualService("reviews")),
            policy("mirror", ["to=v2", "percent=5"], on: "reviews", at: Paths.virtualService("reviews")),
            policy("match-route", ["to=v2", "header=x-drill=yes"], on: "reviews", at: Paths.virtualService("reviews")),
            policy(
                "authorization", ["mode=deny-all"], on: "reviews",
                at: security("authorizationpolicies", "reviews-deny-all")),
            policy(
                "jwt", ["issuer=https://issuer.example", "jwksUri=https://issuer.example/keys"], on: "reviews",
                at: security("requestauthentications", "reviews-jwt")),
            policy(
                "rate-limit", ["tokens=50", "interval=1s"], on: "reviews",
                at: "/apis/networking.istio.io/v1alpha3/namespaces/shop/envoyfilters/reviews-rate-limit"),
            policy(
                "network-policy", ["namespaces=shop"], on: "reviews",
                at: "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/reviews-ingress"),
            policy("sidecar-injection", ["mode=off"], on: "reviews", at: "/api/v1/namespaces/shop"),
        ]

    @Sendable private static func anotherRevision(_ demo: Demo) async throws {
        let path = Paths.deployment("orders-v1")
        let patch: JSONValue = [
            "spec": [
                "template": [
                    "spec": ["containers": [["name": "orders", "image": "registry.example/orders:1.1"]]]
                ]
            ]
        ]
        try await demo.client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/strategic-merge-patch+json",
                body: Array(patch.compactText.utf8)))
        _ = try await eventually {
            let now = try await demo.get(path)
            return now.at("status", "observedGeneration") == now.at("metadata", "generation")
                && now.at("status", "updatedReplicas") == now.at("spec", "replicas")
                && now.at("status", "replicas") == now.at("spec", "replicas") ? true : nil
        }
    }
}
