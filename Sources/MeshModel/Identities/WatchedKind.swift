// The kinds that MeshTop lists and watches.

package enum WatchedKind: String, CaseIterable, Sendable {
    case namespaces, pods, services, deployments, statefulsets, daemonsets, horizontalpodautoscalers
    case endpointslices, rollouts, cronjobs
    case virtualservices, destinationrules, gateways, serviceentries, sidecars
    case peerauthentications, authorizationpolicies, requestauthentications, telemetries
    case httproutes, grpcroutes, kubernetesGateways
    case envoyfilters, wasmplugins, proxyconfigs, workloadentries, workloadgroups
    case nodes, networkpolicies, configmaps, ingresses
    case mutatingwebhookconfigurations, validatingwebhookconfigurations, customresourcedefinitions

    package var group: String {
        switch self {
        case .namespaces, .pods, .services, .nodes, .configmaps: ""
        case .deployments, .statefulsets, .daemonsets: "apps"
        case .horizontalpodautoscalers: "autoscaling"
        case .endpointslices: "discovery.k8s.io"
        case .rollouts: "argoproj.io"
        case .cronjobs: "batch"
        case .virtualservices, .destinationrules, .gateways, .serviceentries, .sidecars, .envoyfilters, .proxyconfigs,
            .workloadentries, .workloadgroups:
            "networking.istio.io"
        case .wasmplugins: "extensions.istio.io"
        case .networkpolicies, .ingresses: "networking.k8s.io"
        case .mutatingwebhookconfigurations, .validatingwebhookconfigurations: "admissionregistration.k8s.io"
        case .customresourcedefinitions: "apiextensions.k8s.io"
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
        case .endpointslices: "EndpointSlice"
        case .rollouts: "Rollout"
        case .cronjobs: "CronJob"
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
        case .envoyfilters: "EnvoyFilter"
        case .wasmplugins: "WasmPlugin"
        case .proxyconfigs: "ProxyConfig"
        case .workloadentries: "WorkloadEntry"
        case .workloadgroups: "WorkloadGroup"
        case .nodes: "Node"
        case .networkpolicies: "NetworkPolicy"
        case .configmaps: "ConfigMap"
        case .ingresses: "Ingress"
        case .mutatingwebhookconfigurations: "MutatingWebhookConfiguration"
        case .validatingwebhookconfigurations: "ValidatingWebhookConfiguration"
        case .customresourcedefinitions: "CustomResourceDefinition"
        }
    }

    package var isNamespaced: Bool {
        switch self {
        case .namespaces, .nodes, .mutatingwebhookconfigurations, .validatingwebhookconfigurations,
            .customresourcedefinitions:
            false
        default: true
        }
    }

    /// Read for findings and policies, and for a workload's name: several that are refused share one line of the screen.
    package var isSupporting: Bool {
        switch self {
        case .envoyfilters, .wasmplugins, .proxyconfigs, .workloadentries, .workloadgroups, .nodes, .networkpolicies,
            .configmaps, .ingresses, .mutatingwebhookconfigurations, .validatingwebhookconfigurations,
            .customresourcedefinitions, .cronjobs:
            true
        default: false
        }
    }

    /// The kind of an object that somebody wrote in a file; nil when MeshTop does not read it.
    package static func named(_ kind: String, apiVersion: String) -> WatchedKind? {
        let group = apiVersion.contains("/") ? apiVersion.prefix { $0 != "/" } : ""
        return allCases.first { $0.kind == kind && $0.group == group }
    }

    /// Versions MeshTop can read, best first; the first that the server serves is used.
    package var versions: [String] {
        switch self {
        case .namespaces, .pods, .services, .deployments, .statefulsets, .daemonsets, .nodes, .configmaps,
            .networkpolicies, .ingresses, .mutatingwebhookconfigurations, .validatingwebhookconfigurations,
            .customresourcedefinitions, .endpointslices:
            ["v1"]
        case .rollouts: ["v1alpha1"]
        case .cronjobs: ["v1", "v1beta1"]
        case .envoyfilters: ["v1alpha3"]
        case .wasmplugins: ["v1alpha1"]
        case .proxyconfigs: ["v1beta1"]
        case .horizontalpodautoscalers: ["v2", "v2beta2", "v1"]
        case .httproutes, .grpcroutes, .kubernetesGateways: ["v1", "v1beta1", "v1alpha2"]
        case .telemetries: ["v1", "v1alpha1"]
        case .peerauthentications, .authorizationpolicies, .requestauthentications: ["v1", "v1beta1"]
        default: ["v1", "v1beta1", "v1alpha3"]
        }
    }

    /// Who tells which workload a pod is of, besides the pods themselves.
    package static let templates: [WatchedKind] = [.deployments, .statefulsets, .daemonsets, .rollouts]
}
