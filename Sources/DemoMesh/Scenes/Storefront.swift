// The shop and the mission's api-gateway: the scene that a newcomer sees, and its variations.

internal import Base
internal import Insights

enum Storefront {
    static let environments: [(namespace: String, environment: String, factor: Double)] = [
        ("manager-agent-ai-dev", "development", 0.1), ("manager-agent-ai-staging", "staging", 0.3),
        ("manager-agent-ai-prod", "production", 1),
    ]

    static func apps(_ scene: DemoScene, _ canary: CanaryScenario?) -> [AppSpec] {
        shop(scene, canary) + (scene == .rollouts ? DeliveryScene.apps : [])
            + environments.flatMap { gateway($0.namespace, factor: $0.factor) } + system
    }

    private typealias Version = AppSpec.Version
    private typealias Call = AppSpec.Call

    private static func call(_ service: String, _ perRequest: Double) -> AppSpec.Call {
        AppSpec.Call(namespace: "shop", service: service, perRequest: perRequest)
    }

    private static let frontendRate = 120.0

    /// Both versions with room enough that their load plays no part, as it would in a comparison by hand.
    private static func onTrial(_ canary: CanaryScenario) -> [Version] {
        func version(_ name: String, factor: Double) -> Version {
            Version(
                name: name, replicas: 3, serviceMs: canary.medianMs * factor, errorRatio: canary.baseErrors,
                concurrency: canary.requestsPerSecond)
        }
        var next = version("v2", factor: canary.scale)
        next.trial = canary
        return [version("v1", factor: 1), next]
    }

    private static func shop(_ scene: DemoScene, _ canary: CanaryScenario?) -> [AppSpec] {
        let badCanary = scene == .canary
        let breaker = scene == .breaker
        let outage = scene == .outage
        return [
            AppSpec(
                name: "frontend", namespace: "shop", versions: [Version(name: "v1", replicas: 3, serviceMs: 14)],
                calls: [
                    call("catalog", 0.9),
                    call("recommendation", canary.map { $0.requestsPerSecond / frontendRate } ?? 0.6),
                    call("cart", 0.4), call("checkout", 0.12),
                    call("ads", 0.5), call("users", 0.3), call("search", 0.2),
                ] + (scene == .rollouts ? [call("quotes", 0.4), call("prices", 0.6)] : []),
                arrivals: frontendRate),
            AppSpec(
                name: "catalog", namespace: "shop", versions: [Version(name: "v1", replicas: 3, serviceMs: 9)],
                calls: [call("inventory", 0.5), call("reviews", 0.4)]),
            AppSpec(
                name: "recommendation", namespace: "shop", wire: .grpc,
                versions: canary.map(onTrial) ?? [
                    Version(name: "v1", replicas: 2, serviceMs: 22),
                    Version(
                        name: "v2", replicas: 2, serviceMs: badCanary ? 60 : 19, errorRatio: badCanary ? 0.08 : 0.0),
                ], calls: [call("catalog-cache", 0.7)]),
            AppSpec(
                name: "reviews", namespace: "shop",
                versions: [
                    Version(name: "v1", replicas: 2, serviceMs: 18), Version(name: "v2", replicas: 1, serviceMs: 21),
                    Version(name: "v3", replicas: 1, serviceMs: 17),
                ], calls: [call("ratings", 0.8)]),
            AppSpec(name: "ratings", namespace: "shop", versions: [Version(name: "v1", replicas: 2, serviceMs: 5)]),
            AppSpec(
                name: "search", namespace: "shop",
                versions: [Version(name: "v1", replicas: 2, serviceMs: 35, errorRatio: 0.002)],
                calls: [call("inventory", 1)]),
            AppSpec(
                name: "cart", namespace: "shop", versions: [Version(name: "v1", replicas: 2, serviceMs: 8)],
                calls: [call("redis-cart", 2)]),
            AppSpec(
                name: "checkout", namespace: "shop", versions: [Version(name: "v1", replicas: 2, serviceMs: 40)],
                calls: [
                    call("payment", 1), call("orders", 1), call("cart", 1), call("currency", 1), call("shipping", 0.9),
                    call("email", 0.8),
                ]),
            AppSpec(
                name: "payment", namespace: "shop", wire: .http,
                versions: [
                    Version(
                        name: "v1", replicas: 3, serviceMs: breaker ? 900 : 70, errorRatio: outage ? 0.6 : 0.001,
                        concurrency: 16, badPods: breaker ? [0] : [])
                ]),
            AppSpec(
                name: "orders", namespace: "shop", versions: [Version(name: "v1", replicas: 2, serviceMs: 25)],
                calls: [call("orders-db", 1.5)]),
            AppSpec(
                name: "inventory", namespace: "shop",
                versions: [Version(name: "v1", replicas: outage ? 0 : 2, serviceMs: 6)]),
            AppSpec(
                name: "shipping", namespace: "shop", wire: .grpc,
                versions: [Version(name: "v1", replicas: 2, serviceMs: 12)]),
            AppSpec(name: "email", namespace: "shop", versions: [Version(name: "v1", replicas: 1, serviceMs: 55)]),
            AppSpec(
                name: "currency", namespace: "shop", wire: .grpc,
                versions: [Version(name: "v1", replicas: 2, serviceMs: 3)]),
            AppSpec(name: "ads", namespace: "shop", versions: [Version(name: "v1", replicas: 2, serviceMs: 11)]),
            AppSpec(name: "users", namespace: "shop", versions: [Version(name: "v1", replicas: 2, serviceMs: 10)]),
            // The second half of the HTTPRoute's split: the next version behind a Service of its own.
            AppSpec(name: "users-next", namespace: "shop", versions: [Version(name: "v2", replicas: 1, serviceMs: 9)]),
            AppSpec(
                name: "catalog-cache", namespace: "shop", port: 11211, wire: .tcp, hasSidecar: false,
                versions: [Version(name: "v1", replicas: 1, serviceMs: 1)]),
            AppSpec(
                name: "redis-cart", namespace: "shop", port: 6379, wire: .tcp, kind: "StatefulSet",
                versions: [Version(name: "v1", replicas: 1, serviceMs: 1, workload: "redis-cart")]),
            AppSpec(
                name: "orders-db", namespace: "shop", port: 5432, wire: .tcp, kind: "StatefulSet",
                versions: [Version(name: "v1", replicas: 2, serviceMs: 2, workload: "orders-db")]),
        ]
    }

    /// The mission's gateway: three flavours of one service, chosen by header.
    private static func gateway(_ namespace: String, factor: Double) -> [AppSpec] {
        let replicas = factor >= 1 ? 4 : 2
        return [
            AppSpec(
                name: "manager-agent", namespace: namespace,
                versions: [Version(name: "v1", replicas: replicas, serviceMs: 4)],
                calls: [Call(namespace: namespace, service: "api-gateway-service", perRequest: 1)],
                arrivals: 160 * factor),
            AppSpec(
                name: "api-gateway", namespace: namespace, service: "api-gateway-service", port: 3000,
                versions: [
                    Version(name: "default", replicas: replicas, serviceMs: 16, workload: "api-gateway"),
                    Version(name: "mobile-optimized", replicas: 2, serviceMs: 12, workload: "api-gateway-mobile"),
                    Version(name: "us-east", replicas: 1, serviceMs: 14, workload: "api-gateway-us-east"),
                ], calls: [Call(namespace: namespace, service: "agents", perRequest: 0.8)]),
            AppSpec(
                name: "agents", namespace: namespace, port: 8080,
                versions: [Version(name: "v1", replicas: factor >= 1 ? 3 : 1, serviceMs: 45, concurrency: 4)],
                calls: factor >= 1 ? [call("orders", 0.1), call("users", 0.2)] : []),
        ]
    }

    private static let system: [AppSpec] = [
        AppSpec(
            name: "istiod", namespace: "istio-system", port: 15012, hasSidecar: false,
            versions: [Version(name: "v1", replicas: 2, serviceMs: 1, workload: "istiod")]),
        AppSpec(
            name: "istio-ingressgateway", namespace: "istio-system", port: 80, otherPorts: ["https": 443],
            hasSidecar: false,
            versions: [
                Version(
                    name: "v1", replicas: 2, serviceMs: 1, labels: ["istio": "ingressgateway"],
                    workload: "istio-ingressgateway")
            ]),
        AppSpec(
            name: "prometheus", namespace: "istio-system", port: 9090, hasSidecar: false,
            versions: [Version(name: "v1", replicas: 1, serviceMs: 1, workload: "prometheus")]),
        AppSpec(
            name: "node-agent", namespace: "istio-system", port: 9100, kind: "DaemonSet", hasSidecar: false,
            versions: [Version(name: "v1", replicas: 3, serviceMs: 1, workload: "node-agent")]),
    ]

    // MARK: Configuration

    static func configuration(_ scene: DemoScene) -> [JSONValue] {
        environments.flatMap { mission($0.namespace, factor: $0.factor) } + shopRules(scene)
    }

    private static func mission(_ namespace: String, factor: Double) -> [JSONValue] {
        let host = "api-gateway-service"
        func to(_ subset: String) -> JSONValue {
            [["destination": ["host": .string(host), "subset": .string(subset)]]]
        }
        return [
            Make.virtualService(
                namespace, "intelligent-routing",
                [
                    "hosts": [.string(host)],
                    "http": [
                        [
                            "match": [["headers": ["user-agent": ["regex": ".*Mobile.*"]]]],
                            "route": to("mobile-optimized"),
                        ],
                        ["match": [["headers": ["x-region": ["exact": "us-east"]]]], "route": to("us-east")],
                        ["route": to("default")],
                    ],
                ]),
            Make.virtualService(
                namespace, "manager-agent-ai-vs",
                [
                    "hosts": ["*"], "gateways": ["manager-agent-ai-gateway"],
                    "http": [
                        [
                            "match": [["uri": ["prefix": "/api/"]]],
                            "route": [["destination": ["host": .string(host), "port": ["number": 3000]]]],
                            "timeout": "30s",
                            "retries": ["attempts": 3, "perTryTimeout": "10s"],
                        ]
                    ],
                ]),
            // The mission's manifest has a block that no version of Istio's schema knows.
            Make.applied(
                Make.destinationRule(
                    namespace, "api-gateway-dr",
                    [
                        "host": .string(host),
                        "trafficPolicy": [
                            "loadBalancer": ["simple": "LEAST_CONN"],
                            "connectionPool": [
                                "tcp": ["maxConnections": 100],
                                "http": ["http1MaxPendingRequests": 50, "maxRequestsPerConnection": 10],
                            ],
                        ], "subsets": Make.subsets(["default", "mobile-optimized", "us-east"]),
                    ]), dropping: ["spec", "trafficPolicy", "circuitBreaker"],
                [
                    "consecutiveErrors": 3, "interval": "30s", "baseEjectionTime": "30s", "maxEjectionPercent": 50,
                ]),
            Make.istio(
                "Gateway", "networking.istio.io", namespace, "manager-agent-ai-gateway",
                [
                    "selector": ["istio": "ingressgateway"],
                    "servers": [
                        [
                            "port": ["number": 80, "name": "http", "protocol": "HTTP"], "hosts": ["*"],
                            "tls": ["httpsRedirect": true],
                        ],
                        [
                            "port": ["number": 443, "name": "https", "protocol": "HTTPS"], "hosts": ["*"],
                            "tls": ["mode": "SIMPLE", "credentialName": "manager-agent-ai-tls"],
                        ],
                    ],
                ]),
            Make.istio(
                "AuthorizationPolicy", "security.istio.io", namespace, "api-gateway-authz",
                [
                    "selector": ["matchLabels": ["app": "api-gateway"]],
                    "rules": [
                        [
                            "from": [["source": ["namespaces": ["manager-agent-ai", "istio-system"]]]],
                            "to": [["operation": ["methods": ["GET", "POST", "PUT", "DELETE"], "paths": ["/api/*"]]]],
                        ]
                    ],
                ]),
            Make.object(
                "autoscaling/v2", "HorizontalPodAutoscaler", namespace, "api-gateway-hpa",
                spec: [
                    "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "api-gateway"],
                    "minReplicas": 2, "maxReplicas": 10,
                    "metrics": [
                        [
                            "type": "Resource",
                            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 70]],
                        ],
                        [
                            "type": "Resource",
                            "resource": [
                                "name": "memory", "target": ["type": "Utilization", "averageUtilization": 80],
                            ],
                        ],
                    ],
                ], status: [:]),
        ]
    }

    private static func shopRules(_ scene: DemoScene) -> [JSONValue] {
        let breaker = scene == .breaker
        return [
            Make.virtualService(
                "shop", "recommendation",
                [
                    "hosts": ["recommendation"],
                    "http": [
                        Make.split(
                            "recommendation", [("v1", 90), ("v2", 10)],
                            extras: [
                                "timeout": "2s",
                                "retries": ["attempts": 2, "perTryTimeout": "800ms", "retryOn": "5xx"],
                            ])
                    ],
                ]),
            Make.virtualService(
                "shop", "reviews",
                [
                    "hosts": ["reviews"],
                    "http": [
                        [
                            "match": [["headers": ["x-tester": ["exact": "true"]]]],
                            "route": [["destination": ["host": "reviews", "subset": "v3"]]],
                        ],
                        Make.split("reviews", [("v1", 70), ("v2", 20), ("v3", 10)]),
                    ],
                ]),
            Make.virtualService(
                "shop", "checkout",
                [
                    "hosts": ["checkout"],
                    "http": [
                        [
                            "route": [["destination": ["host": "checkout"]]], "timeout": "10s",
                            "retries": ["attempts": 1, "perTryTimeout": "5s"],
                        ]
                    ],
                ]),
            Make.destinationRule(
                "shop", "recommendation",
                [
                    "host": "recommendation",
                    "trafficPolicy": [
                        "outlierDetection": [
                            "consecutive5xxErrors": 7, "interval": "10s", "baseEjectionTime": "30s",
                            "maxEjectionPercent": 50,
                        ]
                    ], "subsets": Make.subsets(["v1", "v2"]),
                ]),
            Make.destinationRule(
                "shop", "reviews",
                [
                    "host": "reviews",
                    "trafficPolicy": [
                        "connectionPool": ["tcp": ["maxConnections": 200], "http": ["http2MaxRequests": 400]]
                    ], "subsets": Make.subsets(["v1", "v2", "v3"]),
                ]),
            Make.destinationRule(
                "shop", "payment",
                [
                    "host": "payment",
                    "trafficPolicy": [
                        "connectionPool": [
                            "tcp": ["maxConnections": .int(breaker ? 12 : 64)],
                            "http": [
                                "http1MaxPendingRequests": .int(breaker ? 4 : 32),
                                "http2MaxRequests": .int(breaker ? 4 : 64), "maxRetries": 3,
                            ],
                        ],
                        "outlierDetection": [
                            "consecutive5xxErrors": 3, "interval": "5s", "baseEjectionTime": "30s",
                            "maxEjectionPercent": 50,
                        ],
                    ],
                ]),
            Make.destinationRule(
                "shop", "catalog",
                [
                    "host": "catalog.shop.svc.cluster.local",
                    "trafficPolicy": [
                        "connectionPool": ["http": ["http2MaxRequests": 200, "http1MaxPendingRequests": 100]]
                    ],
                ]),
            Make.destinationRule(
                "shop", "currency", ["host": "currency", "trafficPolicy": ["loadBalancer": ["simple": "ROUND_ROBIN"]]]),
            // The one replica of the first is what makes a drain wait for ever.
            Make.object(
                "policy/v1", "PodDisruptionBudget", "shop", "redis-cart",
                spec: ["minAvailable": 1, "selector": ["matchLabels": ["app": "redis-cart"]]]),
            Make.object(
                "policy/v1", "PodDisruptionBudget", "shop", "orders-db",
                spec: ["maxUnavailable": 1, "selector": ["matchLabels": ["app": "orders-db"]]]),
            Make.istio("PeerAuthentication", "security.istio.io", "shop", "default", ["mtls": ["mode": "STRICT"]]),
            Make.istio(
                "PeerAuthentication", "security.istio.io", "istio-system", "default", ["mtls": ["mode": "PERMISSIVE"]]),
            Make.istio(
                "AuthorizationPolicy", "security.istio.io", "shop", "payment-callers",
                [
                    "selector": ["matchLabels": ["app": "payment"]], "action": "ALLOW",
                    "rules": [["from": [["source": ["principals": ["cluster.local/ns/shop/sa/checkout"]]]]]],
                ]),
            Make.istio(
                "Telemetry", "telemetry.istio.io", "istio-system", "mesh-default",
                ["accessLogging": [["providers": [["name": "envoy"]]]]]),
            Make.istio(
                "HTTPRoute", "gateway.networking.k8s.io", "shop", "users-split",
                [
                    "parentRefs": [["group": "", "kind": "Service", "name": "users", "port": 8080]],
                    "rules": [
                        [
                            "backendRefs": [
                                ["name": "users", "port": 8080, "weight": 80],
                                ["name": "users-next", "port": 8080, "weight": 20],
                            ]
                        ]
                    ],
                ]),
        ]
    }
}
