// The mesh that the kept screens show: a shop with something of everything. Nothing in it comes from a clock or a
// server, so its frames are the same on every machine.

import Kube

@testable import Base
@testable import MeshModel

enum GoldenMesh {
    static let contexts = [
        "arn:aws:eks:eu-west-1:123456789012:cluster/shop-prod", "arn:aws:eks:eu-west-1:123456789012:cluster/shop-dev",
        "kind-local", "東京-検証",
    ]

    static let shop: MeshSnapshot = {
        var mesh = MeshSnapshot(
            time: .noon, context: contexts[0],
            sources: [
                SourceStatus(name: .kubernetes, state: .ok, asOf: .noon, detail: "kube-apiserver 1.34"),
                SourceStatus(name: .metrics, state: .ok, asOf: .noon + -3, detail: "istio-system/prometheus"),
                SourceStatus(name: .tracing, state: .absent, detail: "no tracing service was found"),
                SourceStatus(name: .envoy, state: .ok, asOf: .noon + -4, detail: "6 proxies"),
            ], namespaces: namespaces, workloads: workloads, services: services, edges: edges, routes: routes,
            breakers: breakers, policies: policies, findings: findings,
            insights: [
                Insight(
                    kind: "latency", subject: "shop/search", since: .noon + -240, severity: .warning,
                    evidence: "p99 is 3.1 times what it was an hour ago", suggestion: "look at its callers")
            ], kinds: kinds)
        mesh.serviceEntryHosts = ["api.psp.example.com"]
        mesh.objectives = [
            ObjectiveStatus(
                service: ServiceID(namespace: "payments", name: "ledger"), measure: .availability, target: 0.999,
                burn: [300: 22, 1800: 18, 3600: 16, 21600: 5])
        ]
        return mesh
    }()

    /// A cluster that answers and has nothing in it.
    static let empty = MeshSnapshot(
        time: .noon, context: contexts[0],
        sources: [
            SourceStatus(name: .kubernetes, state: .ok, asOf: .noon),
            SourceStatus(name: .metrics, state: .absent, detail: "no Prometheus was found"),
        ], kinds: kinds.map { KindStatus(kind: $0.kind, group: $0.group, state: .ok, count: 0) })

    static let namespaces = [
        NamespaceSummary(name: "default"), NamespaceSummary(name: "edge", injection: true),
        NamespaceSummary(name: "payments", injection: true, production: true),
        NamespaceSummary(name: "shop", injection: true),
        NamespaceSummary(name: "team-international-commerce-platform-staging", injection: true),
    ]

    /// Repeats without being a straight line; of every third one each ninth value was not measured.
    static func wave(_ base: Double?, _ seed: Int, growth: Double = 0) -> History {
        guard let base else { return History() }
        var values: [Double?] = []
        for step in 0..<120 {
            let isMissing = (step + seed) % 9 == 8 && seed % 3 == 0
            let swing = Double((step * (seed + 3)) % 17) / 40
            values.append(isMissing ? nil : base * (1 + swing + growth * Double(step) / 120))
        }
        return History(values: values)
    }

    // MARK: Services and workloads

    private static let staging = "team-international-commerce-platform-staging"

    private struct Line {
        var namespace: String
        var name: String
        var health: Health
        var rate: Double?
        var errors: Double?
        var p50: Double?
        var p99: Double?
        var ready: Int?
        var pods: Int?
        var mtls: Double?

        init(
            _ namespace: String, _ name: String, _ health: Health, _ rate: Double?, _ errors: Double?, _ p50: Double?,
            _ p99: Double?, _ ready: Int?, _ pods: Int?, _ mtls: Double?
        ) {
            (self.namespace, self.name, self.health) = (namespace, name, health)
            (self.rate, self.errors, self.p50, self.p99) = (rate, errors, p50, p99)
            (self.ready, self.pods, self.mtls) = (ready, pods, mtls)
        }

        var latency: Latency { Latency(p50: p50, p95: p95, p99: p99) }
        var p95: Double? { p99.map { $0 * 0.7 } }
    }

    /// In the order of their names.
    private static let lines: [Line] = [
        Line("edge", "api-gateway", .healthy, 1240, 0.0004, 8.4, 96, 3, 3, 1),
        Line("payments", "checkout", .degraded, 84.2, 0.021, 41, 380, 3, 3, 1),
        Line("payments", "ledger", .failing, 79.6, 0.137, 22, 1460, 1, 4, 1),
        Line("payments", "payment-provider-adapter-for-card-and-wallet", .healthy, 12.1, 0.0031, 120, 990, 2, 2, 1),
        Line("shop", "ads", .idle, 0, nil, nil, nil, 1, 1, nil),
        Line("shop", "cart", .healthy, 310, 0.0012, 3.1, 28, 4, 4, 1),
        Line("shop", "catalog", .healthy, 905, 0.00004, 2.2, 19, 6, 6, 0.998),
        Line("shop", "currency", .healthy, 2210, 0, 0.4, 2.9, 2, 2, 1),
        Line("shop", "email", .unknown, nil, nil, nil, nil, nil, nil, nil),
        Line("shop", "frontend", .healthy, 1180, 0.0006, 31, 210, 5, 5, 1),
        Line("shop", "images", .healthy, 5_430_000, 0, 0.9, 6.4, 8, 8, 1),
        Line("shop", "inventory", .degraded, 48.7, 0.012, 9.8, 88, 2, 3, 0.62),
        Line("shop", "ratings", .healthy, 61, 0.002, 5.6, 44, 1, 1, 1),
        Line("shop", "recommendation", .healthy, 122, 0, 17, 140, 2, 2, 1),
        Line("shop", "redis", .healthy, nil, nil, nil, nil, 3, 3, 0),
        Line("shop", "reviews", .healthy, 180, 0.0044, 12, 61, 4, 4, 1),
        Line("shop", "search", .degraded, 66.4, 0.0009, 88, 2480, 3, 3, 1),
        Line("shop", "sessions", .idle, 0, nil, nil, nil, 0, 0, nil),
        Line("shop", "shipping", .healthy, 8.05, 0, 6, 31, 1, 1, 1),
        Line("shop", "users", .healthy, 0.003, 0, 4.4, 9, 2, 2, 1),
        Line(staging, "international-product-information-aggregator-v2", .healthy, 0.41, 0, 14, 77, 1, 1, 1),
        Line(staging, "international-product-information-aggregator-v3", .failing, 0.39, 1, 14, 30_500, 0, 1, 1),
        Line(staging, "検索サービス-日本", .healthy, 3.3, 0.0007, 21, 130, 2, 2, 1),
    ]

    static let services: [ServiceSummary] = lines.indices.map { service(lines[$0], seed: $0) }

    private static func service(_ line: Line, seed: Int) -> ServiceSummary {
        var service = ServiceSummary(
            id: ServiceID(namespace: line.namespace, name: line.name),
            hosts: ["\(line.name).\(line.namespace).svc.cluster.local"], health: line.health,
            requestsPerSecond: line.rate, errorRatio: line.errors, latencyMs: line.latency, mtlsRatio: line.mtls,
            readyPods: line.ready, pods: line.pods)
        service.workloads = versions(line.name).map { "\(line.name)-\($0)" }
        if line.name == "redis" { service.bytesPerSecond = 48_200 }
        service.requestHistory = wave(line.rate, seed)
        service.p50History = wave(line.p50, seed)
        service.p95History = wave(line.p95, seed + 1)
        service.p99History = wave(line.p99, seed + 2, growth: line.name == "search" ? 1 : 0)
        return service
    }

    private static func versions(_ name: String) -> [String] {
        switch name {
        case "reviews": ["v1", "v2", "v3"]
        case "recommendation": ["v1", "v2"]
        default: ["v1"]
        }
    }

    static let workloads: [WorkloadSummary] = lines.flatMap(workloads) + others

    private static func workloads(_ line: Line) -> [WorkloadSummary] {
        versions(line.name).map { version in
            let isSet = ["redis", "ledger"].contains(line.name)
            var workload = WorkloadSummary(
                namespace: line.namespace, kind: isSet ? "StatefulSet" : "Deployment", name: "\(line.name)-\(version)",
                app: line.name, version: line.name == "email" ? nil : version, desired: line.pods, ready: line.ready)
            workload.dataPlane = line.name == "redis" ? .none : .sidecar
            workload.health = line.health
            (workload.requestsPerSecond, workload.errorRatio) = (line.rate, line.errors)
            workload.latencyMs = line.latency
            if ["ads", "frontend", "checkout"].contains(line.name) {
                workload.autoscaler = .init(name: line.name, minimum: 2, maximum: 6, current: 5, desired: 6)
            }
            if line.name == "cart" { workload.manager = "Argo CD" }
            return workload
        }
    }

    private static let others: [WorkloadSummary] = [
        WorkloadSummary(
            namespace: "edge", kind: "Deployment", name: "istio-ingressgateway", app: "istio-ingressgateway",
            desired: 2, ready: 2, dataPlane: .gateway, health: .healthy, requestsPerSecond: 1240, errorRatio: 0.0004),
        WorkloadSummary(
            namespace: "shop", kind: "DaemonSet", name: "log-shipper", desired: 12, ready: 11, health: .degraded),
        WorkloadSummary(namespace: "shop", kind: "CronJob", name: "nightly-export", dataPlane: .none, health: .idle),
    ]
}
