// The kinds that the demo mesh serves.

/// One resource of the API: where it lives and what can be done with it.
struct ResourceType: Sendable, Hashable {
    var group: String
    /// Served versions, preferred first.
    var versions: [String]
    var resource: String
    var kind: String
    var isNamespaced = true
    var shortNames: [String] = []
    /// Defined by a CRD: no strategic merge patch, pruned by its schema.
    var isCustom = false
    var hasScale = false
    var hasStatus = false

    var key: String { "\(resource).\(group)" }
    /// `virtualservices.networking.istio.io`, or `pods` for the core group, as messages name a resource.
    var qualified: String { group.isEmpty ? resource : "\(resource).\(group)" }
    var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }
    /// What `kubectl get all` means.
    var isInAll: Bool {
        ["pods.", "services."].contains(key) || group == "autoscaling"
            || group == "apps" && resource != "controllerrevisions"
    }
    var singular: String { kind.lowercased() }
    func apiVersion(_ version: String) -> String { group.isEmpty ? version : "\(group)/\(version)" }

    static let all: [ResourceType] = core + workloads + istio + gatewayAPI + delivery

    private static let core: [ResourceType] = [
        ResourceType(
            group: "", versions: ["v1"], resource: "namespaces", kind: "Namespace", isNamespaced: false,
            shortNames: ["ns"], hasStatus: true),
        ResourceType(
            group: "", versions: ["v1"], resource: "nodes", kind: "Node", isNamespaced: false, shortNames: ["no"],
            hasStatus: true),
        ResourceType(group: "", versions: ["v1"], resource: "pods", kind: "Pod", shortNames: ["po"], hasStatus: true),
        ResourceType(
            group: "", versions: ["v1"], resource: "services", kind: "Service", shortNames: ["svc"], hasStatus: true),
        ResourceType(group: "", versions: ["v1"], resource: "configmaps", kind: "ConfigMap", shortNames: ["cm"]),
        ResourceType(group: "", versions: ["v1"], resource: "secrets", kind: "Secret"),
        ResourceType(
            group: "", versions: ["v1"], resource: "serviceaccounts", kind: "ServiceAccount", shortNames: ["sa"]),
        ResourceType(group: "", versions: ["v1"], resource: "events", kind: "Event", shortNames: ["ev"]),
        ResourceType(group: "", versions: ["v1"], resource: "endpoints", kind: "Endpoints", shortNames: ["ep"]),
        ResourceType(group: "coordination.k8s.io", versions: ["v1"], resource: "leases", kind: "Lease"),
        ResourceType(group: "discovery.k8s.io", versions: ["v1"], resource: "endpointslices", kind: "EndpointSlice"),
        ResourceType(
            group: "networking.k8s.io", versions: ["v1"], resource: "networkpolicies", kind: "NetworkPolicy",
            shortNames: ["netpol"]),
    ]

    private static let workloads: [ResourceType] = [
        ResourceType(
            group: "apps", versions: ["v1"], resource: "deployments", kind: "Deployment", shortNames: ["deploy"],
            hasScale: true, hasStatus: true),
        ResourceType(
            group: "apps", versions: ["v1"], resource: "replicasets", kind: "ReplicaSet", shortNames: ["rs"],
            hasScale: true, hasStatus: true),
        ResourceType(
            group: "apps", versions: ["v1"], resource: "statefulsets", kind: "StatefulSet", shortNames: ["sts"],
            hasScale: true, hasStatus: true),
        ResourceType(
            group: "apps", versions: ["v1"], resource: "daemonsets", kind: "DaemonSet", shortNames: ["ds"],
            hasStatus: true),
        ResourceType(
            group: "autoscaling", versions: ["v2", "v1"], resource: "horizontalpodautoscalers",
            kind: "HorizontalPodAutoscaler", shortNames: ["hpa"], hasStatus: true),
        ResourceType(
            group: "policy", versions: ["v1"], resource: "poddisruptionbudgets", kind: "PodDisruptionBudget",
            shortNames: ["pdb"], hasStatus: true),
        ResourceType(
            group: "apps", versions: ["v1"], resource: "controllerrevisions", kind: "ControllerRevision"),
    ]

    private static func custom(
        _ group: String, _ versions: [String], _ resource: String, _ kind: String, _ shortNames: [String] = [],
        isNamespaced: Bool = true
    ) -> ResourceType {
        ResourceType(
            group: group, versions: versions, resource: resource, kind: kind, isNamespaced: isNamespaced,
            shortNames: shortNames, isCustom: true, hasStatus: true)
    }

    private static let networking = ["v1", "v1beta1", "v1alpha3"]
    private static let istio: [ResourceType] = [
        custom("networking.istio.io", networking, "virtualservices", "VirtualService", ["vs"]),
        custom("networking.istio.io", networking, "destinationrules", "DestinationRule", ["dr"]),
        custom("networking.istio.io", networking, "gateways", "Gateway", ["gw"]),
        custom("networking.istio.io", networking, "serviceentries", "ServiceEntry", ["se"]),
        custom("networking.istio.io", networking, "sidecars", "Sidecar"),
        custom("networking.istio.io", networking, "workloadentries", "WorkloadEntry", ["we"]),
        custom("networking.istio.io", networking, "workloadgroups", "WorkloadGroup", ["wg"]),
        custom("networking.istio.io", ["v1alpha3"], "envoyfilters", "EnvoyFilter"),
        custom("networking.istio.io", ["v1beta1"], "proxyconfigs", "ProxyConfig"),
        custom("extensions.istio.io", ["v1alpha1"], "wasmplugins", "WasmPlugin"),
        custom("security.istio.io", ["v1", "v1beta1"], "peerauthentications", "PeerAuthentication", ["pa"]),
        custom("security.istio.io", ["v1", "v1beta1"], "authorizationpolicies", "AuthorizationPolicy", ["ap"]),
        custom("security.istio.io", ["v1", "v1beta1"], "requestauthentications", "RequestAuthentication", ["ra"]),
        custom("telemetry.istio.io", ["v1", "v1alpha1"], "telemetries", "Telemetry", ["telemetry"]),
    ]

    private static let gatewayAPI: [ResourceType] = [
        custom("gateway.networking.k8s.io", ["v1"], "gatewayclasses", "GatewayClass", ["gc"], isNamespaced: false),
        custom("gateway.networking.k8s.io", ["v1"], "gateways", "Gateway", ["gtw"]),
        custom("gateway.networking.k8s.io", ["v1"], "httproutes", "HTTPRoute"),
        custom("gateway.networking.k8s.io", ["v1"], "grpcroutes", "GRPCRoute"),
    ]

    private static let delivery: [ResourceType] = [
        custom("flagger.app", ["v1beta1"], "canaries", "Canary"),
        custom("argoproj.io", ["v1alpha1"], "rollouts", "Rollout", ["ro"]),
    ]

    static func find(group: String, resource: String) -> ResourceType? {
        all.first { $0.group == group && $0.resource == resource }
    }

    static func find(kind: String, group: String) -> ResourceType? {
        all.first { $0.group == group && $0.kind == kind }
    }
}
