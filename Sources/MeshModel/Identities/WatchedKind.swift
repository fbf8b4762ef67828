// The kinds that MeshTop lists and watches: one entry each. Where a kind's objects are kept, and as what they are read,
// is its entry in `KindStore` of the module Istio; without one it is a configuration object.

/// A kind of the Kubernetes API.
package struct WatchedKind: Sendable {
    /// Its resource; tells apart what has the same in two groups.
    package let name: String
    /// "" for the core group.
    package let group: String
    package let resource: String
    package let kind: String
    /// Versions that MeshTop can read, best first; the first that the server serves is used.
    package let versions: [String]
    /// What it is read for, in words that fit behind the right that it takes.
    package let purpose: String
    package let isNamespaced: Bool
    /// Read for findings and policies, and for a workload's name: several that are refused share one line of the screen.
    package let isSupporting: Bool

    init(
        _ kind: String, _ group: String, _ resource: String, _ versions: [String], for purpose: String,
        name: String? = nil,
        isNamespaced: Bool = true, isSupporting: Bool = false
    ) {
        self.name = name ?? resource
        self.group = group
        self.resource = resource
        self.kind = kind
        self.versions = versions
        self.purpose = purpose
        self.isNamespaced = isNamespaced
        self.isSupporting = isSupporting
    }
}

extension WatchedKind: Hashable {
    package static func == (left: WatchedKind, right: WatchedKind) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension WatchedKind {
    private static let v1 = ["v1"]
    private static let istio = ["v1", "v1beta1", "v1alpha3"]
    private static let security = ["v1", "v1beta1"]
    private static let gateway = ["v1", "v1beta1", "v1alpha2"]

    package static let namespaces = WatchedKind(
        "Namespace", "", "namespaces", v1, for: "all namespaces, injection", isNamespaced: false)
    package static let pods = WatchedKind("Pod", "", "pods", v1, for: "services, workloads, health")
    package static let services = WatchedKind("Service", "", "services", v1, for: "services, workloads, health")
    package static let deployments = WatchedKind(
        "Deployment", "apps", "deployments", v1, for: "workloads and their replicas")
    package static let statefulsets = WatchedKind(
        "StatefulSet", "apps", "statefulsets", v1, for: "workloads and their replicas")
    package static let daemonsets = WatchedKind(
        "DaemonSet", "apps", "daemonsets", v1, for: "workloads and their replicas")
    package static let horizontalpodautoscalers = WatchedKind(
        "HorizontalPodAutoscaler", "autoscaling", "horizontalpodautoscalers", ["v2", "v2beta2", "v1"],
        for: "autoscalers and their bounds")
    package static let endpointslices = WatchedKind(
        "EndpointSlice", "discovery.k8s.io", "endpointslices", v1, for: "which pods of a service are ready")
    package static let rollouts = WatchedKind(
        "Rollout", "argoproj.io", "rollouts", ["v1alpha1"], for: "Rollouts of Argo")
    package static let cronjobs = WatchedKind(
        "CronJob", "batch", "cronjobs", ["v1", "v1beta1"], for: "the names of workloads that CronJobs make",
        isSupporting: true)

    package static let virtualservices = WatchedKind(
        "VirtualService", "networking.istio.io", "virtualservices", istio, for: "routes, circuit breakers, findings")
    package static let destinationrules = WatchedKind(
        "DestinationRule", "networking.istio.io", "destinationrules", istio, for: "routes, circuit breakers, findings")
    package static let gateways = WatchedKind(
        "Gateway", "networking.istio.io", "gateways", istio, for: "routes, circuit breakers, findings")
    package static let serviceentries = WatchedKind(
        "ServiceEntry", "networking.istio.io", "serviceentries", istio, for: "routes, circuit breakers, findings")
    package static let sidecars = WatchedKind(
        "Sidecar", "networking.istio.io", "sidecars", istio, for: "routes, circuit breakers, findings")
    package static let peerauthentications = WatchedKind(
        "PeerAuthentication", "security.istio.io", "peerauthentications", security, for: "mTLS, who may call whom")
    package static let authorizationpolicies = WatchedKind(
        "AuthorizationPolicy", "security.istio.io", "authorizationpolicies", security, for: "mTLS, who may call whom")
    package static let requestauthentications = WatchedKind(
        "RequestAuthentication", "security.istio.io", "requestauthentications", security, for: "mTLS, who may call whom"
    )
    package static let telemetries = WatchedKind(
        "Telemetry", "telemetry.istio.io", "telemetries", ["v1", "v1alpha1"], for: "findings about telemetry")

    package static let httproutes = WatchedKind(
        "HTTPRoute", "gateway.networking.k8s.io", "httproutes", gateway, for: "routes of the Gateway API")
    package static let grpcroutes = WatchedKind(
        "GRPCRoute", "gateway.networking.k8s.io", "grpcroutes", gateway, for: "routes of the Gateway API")
    package static let kubernetesGateways = WatchedKind(
        "Gateway", "gateway.networking.k8s.io", "gateways", gateway, for: "routes of the Gateway API",
        name: "kubernetesGateways")

    package static let envoyfilters = WatchedKind(
        "EnvoyFilter", "networking.istio.io", "envoyfilters", ["v1alpha3"], for: "routes, circuit breakers, findings",
        isSupporting: true)
    package static let wasmplugins = WatchedKind(
        "WasmPlugin", "extensions.istio.io", "wasmplugins", ["v1alpha1"], for: "findings about plugins",
        isSupporting: true)
    package static let proxyconfigs = WatchedKind(
        "ProxyConfig", "networking.istio.io", "proxyconfigs", ["v1beta1"], for: "routes, circuit breakers, findings",
        isSupporting: true)
    package static let workloadentries = WatchedKind(
        "WorkloadEntry", "networking.istio.io", "workloadentries", istio, for: "routes, circuit breakers, findings",
        isSupporting: true)
    package static let workloadgroups = WatchedKind(
        "WorkloadGroup", "networking.istio.io", "workloadgroups", istio, for: "routes, circuit breakers, findings",
        isSupporting: true)

    package static let nodes = WatchedKind(
        "Node", "", "nodes", v1, for: "findings about nodes and their zones", isNamespaced: false, isSupporting: true)
    package static let networkpolicies = WatchedKind(
        "NetworkPolicy", "networking.k8s.io", "networkpolicies", v1, for: "blocked ports, findings", isSupporting: true)
    package static let configmaps = WatchedKind(
        "ConfigMap", "", "configmaps", v1, for: "Istio's mesh configuration, findings", isSupporting: true)
    package static let ingresses = WatchedKind(
        "Ingress", "networking.k8s.io", "ingresses", v1, for: "blocked ports, findings", isSupporting: true)
    package static let mutatingwebhookconfigurations = WatchedKind(
        "MutatingWebhookConfiguration", "admissionregistration.k8s.io", "mutatingwebhookconfigurations", v1,
        for: "findings about injection", isNamespaced: false, isSupporting: true)
    package static let validatingwebhookconfigurations = WatchedKind(
        "ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "validatingwebhookconfigurations", v1,
        for: "findings about injection", isNamespaced: false, isSupporting: true)
    package static let customresourcedefinitions = WatchedKind(
        "CustomResourceDefinition", "apiextensions.k8s.io", "customresourcedefinitions", v1,
        for: "the schemas that fields are checked by", isNamespaced: false,
        isSupporting: true)

    /// What the mesh and its gateways are told: it counts from whatever namespace it is in.
    package var isMeshConfiguration: Bool { group.hasSuffix(".istio.io") || group == "gateway.networking.k8s.io" }

    /// All of them, in the order in which the screen and the output name them.
    package static let all: [WatchedKind] = [
        .namespaces, .pods, .services, .deployments, .statefulsets, .daemonsets, .horizontalpodautoscalers,
        .endpointslices, .rollouts, .cronjobs,
        .virtualservices, .destinationrules, .gateways, .serviceentries, .sidecars,
        .peerauthentications, .authorizationpolicies, .requestauthentications, .telemetries,
        .httproutes, .grpcroutes, .kubernetesGateways,
        .envoyfilters, .wasmplugins, .proxyconfigs, .workloadentries, .workloadgroups,
        .nodes, .networkpolicies, .configmaps, .ingresses,
        .mutatingwebhookconfigurations, .validatingwebhookconfigurations, .customresourcedefinitions,
    ]

    /// Who tells which workload a pod is of, besides the pods themselves.
    package static let templates: [WatchedKind] = [.deployments, .statefulsets, .daemonsets, .rollouts]

    /// The kind of an object that somebody wrote in a file; nil when MeshTop does not read it.
    package static func named(_ kind: String, apiVersion: String) -> WatchedKind? {
        let group = apiVersion.contains("/") ? apiVersion.prefix { $0 != "/" } : ""
        return all.first { $0.kind == kind && $0.group == group }
    }
}

extension WatchedKind: CustomStringConvertible {
    package var description: String { name }
}

extension WatchedKind: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let known = Self.all.first(where: { $0.name == name }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no kind that MeshTop reads")
        }
        self = known
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
