// A cluster of a later version, whose objects have fields that nobody here has heard of.

import Base
import Kube
import MeshModel
import TestSupport

@testable import Actions

final class FutureCluster: Sendable {
    private let server: CannedServer
    private let client: KubeClient

    init() throws {
        let objects = Self.objects
        server = try CannedServer { line in
            let parts = line.split(separator: " ").map(String.init)
            let path = String((parts.last ?? "").prefix { $0 != "?" })
            switch path {
            case "/version": return .init(200, ["gitVersion": "v1.99.0"])
            case "/api": return .init(200, ["kind": "APIGroupDiscoveryList", "items": []])
            case "/apis": return .init(200, CannedServer.discovery)
            default: break
            }
            if let object = objects[path] { return .init(200, object) }
            let kind = path.split(separator: "/").last.map(String.init) ?? ""
            if WatchedKind.all.contains(where: { $0.resource == kind }) || kind == "replicasets" {
                let items = objects.filter { Self.isIn(path, $0.key) }.sorted { $0.key < $1.key }.map(\.value)
                return .init(200, ["kind": "List", "items": .array(items)])
            }
            return .init(404, ["kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"])
        }
        client = try server.client()
    }

    /// Whether an object is in a collection, of one namespace or of all.
    private static func isIn(_ collection: String, _ object: String) -> Bool {
        let parts = object.split(separator: "/")
        if object.hasPrefix(collection + "/") { return object.dropFirst(collection.count + 1).allSatisfy { $0 != "/" } }
        guard let place = parts.firstIndex(of: "namespaces"), place + 2 < parts.count else { return false }
        return "/" + (parts[..<place] + [parts[place + 2]]).joined(separator: "/") == collection
    }

    func world() async throws -> PlanWorld {
        PlanWorld(client: client, discovery: try await client.discovery(), snapshot: nil)
    }

    // MARK: Objects

    private static let objects: [String: JSONValue] = {
        var objects: [String: JSONValue] = [:]
        for text in manifests {
            guard let object = try? YAML.document(Array(text.utf8)) else { preconditionFailure(text) }
            let apiVersion = object["apiVersion"]?.string ?? ""
            let (kind, name) = (object["kind"]?.string ?? "", object.at("metadata", "name")?.string ?? "")
            let resource =
                kind == "ReplicaSet" ? "replicasets" : WatchedKind.named(kind, apiVersion: apiVersion)?.resource
            let root = apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
            let place = object.at("metadata", "namespace")?.string.map { "/namespaces/\($0)" } ?? ""
            objects["\(root)\(place)/\(resource ?? "")/\(name)"] = object
        }
        return objects
    }()

    private static func istio(_ group: String, _ version: String, _ kind: String, _ name: String, _ spec: String)
        -> String
    {
        """
        apiVersion: \(group).istio.io/\(version)
        kind: \(kind)
        metadata: {name: \(name), namespace: shop, resourceVersion: "7", generation: 2, uid: u-\(kind)-\(name)}
        spec: {x-future-\(kind): [1, {a: \(name)}], \(spec)}
        """
    }

    private static let selector = "selector: {matchLabels: {app: reviews}, x-future-sel: s}"

    private static let template = """
        {metadata: {labels: {app: reviews}, annotations: {a: b}, x-future-meta: m}, spec: {x-future-pod: p,
        containers: [{name: app, image: IMAGE, x-future-container: c}]}}
        """

    private static func template(_ image: String) -> String {
        var text = ""
        for part in template.split(separator: "\n") { text += part }
        return text.swapping("IMAGE", image)
    }

    private static let manifests = [
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {istio-injection: enabled, x-future-label: l}, x-future-meta: nm}
        spec: {x-future-namespace: 1}
        """,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: reviews, namespace: shop}
        spec: {selector: {app: reviews}, ports: [{port: 9080}]}
        """,
        istio(
            "networking", "v1", "VirtualService", "reviews",
            """
            hosts: [reviews], http: [{name: main, x-future-rule: r, timeout: 3s, retries: {attempts: 1, x-future-retry: y},
            fault: {delay: {fixedDelay: 2s, percentage: {value: 1}}, x-future-fault: f},
            mirror: {host: reviews, subset: v1}, mirrorPercentage: {value: 10},
            route: [{destination: {host: reviews, subset: v1, x-future-to: d}, weight: 90, x-future-route: q},
            {destination: {host: reviews, subset: v2}, weight: 10}]}]
            """),
        istio(
            "networking", "v1", "DestinationRule", "reviews",
            """
            host: reviews, subsets: [{name: v1, x-future-subset: s1}, {name: v2}], trafficPolicy: {x-future-policy: tp,
            connectionPool: {x-future-pool: cp, tcp: {maxConnections: 1, x-future-tcp: t}, http: {x-future-http: h}},
            outlierDetection: {interval: 5s, x-future-outlier: o},
            loadBalancer: {simple: ROUND_ROBIN, x-future-balancer: b, localityLbSetting: {x-future-locality: z}}}
            """),
        istio(
            "security", "v1", "PeerAuthentication", "reviews-mtls",
            "\(selector), mtls: {mode: STRICT, x-future-mtls: 1}"),
        istio("security", "v1", "PeerAuthentication", "default", "mtls: {mode: STRICT, x-future-mtls: 2}"),
        istio("security", "v1", "AuthorizationPolicy", "reviews-allow", "\(selector), action: ALLOW, rules: []"),
        istio("security", "v1", "AuthorizationPolicy", "reviews-deny-all", "\(selector), action: ALLOW, rules: []"),
        istio("security", "v1", "AuthorizationPolicy", "reviews-require-jwt", "\(selector), action: ALLOW, rules: []"),
        istio(
            "security", "v1", "RequestAuthentication", "reviews-jwt",
            "\(selector), jwtRules: [{issuer: 'https://a', jwksUri: 'https://old', x-future-jwt: j}]"),
        istio(
            "networking", "v1alpha3", "EnvoyFilter", "reviews-rate-limit",
            """
            configPatches: [{x-future-patch: p, patch: {operation: MERGE, value: {name: envoy.filters.http.local_ratelimit,
            typed_config: {value: {x-future-limit: l, token_bucket: {max_tokens: 9, x-future-bucket: b}}}}}}]
            """),
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: reviews-ingress, namespace: shop}
        spec: {x-future-network: 1, podSelector: {x-future-sel: s}, policyTypes: [Ingress, Egress], ingress: []}
        """,
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: reviews, namespace: shop, uid: u-d, annotations: {deployment.kubernetes.io/revision: "2"}}
        spec: {x-future-deployment: 1, replicas: 2, \(selector), template: \(template("reviews:2"))}
        """,
        """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: reviews-1, namespace: shop, annotations: {deployment.kubernetes.io/revision: "1"}, ownerReferences: [{uid: u-d, controller: true}]}
        spec: {template: \(template("reviews:1"))}
        """,
        """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: reviews, namespace: shop}
        spec: {x-future-hpa: 1, minReplicas: 1, maxReplicas: 4, scaleTargetRef: {kind: Deployment, name: reviews},
          metrics: [{type: Resource, x-future-metric: m, resource: {name: cpu, x-future-cpu: u,
          target: {type: Utilization, averageUtilization: 80}}}]}
        """,
    ]
}
