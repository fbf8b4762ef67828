// Which waypoint requests to a service or to a pod pass in ambient mode, and which policies hold there.
// https://istio.io/latest/docs/ambient/usage/waypoint/

internal import Base
internal import Kube
internal import MeshModel

package struct Waypoint: Sendable, Hashable {
    var gateway: ObjectKey
    /// What the request is addressed to; nil where it is a pod.
    var service: ServiceID?
    /// The namespace of the service or the pod.
    var namespace: String
    /// Gateways at the mesh's edge pass it too; otherwise they go past it.
    var takesIngress: Bool

    package var name: String { "\(gateway.namespace)/\(gateway.name)" }

    /// Of requests that are addressed to a service.
    package init?(of service: Service, _ objects: ClusterObjects) {
        self.init(labels: service.meta.labels, namespace: service.meta.namespace, taking: "service", objects)
        self.service = service.id
    }

    /// Of requests that are addressed to a pod with these labels, by its own address.
    package init?(ofPod labels: [String: String], namespace: String, _ objects: ClusterObjects) {
        self.init(labels: labels, namespace: namespace, taking: "workload", objects)
    }

    /// The object's own label goes before its namespace's. Nil without one, or where no such Gateway takes such
    /// requests.
    private init?(labels own: [String: String], namespace: String, taking kind: String, _ objects: ClusterObjects) {
        let near = objects.namespaces[ObjectKey("", namespace)]?.meta.labels ?? [:]
        let labels = own["istio.io/use-waypoint"] != nil ? own : near
        guard let name = labels["istio.io/use-waypoint"], !["", "none"].contains(name) else { return nil }
        gateway = ObjectKey(labels["istio.io/use-waypoint-namespace"] ?? namespace, name)
        self.namespace = namespace
        takesIngress = (own["istio.io/ingress-use-waypoint"] ?? near["istio.io/ingress-use-waypoint"]) == "true"
        // Without the list nobody can say that it is not there, nor what it takes.
        guard objects.states[.kubernetesGateways].map({ $0.state == .ok }) ?? true else {
            if kind == "service" { return }
            return nil
        }
        guard let found = objects.configs[.kubernetesGateways]?[gateway],
            [kind, "all"].contains(found.meta.labels["istio.io/waypoint-for"] ?? "service")
        else { return nil }
    }
}

/// What a policy is aimed at by `targetRefs`.
struct PolicyTarget: Sendable, Hashable {
    enum Kind: Sendable { case gateway, gatewayClass, service, other }
    var kind: Kind
    package var name: String

    init(_ value: JSONValue) {
        name = value.text("name") ?? ""
        switch (value.text("group") ?? "", value.text("kind") ?? "") {
        case ("gateway.networking.k8s.io", "Gateway"): kind = .gateway
        case ("gateway.networking.k8s.io", "GatewayClass"): kind = .gatewayClass
        case ("", "Service"), ("core", "Service"): kind = .service
        default: kind = .other
        }
    }
}

extension ConfigObject {
    var targets: [PolicyTarget] {
        (spec["targetRef"].map { [$0] } ?? spec.list("targetRefs")).map(PolicyTarget.init)
    }

    /// Whether it is aimed at the pods of a Gateway API gateway with this name, in the policy's own namespace.
    func isFor(gateway: ObjectKey) -> Bool {
        meta.namespace == gateway.namespace
            && targets.contains { $0.kind == .gateway && $0.name == gateway.name }
    }

    /// Waypoints honour targets alone: the service, the waypoint, or from the root namespace all waypoints.
    func isFor(_ waypoint: Waypoint, root: String) -> Bool {
        isFor(gateway: waypoint.gateway)
            || targets.contains { target in
                switch target.kind {
                case .service: meta.namespace == waypoint.namespace && target.name == waypoint.service?.name
                case .gatewayClass: meta.namespace == root && target.name == "istio-waypoint"
                case .gateway, .other: false
                }
            }
    }
}
