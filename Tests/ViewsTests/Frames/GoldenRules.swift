// What holds for the kept screens' workloads, what is written wrong, and which kinds were read.

import Kube

@testable import Base
@testable import MeshModel

extension GoldenMesh {
    static let policies: [PolicySummary] = {
        var strict = policy("payments", "ledger-v1", "STRICT", "PeerAuthentication payments/default")
        strict.kind = "StatefulSet"
        strict.authorization = [
            .init(action: "DENY", name: "payments/no-admin", rules: 1, isDryRun: false),
            .init(action: "ALLOW", name: "payments/checkout-only", rules: 2, isDryRun: false),
            .init(action: "ALLOW", name: "payments/audit-trial", rules: 1, isDryRun: true),
        ]
        strict.standard = "denied, as ALLOW rules exist"
        strict.jwt = ["https://login.example.com"]
        strict.rateLimits = ["100 requests in each 1s"]
        strict.networkPolicies = ["payments/ledger"]
        strict.blockedPorts = [15012]
        strict.sidecar = "payments/default"
        strict.egressHosts = ["./*", "istio-system/*"]
        var permissive = policy("shop", "inventory-v1", "PERMISSIVE", "mesh default")
        (permissive.pods, permissive.podsWithoutProxy, permissive.injection) = (3, 1, .missing)
        permissive.ports = [.init(port: 9090, mode: "DISABLE", because: "PeerAuthentication shop/inventory")]
        permissive.clients = ["DISABLE by DestinationRule shop/inventory"]
        permissive.conflicts = ["clients send plain text to port 8080, which takes mutual TLS alone"]
        permissive.envoyFilters = ["shop/lua-headers"]
        permissive.proxyVersions = ["1.27.3", "1.29.2"]
        var ambient = policy("shop", "ratings-v1", "STRICT", "mesh default")
        ambient.injection = .ambient
        ambient.authorization = [
            .init(action: "CUSTOM", name: "shop/opa", rules: 1, isDryRun: false, waypoint: "shop/waypoint")
        ]
        ambient.telemetry = ["shop/sampling"]
        var off = policy("shop", "redis-v1", "DISABLE", "PeerAuthentication shop/redis")
        (off.kind, off.injection, off.pods, off.podsWithoutProxy) = ("StatefulSet", .off, 3, 3)
        off.proxyVersions = []
        return [strict, policy("shop", "cart-v1", "STRICT", "mesh default"), permissive, ambient, off]
    }()

    private static func policy(
        _ namespace: String, _ workload: String, _ mode: String, _ because: String
    ) -> PolicySummary {
        var policy = PolicySummary(
            namespace: namespace, kind: "Deployment", workload: workload, mtlsMode: mode, mtlsBecause: because)
        (policy.pods, policy.injection, policy.standard) = (4, .sidecar, "allowed")
        (policy.proxyVersions, policy.controlPlaneVersion) = (["1.29.2"], "1.29.2")
        return policy
    }

    static let findings: [Finding] = [
        Finding(
            code: "IST0101", severity: .error,
            object: FindingObject(kind: "VirtualService", namespace: "shop", name: "recommendation"),
            path: "spec.http[0].route[1].destination.subset",
            message: "subset v4 of host recommendation is in no DestinationRule: half of the requests get 503"),
        Finding(
            code: "MT0002", severity: .error,
            object: FindingObject(kind: "DestinationRule", namespace: "payments", name: "checkout"),
            path: "spec.circuitBreaker", message: "no such field: Istio ignores the whole block",
            mending: .init("move it to trafficPolicy.connectionPool", [["op": "move"]])),
        Finding(
            code: "IST0102", severity: .warning,
            object: FindingObject(kind: "Namespace", namespace: "", name: "default"),
            path: "metadata.labels", message: "the namespace has no injection label",
            mending: .init("label it istio-injection=disabled", [["op": "add"]])),
        Finding(
            code: "IST0127", severity: .warning,
            object: FindingObject(
                kind: "AuthorizationPolicy", namespace: "team-international-commerce-platform-staging",
                name: "allow-only-the-international-product-information-aggregator"),
            path: "spec.selector", message: "検索 selects no workload"),
        Finding(
            code: "IST0118", severity: .info,
            object: FindingObject(kind: "Service", namespace: "shop", name: "redis"), path: "spec.ports[0].name",
            message: "the port is named db, which says no protocol"),
    ]

    static let kinds: [KindStatus] = WatchedKind.all.enumerated().map { place, kind in
        let isAbsent = [WatchedKind.rollouts, .grpcroutes, .wasmplugins].contains(kind)
        return KindStatus(
            kind: kind.kind, group: kind.group, state: isAbsent ? .absent : .ok, count: isAbsent ? 0 : 3 + place % 7,
            detail: isAbsent ? "the cluster has no such kind" : "")
    }

    /// The shop as somebody sees it who may not read everything, while one kind cannot be decoded.
    static let partlyRead: MeshSnapshot = {
        var mesh = shop
        (mesh.routes, mesh.findings) = ([], [])
        for place in mesh.kinds.indices {
            switch mesh.kinds[place].kind {
            case "VirtualService", "Node", "Ingress":
                mesh.kinds[place] = unread(mesh.kinds[place], .forbidden, "RBAC does not let you list it")
            case "DestinationRule":
                mesh.kinds[place] = unread(mesh.kinds[place], .stale, "conversion webhook failed: connection refused")
            case "HorizontalPodAutoscaler": mesh.kinds[place] = unread(mesh.kinds[place], .down, "timed out")
            case "NetworkPolicy": mesh.kinds[place].state = .starting
            default: break
            }
        }
        for place in mesh.policies.indices {
            mesh.policies[place].gaps = [.authorizationpolicies: "AuthorizationPolicy not read: timed out"]
            mesh.policies[place].standard = PolicySummary.unknownStandard
        }
        return mesh
    }()

    private static func unread(_ kind: KindStatus, _ state: SourceStatus.State, _ why: String) -> KindStatus {
        KindStatus(kind: kind.kind, group: kind.group, state: state, count: 0, detail: why)
    }

    /// The shop with its sources in other states.
    static func sources(_ states: [(SourceName, SourceStatus.State, Double?, String)]) -> MeshSnapshot {
        var mesh = shop
        mesh.sources = states.map { name, state, age, detail in
            SourceStatus(name: name, state: state, asOf: age.map { Timestamp.noon + -$0 }, detail: detail)
        }
        return mesh
    }

    /// As many services as no screen has rows for.
    static let crowd: MeshSnapshot = {
        var mesh = shop
        mesh.services = (0..<400).map { number in
            var service = services[number % services.count]
            service.id.name = "service-\(number / 100)\(number / 10 % 10)\(number % 10)"
            return service
        }
        return mesh
    }()
}
