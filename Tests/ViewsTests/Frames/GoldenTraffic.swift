// Who calls whom in the kept screens' mesh, how its routes split and what its breakers do.

@testable import Base
@testable import Kube
@testable import MeshModel

extension GoldenMesh {
    static let edges: [MeshEdge] = {
        var edges: [MeshEdge] = [
            edge("edge/istio-ingressgateway", "edge/api-gateway", 1240, 0.0004),
            edge("edge/api-gateway-v1", "shop/frontend", 1180, 0.0006),
            edge("shop/frontend-v1", "shop/catalog", 905, 0.00004), edge("shop/frontend-v1", "shop/cart", 310, 0.0012),
            edge("shop/frontend-v1", "shop/currency", 1800, 0), edge("shop/frontend-v1", "shop/search", 66.4, 0.0009),
            edge("shop/frontend-v1", "payments/checkout", 84.2, 0.021),
            edge("shop/frontend-v1", "shop/reviews", 128, 0.001, to: "v1"),
            edge("shop/frontend-v1", "shop/reviews", 50, 0.013, to: "v2"),
            edge("shop/reviews-v2", "shop/ratings", 61, 0.002), edge("shop/search-v1", "shop/catalog", 60, 0),
            edge("payments/checkout-v1", "payments/ledger", 79.6, 0.137),
            edge("payments/checkout-v1", "shop/currency", 84, 0),
            edge("payments/checkout-v1", "shop/shipping", 8.05, 0),
            edge("payments/checkout-v1", "payments/payment-provider-adapter-for-card-and-wallet", 12.1, 0.0031),
            edge("unknown/unknown", "shop/inventory", 48.7, 0.012),
            edge("shop/catalog-v1", "team-international-commerce-platform-staging/検索サービス-日本", 3.3, 0.0007),
        ]
        edges.append(edge("shop/cart-v1", "shop/redis", nil, nil))
        edges[edges.count - 1].meshProtocol = .tcp
        edges[edges.count - 1].bytesSentPerSecond = 40_000
        edges[edges.count - 1].bytesReceivedPerSecond = 8_200
        // The client was refused what the server never saw.
        edges[6].clientView = MeshEdge.ClientView(
            requestsPerSecond: 90, errorRatio: 0.09, responses: ["503": 8.1], flags: ["UO": 8.1])
        return edges
    }()

    private static func edge(
        _ from: String, _ to: String, _ rate: Double?, _ errors: Double?, to version: String = "v1"
    ) -> MeshEdge {
        let (from, to) = (from.split(separator: "/").map(String.init), to.split(separator: "/").map(String.init))
        return MeshEdge(
            source: MeshNode(namespace: from[0], workload: from[1]),
            destination: MeshNode(namespace: to[0], workload: "\(to[1])-\(version)", app: to[1], version: version),
            service: ServiceID(namespace: to[0], name: to[1]), host: "\(to[1]).\(to[0]).svc.cluster.local",
            requestsPerSecond: rate, errorRatio: errors,
            latencyMs: rate == nil ? Latency() : Latency(p50: 4, p95: 21, p99: 38), mtlsRatio: 1,
            requestHistory: wave(rate, from[1].count), p99History: wave(rate == nil ? nil : 38, to[1].count))
    }

    // MARK: Routes

    static let routes: [RouteSummary] = {
        var canary = route("reviews", 0, [("v1", 70, 0.712, 128), ("v2", 30, 0.288, 50), ("v3", 0, 0, 0)])
        canary.extras = ["timeout 2s", "retries 3 on 5xx"]
        canary.mirrors = [
            RouteSummary.Destination(
                host: "reviews.shop.svc.cluster.local", subset: "v3", configuredShare: 0.1, requestsPerSecond: 17.8)
        ]
        var matched = route("reviews", 1, [("v2", 100, 1, 2.1)])
        matched.match = "header x-region exact 東京, or cookie session regex ^beta"
        var off = route("checkout", 0, [("stable", 90, 0.61, 51.4), ("canary", 10, 0.39, 32.8)], in: "payments")
        off.manager = "Flagger"
        var broken = route("recommendation", 0, [("v1", 50, 1, 122), ("v4", 50, nil, nil)])
        broken.destinations[1].problem = "no such subset"
        broken.problem = "half of its traffic goes nowhere"
        var shared = RouteSummary(
            kind: .httpRoute, namespace: "shop", name: "catalog-by-path", host: "shop.example.com", index: 0,
            section: .rules, match: "path /catalog", gateways: ["edge/public"],
            destinations: [
                RouteSummary.Destination(
                    host: "catalog", port: 8080, weight: 1, configuredShare: 1, observedShare: 1,
                    observedShareInterval: 0.999...1, requestsPerSecond: 905, errorRatio: 0.00004,
                    latencyMs: Latency(p99: 19))
            ], service: ServiceID(namespace: "shop", name: "catalog"))
        shared.destinations[0].sharedWithRules = ["shop/frontend rule 2"]
        var unmeasured = route("users", 0, [("v1", 60, nil, nil), ("v2", 40, nil, nil)])
        for place in unmeasured.destinations.indices { unmeasured.destinations[place].dividedWorkloads = ["users-v1"] }
        var tcp = route("redis", 0, [("primary", 100, nil, nil)])
        tcp.section = .tcp
        tcp.match = "port 6379"
        return [off, shared, broken, canary, matched, tcp, unmeasured]
    }()

    private static func route(
        _ name: String, _ index: Int, _ parts: [(subset: String, weight: Int, share: Double?, rate: Double?)],
        in namespace: String = "shop"
    ) -> RouteSummary {
        RouteSummary(
            kind: .virtualService, namespace: namespace, name: name, host: name, index: index,
            destinations: parts.map { part in
                RouteSummary.Destination(
                    host: "\(name).\(namespace).svc.cluster.local", subset: part.subset, weight: part.weight,
                    configuredShare: Double(part.weight) / 100, observedShare: part.share,
                    observedShareInterval: part.share.map { max(0, $0 - 0.016)...min(1, $0 + 0.016) },
                    requestsPerSecond: part.rate, errorRatio: part.rate.map { $0 > 40 && $0 < 60 ? 0.013 : 0.001 },
                    latencyMs: Latency(p99: part.rate.map { 30 + $0 / 2 }))
            }, service: ServiceID(namespace: namespace, name: name))
    }

    // MARK: Breakers

    static let breakers: [BreakerSummary] = {
        var ejecting = breaker("reviews", .ejecting, .envoyAdmin)
        ejecting.outlierDetection = .init(consecutive5xxErrors: 3, maxEjectionPercent: 50, minHealthPercent: 30)
        ejecting.ejectedHosts = [
            .init(
                pod: "reviews-v2-6c9f7d-x2x4v", since: .noon + -41, until: .noon + 23,
                reason: "14 of 22 requests failed with 503", times: 2),
            .init(pod: "reviews-v3-77f5c-9kq2m"),
        ]
        (ejecting.hosts, ejecting.clients, ejecting.panic) = (4, 5, .panicking)
        var open = breaker("checkout", .open, .envoyStats, in: "payments")
        (open.overflowPerSecond, open.clients, open.hosts) = (8.1, 5, 3)
        open.headroom = .init(connections: 0.4, pending: 0, requests: 0.02, retries: 1)
        open.subset = "canary"
        var near = breaker("search", .saturating, .envoyAdmin)
        (near.clients, near.hosts, near.fullInSeconds) = (5, 3, 340)
        near.headroom = .init(connections: 0.14, pending: 0.5)
        near.clientNamespaces = ["edge", "shop"]
        var closed = breaker("catalog", .closed, .envoyAdmin)
        (closed.clients, closed.hosts) = (6, 6)
        closed.headroom = .init(connections: 0.91, pending: 1, requests: 0.97)
        closed.origin = ["DestinationRule shop/catalog", "mesh default"]
        var unseen = breaker("ledger", .unknown, .none, in: "payments")
        unseen.detail = "no client's proxy was asked; its pods would tell with an annotation (P)"
        unseen.silentClient = ObjectKey("payments", "checkout-v1")
        var flags = breaker("inventory", .closed, .responseFlags)
        flags.overflowPerSecond = 0
        let none = BreakerSummary(
            namespace: "shop", destinationRule: "", host: "cart.shop.svc.cluster.local", state: .notConfigured,
            service: ServiceID(namespace: "shop", name: "cart"))
        return [ejecting, open, near, closed, unseen, flags, none]
    }()

    private static func breaker(
        _ name: String, _ state: BreakerSummary.State, _ evidence: BreakerSummary.Evidence,
        in namespace: String = "shop"
    ) -> BreakerSummary {
        BreakerSummary(
            namespace: namespace, destinationRule: name, host: "\(name).\(namespace).svc.cluster.local",
            limits: .init(connections: 100, pending: 32, requests: name == "search" ? nil : 64),
            outlierDetection: name == "inventory" ? nil : .init(), state: state, evidence: evidence,
            service: ServiceID(namespace: namespace, name: name))
    }
}
