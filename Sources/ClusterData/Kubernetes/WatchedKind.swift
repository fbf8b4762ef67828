// The kinds that MeshTop lists and watches.

package enum WatchedKind: String, CaseIterable, Sendable {
    case namespaces, pods, services, deployments, statefulsets, daemonsets, horizontalpodautoscalers
    case virtualservices, destinationrules, gateways, serviceentries, sidecars
    case peerauthentications, authorizationpolicies, requestauthentications, telemetries
    case httproutes, grpcroutes, kubernetesGateways

    package var group: String {
        switch self {
        case .namespaces, .pods, .services: ""
        case .deployments, .statefulsets, .daemonsets: "apps"
        case .horizontalpodautoscalers: "autoscaling"
        case .virtualservices, .destinationrules, .gateways, .serviceentries, .sidecars: "networking.istio.io"
        case .peerauthentications, .authorizationpolicies, .requestauthentications: "security.istio.io"
        case .telemetries: "telemetry.istio.io"
        case .httproutes, .grpcroutes, .kubernetesGateways: "gateway.networking.k8s.io"
        }
    }

    package var resource: String { self == .kubernetesGateways ? "gateways" : rawValue }

    package var kind: String {
        switch self {
        case .namespaces: "Namespace"
        case .pods: "Pod"
        case .services: "Service"
        case .deployments: "Deployment"
        case .statefulsets: "StatefulSet"
        case .daemonsets: "DaemonSet"
        case .horizontalpodautoscalers: "HorizontalPodAutoscaler"
        case .virtualservices: "VirtualService"
        case .destinationrules: "DestinationRule"
        case .gateways, .kubernetesGateways: "Gateway"
        case .serviceentries: "ServiceEntry"
        case .sidecars: "Sidecar"
        case .peerauthentications: "PeerAuthentication"
        case .authorizationpolicies: "AuthorizationPolicy"
        case .requestauthentications: "RequestAuthentication"
        case .telemetries: "Telemetry"
        case .httproutes: "HTTPRoute"
        case .grpcroutes: "GRPCRoute"
        }
    }

    package var isNamespaced: Bool { self != .namespaces }

    /// Versions MeshTop can read, best first; the first that the server serves is used.
    package var versions: [String] {
        switch self {
        case .namespaces, .pods, .services, .deployments, .statefulsets, .daemonsets: ["v1"]
        case .horizontalpodautoscalers: ["v2", "v2beta2", "v1"]
        case .httproutes, .grpcroutes, .kubernetesGateways: ["v1", "v1beta1", "v1alpha2"]
        case .telemetries: ["v1", "v1alpha1"]
        case .peerauthentications, .authorizationpolicies, .requestauthentications: ["v1", "v1beta1"]
        default: ["v1", "v1beta1", "v1alpha3"]
        }
    }
}

/// Where a resource lives on the server.
package struct ResourcePath: Sendable, Hashable {
    package var group: String
    package var version: String
    package var resource: String

    package init(group: String, version: String, resource: String) {
        self.group = group
        self.version = version
        self.resource = resource
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    private var root: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }

    /// The collection's path, of one namespace or of all.
    package func collection(_ namespace: String?) -> String {
        namespace.map { "\(root)/namespaces/\(percentEncoded($0))/\(resource)" } ?? "\(root)/\(resource)"
    }

    package func object(_ key: ObjectKey) -> String {
        "\(collection(key.namespace.isEmpty ? nil : key.namespace))/\(percentEncoded(key.name))"
    }
}
