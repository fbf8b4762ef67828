// In which order kinds are applied, and which of them a set of manifests brings itself.

internal import Base
internal import Kube

enum ManifestOrder {
    /// Kinds that others need come first.
    private static let first = [
        "Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "IngressClass", "GatewayClass",
        "ResourceQuota", "LimitRange", "ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding",
        "Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim", "Service", "PodDisruptionBudget",
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob", "HorizontalPodAutoscaler",
        "PeerAuthentication", "RequestAuthentication", "AuthorizationPolicy", "NetworkPolicy", "Gateway",
        "ReferenceGrant", "WorkloadEntry", "ServiceEntry", "DestinationRule", "VirtualService", "HTTPRoute",
        "GRPCRoute", "Ingress",
    ]
    /// These change how later requests are answered, so they come after everything else.
    private static let last = ["APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]

    /// What is not listed comes between the two: objects of custom kinds.
    private static func rank(_ kind: String) -> Int {
        first.firstIndex(of: kind) ?? last.firstIndex(of: kind).map { first.count + 1 + $0 } ?? first.count
    }

    /// By kind; of one kind in the order they were written.
    static func sorted(_ steps: [PlanStep]) -> [PlanStep] {
        sorted(steps) { $0.object.kind }
    }

    static func sorted<Element>(_ elements: [Element], by kind: (Element) -> String) -> [Element] {
        elements.enumerated().sorted {
            (rank(kind($0.element)), $0.offset) < (rank(kind($1.element)), $1.offset)
        }.map(\.element)
    }

    /// The resources that a CustomResourceDefinition makes the server serve.
    /// https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
    static func resources(of definition: JSONValue) -> [ResourceInfo] {
        guard definition["kind"] == "CustomResourceDefinition", let spec = definition["spec"],
            let group = spec["group"]?.string, let kind = spec.at("names", "kind")?.string,
            let plural = spec.at("names", "plural")?.string
        else { return [] }
        return spec.list("versions").filter { $0["served"] != false }.compactMap { $0["name"]?.string }.map {
            ResourceInfo(
                group: group, version: $0, resource: plural, kind: kind, isNamespaced: spec["scope"] != "Cluster",
                verbs: [], subresources: [])
        }
    }
}
