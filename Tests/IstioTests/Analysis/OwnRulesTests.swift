import Base
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// The codes that istioctl's own cases leave out, and MeshTop's own.
@Suite struct OwnRulesTests {
    private func object(_ kind: String, _ api: String, _ name: String, _ rest: String, namespace: String = "shop")
        -> String
    {
        "---\napiVersion: \(api)\nkind: \(kind)\nmetadata: {name: \(name)\(namespace.isEmpty ? "" : ", namespace: \(namespace)")}\n\(rest)\n"
    }

    private func rule(_ name: String, _ spec: String) -> String {
        object("DestinationRule", "networking.istio.io/v1", name, "spec: \(spec)")
    }

    private func routes(_ name: String, _ spec: String) -> String {
        object("VirtualService", "networking.istio.io/v1", name, "spec: \(spec)")
    }

    private func namespace(_ name: String, _ labels: String) -> String {
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: \(name), labels: {\(labels)}}\n"
    }

    @Test func namespacesAndTheirInjection() throws {
        let found = try codes(
            namespace("plain", "a: b") + namespace("yes-on", "istio-injection: enabled")
                + namespace("is-off", "istio-injection: disabled")
                + namespace("both", "istio-injection: enabled, istio.io/rev: canary")
                + namespace("mesh", "istio.io/dataplane-mode: ambient") + namespace("kube-system", "a: b"),
            "IST0102", "IST0123", "IST0148")
        #expect(found == ["IST0123 Namespace both", "IST0102 Namespace plain"])
        let byDefault = try codes(
            namespace("plain", "a: b")
                + object(
                    "ConfigMap", "v1", "istio-sidecar-injector",
                    "data: {values: '{\"sidecarInjectorWebhook\": {\"enableNamespacesByDefault\": true}}'}",
                    namespace: "istio-system"),
            "IST0102", "IST0148")
        #expect(byDefault == ["IST0148 Namespace plain"])
    }

    @Test func aFilterThatRemovesWhatCannotBeRemoved() throws {
        func filter(_ place: String) -> String {
            object(
                "EnvoyFilter", "networking.istio.io/v1alpha3", "f",
                "spec: {configPatches: [{applyTo: \(place), patch: {operation: REMOVE}}]}")
        }
        #expect(try codes(filter("HTTP_ROUTE"), "IST0154") == ["IST0154 EnvoyFilter shop/f"])
        #expect(try codes(filter("ROUTE_CONFIGURATION"), "IST0154") == ["IST0154 EnvoyFilter shop/f"])
        #expect(try codes(filter("HTTP_FILTER"), "IST0154").isEmpty)
    }

    @Test(arguments: [
        "match: [{uri: {regex: '/a(b'}}]", "match: [{headers: {x: {exact: a}, y: {regex: '*'}}}]",
        "match: [{withoutHeaders: {x: {regex: '(?=a)'}}}]", "match: [{queryParams: {q: {regex: '\\1'}}}]",
        "match: [{authority: {regex: ''}}]", "corsPolicy: {allowOrigins: [{exact: a}, {regex: 'a{1001}'}]}",
        "rewrite: {uriRegexRewrite: {match: '[z-a]', rewrite: /}}",
    ])
    func aPatternThatNoProxyReads(_ part: String) throws {
        let service = routes("r", "{hosts: [cart], http: [{\(part), route: [{destination: {host: cart}}]}]}")
        #expect(try codes(service, "IST0106") == ["IST0106 VirtualService shop/r"])
    }

    @Test func patternsThatProxiesRead() throws {
        let good = routes(
            "r",
            "{hosts: [cart], http: [{match: [{uri: {regex: '(?i)/a(?P<n>b|c)*[[:alpha:]]{2,}\\\\pL'}, headers: {h: {exact: '('}}}]}]}"
        )
        #expect(try codes(good, "IST0106").isEmpty)
        func route(_ match: String) -> String {
            object(
                "HTTPRoute", "gateway.networking.k8s.io/v1", "r",
                "spec: {parentRefs: [{name: g}], rules: [{matches: [\(match)]}]}")
        }
        #expect(
            try codes(route("{path: {type: RegularExpression, value: '/a('}}"), "IST0133") == [
                "IST0133 HTTPRoute shop/r"
            ])
        #expect(try codes(route("{path: {type: PathPrefix, value: '/a('}}"), "IST0133").isEmpty)
    }

    @Test func telemetryThatNamesNoProvider() throws {
        func telemetry(_ spec: String, _ name: String = "t", _ namespace: String = "shop") -> String {
            object("Telemetry", "telemetry.istio.io/v1", name, "spec: \(spec)", namespace: namespace)
        }
        let empty = telemetry("{accessLogging: [{filter: {expression: 'true'}}]}")
        #expect(try codes(empty, "IST0157") == ["IST0157 Telemetry shop/t"])
        #expect(try codes(telemetry("{accessLogging: [{disabled: true}]}"), "IST0157").isEmpty)
        #expect(try codes(telemetry("{accessLogging: [{providers: [{name: envoy}]}]}"), "IST0157").isEmpty)
        let parent = telemetry("{accessLogging: [{providers: [{name: envoy}]}]}", "mesh", "istio-system")
        #expect(try codes(empty + parent, "IST0157").isEmpty)
    }

    @Test func podsThatMissedTheirProxy() throws {
        let injected = namespace("shop", "istio-injection: enabled")
        #expect(
            try codes(injected + application("cart", sidecar: false), "IST0103") == ["IST0103 Pod shop/cart-v1-abc-1"])
        #expect(try codes(injected + application("cart"), "IST0103").isEmpty)
        let optedOut =
            injected
            + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: job, namespace: shop, labels: {sidecar.istio.io/inject: \"false\"}}\nspec: {containers: [{name: a}]}\n"
        #expect(try codes(optedOut, "IST0103").isEmpty)
        let automatic =
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gateway, namespace: edge}\nspec: {template: {metadata: {labels: {app: g}}, spec: {containers: [{name: istio-proxy, image: auto}]}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: lone, namespace: edge}\nspec: {containers: [{name: istio-proxy, image: auto}]}\n"
        #expect(
            try codes(automatic, "IST0146", "IST0147") == ["IST0147 Pod edge/lone", "IST0146 Deployment edge/gateway"])
        #expect(try codes(automatic + namespace("edge", "istio-injection: enabled"), "IST0146", "IST0147").isEmpty)
    }

    @Test func portsWithoutAProtocol() throws {
        let found = try codes(
            object(
                "Service", "v1", "odd",
                "spec: {selector: {a: b}, ports: [{name: web, port: 8080}, {port: 81}, {name: http-x, port: 82}, {name: x, port: 83, appProtocol: grpc}, {name: y, port: 3306}, {name: dns, port: 54, protocol: UDP}]}"
            ),
            "IST0118")
        #expect(found == ["IST0118 Service shop/odd", "IST0118 Service shop/odd"])
    }

    @Test func gatewaysThatShareACertificate() throws {
        func gateway(_ name: String, _ host: String) -> String {
            object(
                "Gateway", "networking.istio.io/v1", name,
                "spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [\(host)], tls: {mode: SIMPLE, credentialName: shared}}]}"
            )
        }
        #expect(
            try codes(gateway("a", "a.com") + gateway("b", "b.com"), "IST0138") == [
                "IST0138 Gateway shop/a", "IST0138 Gateway shop/b",
            ])
        #expect(try codes(gateway("a", "a.com"), "IST0138").isEmpty)
    }

    @Test func subsetsAtTheIngress() throws {
        let inside = routes("inside", "{hosts: [cart], http: [{route: [{destination: {host: cart, subset: v1}}]}]}")
        let edge = routes("edge", "{hosts: [shop.com], gateways: [gw], http: [{route: [{destination: {host: cart}}]}]}")
        #expect(try codes(inside + edge, "IST0140") == ["IST0140 VirtualService shop/inside"])
        #expect(try codes(inside, "IST0140").isEmpty)
    }

    @Test func claimsNeedAnAuthentication() throws {
        let gateway = object(
            "Gateway", "networking.istio.io/v1", "gw", "spec: {selector: {istio: ingressgateway}, servers: []}")
        let claims = routes(
            "claims",
            #"{hosts: [shop.com], gateways: [gw], http: [{match: [{headers: {"@request.auth.claims.group": {exact: staff}}}], route: [{destination: {host: cart}}]}]}"#
        )
        #expect(try codes(gateway + claims, "IST0149") == ["IST0149 VirtualService shop/claims"])
        let authentication = object(
            "RequestAuthentication", "security.istio.io/v1", "jwt",
            "spec: {selector: {matchLabels: {istio: ingressgateway}}, jwtRules: [{issuer: x}]}",
            namespace: "istio-system")
        #expect(try codes(gateway + claims + authentication, "IST0149").isEmpty)
    }

    /// https://gateway-api.sigs.k8s.io/concepts/versioning/: v1beta1 came with v0.5.0 (grants with v0.6.0), v1 with v1.0.0
    /// (gRPC routes with v1.1.0).
    @Test(arguments: [
        ("httproutes", "v0.4.3", ["IST0156", "IST0172"]), ("httproutes", "v0.8.1", ["IST0172"]),
        ("httproutes", "v1.0.0", []), ("gateways", "v0.5.0-rc1", ["IST0172"]), ("grpcroutes", "v1.0.0", ["IST0172"]),
        ("grpcroutes", "v1.1.0", []), ("referencegrants", "v0.5.1", ["IST0156"]), ("referencegrants", "v0.8.0", []),
        ("tlsroutes", "v1.4.0", ["IST0176"]), ("tlsroutes", "v1.5.0", []),
    ])
    func definitionsThatAreTooOld(_ kind: String, _ bundle: String, _ expected: [String]) throws {
        let definition =
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: \(kind).gateway.networking.k8s.io, annotations: {gateway.networking.k8s.io/bundle-version: \(bundle)}}\n"
        #expect(
            try codes(definition, "IST0156", "IST0172", "IST0176")
                == expected.map { "\($0) CustomResourceDefinition \(kind).gateway.networking.k8s.io" })
    }

    @Test func entriesThatDisagree() throws {
        func entry(_ name: String, _ wire: String) -> String {
            object(
                "ServiceEntry", "networking.istio.io/v1", name,
                "spec: {hosts: [api.com], addresses: [10.0.0.1], ports: [{number: 443, name: p, protocol: \(wire)}], resolution: DNS}"
            )
        }
        #expect(
            try codes(entry("a", "HTTPS") + entry("b", "TLS"), "IST0177") == [
                "IST0177 ServiceEntry shop/a", "IST0177 ServiceEntry shop/b",
            ])
        #expect(try codes(entry("a", "HTTPS") + entry("b", "https"), "IST0177").isEmpty)
    }

    @Test func registriesThatNobodyKnows() throws {
        let map = object(
            "ConfigMap", "v1", "istio",
            "data: {mesh: '{}', meshNetworks: 'networks: {n1: {endpoints: [{fromRegistry: east}, {fromRegistry: west}]}}'}",
            namespace: "istio-system")
        let secret =
            "---\napiVersion: v1\nkind: Secret\nmetadata: {name: remote, namespace: istio-system, labels: {istio/multiCluster: \"true\"}}\nstringData: {east: x}\n"
        #expect(try codes(map + secret, "IST0126") == ["IST0126 ConfigMap istio-system/istio"])
        #expect(try codes(map, "IST0126").isEmpty)
    }

    @Test func valuesThatIstioRefuses() throws {
        let wrong = [
            rule("no-host", "{subsets: [{name: a}]}"), rule("pool", "{host: a, trafficPolicy: {connectionPool: {}}}"),
            rule("twice", "{host: a, subsets: [{name: v1}, {name: v1}]}"),
            rule("time", "{host: a, trafficPolicy: {outlierDetection: {interval: soon}}}"),
            rule("percent", "{host: a, trafficPolicy: {outlierDetection: {maxEjectionPercent: 120}}}"),
            routes("weight", "{hosts: [a], http: [{route: [{destination: {host: a}, weight: -1}]}]}"),
            routes(
                "both",
                "{hosts: [a], http: [{mirror: {host: a}, mirrors: [{destination: {host: a}}], route: [{destination: {host: a}}]}]}"
            ),
            object(
                "PeerAuthentication", "security.istio.io/v1", "ports", "spec: {portLevelMtls: {80: {mode: STRICT}}}"),
            object("AuthorizationPolicy", "security.istio.io/v1", "custom", "spec: {action: CUSTOM, rules: [{}]}"),
            object(
                "AuthorizationPolicy", "security.istio.io/v1", "key",
                "spec: {rules: [{when: [{key: request.header, values: [a]}]}]}"),
            object("RequestAuthentication", "security.istio.io/v1", "issuer", "spec: {jwtRules: [{jwksUri: x}]}"),
            object(
                "Sidecar", "networking.istio.io/v1", "egress",
                "spec: {egress: [{hosts: [cart.shop.svc.cluster.local]}]}"),
            object(
                "Gateway", "networking.istio.io/v1", "tls",
                "spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 443, name: a, protocol: HTTPS}, hosts: [a]}]}"
            ),
            object(
                "ServiceEntry", "networking.istio.io/v1", "wild",
                "spec: {hosts: ['*.a.com'], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}"),
            object("Telemetry", "telemetry.istio.io/v1", "type", "spec: {tracing: [{randomSamplingPercentage: many}]}"),
        ]
        for text in wrong {
            #expect(try codes(text, "IST0106").count == 1, "\(text)")
        }
        #expect(
            try codes(routes("star", "{hosts: ['*'], http: [{route: [{destination: {host: a}}]}]}"), "IST0133").count
                == 1)
    }

    @Test func fieldsThatTheServerDrops() throws {
        let text = rule(
            "dr",
            "{host: a, trafficPolicy: {circuitBreaker: {consecutiveErrors: 3, interval: 30s}, connectionPool: {http: {maxRequests: 5}}}}"
        )
        let findings = Analysis.findings(try manifests(text)).filter { $0.code == "MT0002" }
        #expect(
            findings.map(\.path).sorted() == [
                "spec.trafficPolicy.circuitBreaker", "spec.trafficPolicy.connectionPool.http.maxRequests",
            ])
        let fix = try #require(findings.first { $0.fix }?.mending)
        let mended = try Patching.json(
            fix.patch, to: ["spec": ["host": "a", "trafficPolicy": ["circuitBreaker": ["consecutiveErrors": 3]]]])
        #expect(mended.at("spec", "trafficPolicy", "outlierDetection", "consecutive5xxErrors") == 3)
        #expect(mended.at("spec", "trafficPolicy", "circuitBreaker") == nil)
    }

    @Test func fieldsAndValuesThatAreRetired() throws {
        let text =
            rule(
                "dr",
                "{host: a, trafficPolicy: {loadBalancer: {simple: LEAST_CONN}, outlierDetection: {consecutiveErrors: 7}}}"
            )
            + routes(
                "vs",
                "{hosts: [a], http: [{mirror: {host: b}, mirror_percent: 5, fault: {delay: {fixedDelay: 1s}}, timeout: 3s, route: [{destination: {host: a}}]}]}"
            )
        let findings = Analysis.findings(try manifests(text))
        func found(_ code: String) -> [String] { findings.filter { $0.code == code }.map(\.path) }
        #expect(found("MT0004") == ["spec.trafficPolicy.loadBalancer.simple"])
        #expect(
            found("MT0003").sorted() == [
                "spec.http[0].fault.delay", "spec.http[0].timeout",
                "spec.trafficPolicy.outlierDetection.consecutiveErrors",
            ])
        #expect(found("MT0009") == ["spec.http[0].mirror_percent"])
        // Every fix applies to what it is a fix of.
        for finding in findings {
            guard let fix = finding.mending else { continue }
            let whole: JSONValue =
                finding.object.kind == "DestinationRule"
                ? [
                    "spec": [
                        "host": "a",
                        "trafficPolicy": [
                            "loadBalancer": ["simple": "LEAST_CONN"], "outlierDetection": ["consecutiveErrors": 7],
                        ],
                    ]
                ]
                : ["spec": ["http": [["mirror_percent": 5, "fault": ["delay": ["fixedDelay": "1s"]]]]]]
            #expect(throws: Never.self) { try Patching.json(fix.patch, to: whole) }
        }
    }

    @Test func whatOperatorsMeet() throws {
        #expect(
            try codes(
                routes(
                    "vs",
                    "{hosts: [a], http: [{timeout: 3s, retries: {attempts: 3, perTryTimeout: 2s}, route: [{destination: {host: a}}]}]}"
                ), "MT0006"
            ).count == 1)
        #expect(
            try codes(
                routes(
                    "vs",
                    "{hosts: [a], http: [{timeout: 8s, retries: {attempts: 3, perTryTimeout: 2s}, route: [{destination: {host: a}}]}]}"
                ), "MT0006"
            ).isEmpty)
        #expect(
            try codes(rule("dr", "{host: a, trafficPolicy: {outlierDetection: {maxEjectionPercent: 100}}}"), "MT0007")
                .count == 1)
        #expect(
            try codes(
                rule(
                    "dr",
                    "{host: a, trafficPolicy: {outlierDetection: {maxEjectionPercent: 100, minHealthPercent: 30}}}"),
                "MT0007"
            ).isEmpty)
        #expect(
            try codes(
                routes(
                    "vs",
                    "{hosts: [a], http: [{route: [{destination: {host: a}, weight: 50}, {destination: {host: b}, weight: 40}]}]}"
                ), "MT0001"
            ).count == 1)
        let scaled =
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec: {replicas: 3, template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a}]}}}\n"
        func scaler(_ name: String) -> String {
            object(
                "HorizontalPodAutoscaler", "autoscaling/v2", name,
                "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}, minReplicas: 1, maxReplicas: 5}"
            )
        }
        #expect(try codes(scaled + scaler("one"), "MT0008") == ["MT0008 Deployment shop/cart"])
        #expect(try codes(scaler("one") + scaler("two"), "MT0008").count == 2)
    }

    @Test func olderServicesShadowAtAGateway() throws {
        let first =
            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: old, namespace: shop, creationTimestamp: \"2026-01-01T00:00:00Z\"}\nspec: {hosts: [shop.com], gateways: [gw], http: [{route: [{destination: {host: a}}]}]}\n"
        let second =
            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: new, namespace: shop, creationTimestamp: \"2026-02-01T00:00:00Z\"}\nspec: {hosts: [shop.com], gateways: [gw], http: [{match: [{uri: {prefix: /x}}], route: [{destination: {host: a}}]}]}\n"
        #expect(try codes(second + first, "MT0005") == ["MT0005 VirtualService shop/new"])
        // The other way round the newer one's catch-all is the last, as it should be.
        #expect(try codes(first.replacing("2026-01-01", with: "2026-03-01") + second, "MT0005").isEmpty)
    }

    @Test func bothSidesOfMTLS() throws {
        let strict = object("PeerAuthentication", "security.istio.io/v1", "default", "spec: {mtls: {mode: STRICT}}")
        let plain = rule("cart", "{host: cart, trafficPolicy: {tls: {mode: DISABLE}}}")
        #expect(try codes(application("cart") + strict + plain, "MT0012") == ["MT0012 DestinationRule shop/cart"])
        #expect(try codes(application("cart") + plain, "MT0012").isEmpty)
        #expect(try codes(application("cart", sidecar: false) + strict + plain, "MT0012").isEmpty)
    }

    @Test func routesOfTheGatewayAPI() throws {
        let route = object(
            "HTTPRoute", "gateway.networking.k8s.io/v1", "split",
            "spec: {rules: [{backendRefs: [{name: cart, port: 81}, {name: gone, port: 80}]}]}")
        #expect(
            try codes(application("cart") + route, "MT0010") == [
                "MT0010 HTTPRoute shop/split", "MT0010 HTTPRoute shop/split",
            ])
    }

    @Test func conditionsThatATCPPortCannotSee() throws {
        let policy = object(
            "AuthorizationPolicy", "security.istio.io/v1", "get",
            "spec: {selector: {matchLabels: {app: db}}, rules: [{to: [{operation: {methods: [GET]}}]}]}")
        #expect(
            try codes(application("db", port: "tcp-db") + policy, "MT0011") == ["MT0011 AuthorizationPolicy shop/get"])
        #expect(try codes(application("db", port: "http-db") + policy, "MT0011").isEmpty)
    }

    @Test func networkPoliciesInTheWay() throws {
        let closed = object(
            "NetworkPolicy", "networking.k8s.io/v1", "closed",
            "spec: {podSelector: {matchLabels: {app: cart}}, ingress: [{ports: [{port: 8080}]}]}")
        #expect(try codes(application("cart") + closed, "MT0013").count == 2)
        let open = object(
            "NetworkPolicy", "networking.k8s.io/v1", "open",
            "spec: {podSelector: {}, ingress: [{ports: [{port: 15000, endPort: 15100}]}]}")
        #expect(try codes(application("cart") + closed + open, "MT0013").isEmpty)
    }

    @Test func aCodeIsSilencedByAnAnnotation() throws {
        let text = rule("dr", "{host: a, trafficPolicy: {loadBalancer: {simple: LEAST_CONN}}}")
        let quiet = text.replacing(
            "namespace: shop}",
            with: "namespace: shop, annotations: {galley.istio.io/analyze-suppress: \"MT0004, IST0174\"}}")
        #expect(try codes(text, "MT0004", "IST0174").count == 2)
        #expect(try codes(quiet, "MT0004", "IST0174").isEmpty)
    }

    @Test func whatMayNotBeReadIsNotCalledMissing() throws {
        var world = World()
        try world.config(
            .virtualservices, "vs",
            ["hosts": ["a"], "http": [["route": [["destination": ["host": "a", "subset": "v1"]]]]]])
        func found() -> [String] {
            Analysis.findings(AnalysisWorld(objects: world.objects, time: testTime)).map(\.code)
        }
        #expect(found().contains("IST0101"))
        for kind in [WatchedKind.services, .destinationrules] { world.objects.states[kind] = (.forbidden, "no") }
        #expect(!found().contains("IST0101"))
        world.objects.states[.services] = (.ok, "")
        world.objects.namespacesRead[.services] = ["pay"]
        #expect(!found().contains("IST0101"))
    }

    @Test func anAnalysisIsKeptUntilSomethingThatItReadsChanges() throws {
        var world = World()
        try world.service("cart")
        try world.config(
            .destinationrules, "cart", ["host": "cart", "trafficPolicy": ["loadBalancer": ["simple": "LEAST_CONN"]]])
        var analysis = Analysis()
        let first = analysis.findings(AnalysisWorld(objects: world.objects, time: testTime))
        #expect(first.contains { $0.code == "MT0004" })
        try world.config(
            .destinationrules, "cart", ["host": "cart", "trafficPolicy": ["loadBalancer": ["simple": "RANDOM"]]])
        // A store that says nothing of a change is not looked at again; one that does is.
        let mended = world.objects.configs[.destinationrules]?.values.first
        _ = analysis.findings(AnalysisWorld(objects: world.objects, time: testTime))
        var set = ManifestSet(over: world.objects)
        try set.add(
            Array(rule("cart", "{host: cart, trafficPolicy: {loadBalancer: {simple: RANDOM}}}").utf8), name: "t",
            defaultNamespace: "shop")
        #expect(mended != nil)
        #expect(!analysis.findings(set.world(time: testTime)).contains { $0.code == "MT0004" })
    }
}
