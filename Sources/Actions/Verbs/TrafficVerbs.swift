// The verbs of routes and services.

internal import Kube
internal import MeshModel

extension VerbTable {
    package static let shift = Verb(
        id: "shift", key: "W", title: "Shift weights", help: "edit the split of a route; keeps the sum at 100",
        form: VerbForm("shift", in: .weights),
        target: { selection, context in
            route(for: selection, context).map {
                ObjectReference(kind: $0.kind.rawValue, namespace: $0.namespace, name: $0.name)
            }
        }, needsTarget: true, candidates: routes, permissions: { [patch($0)] }, kinds: MeshSnapshot.routeKinds)

    package static let policy = Verb(
        id: "policy", key: "E", title: "Apply policy",
        help: "mTLS, breaker, timeouts, balancing, faults, mirror, A/B, access, tokens, limits",
        form: VerbForm("policy", in: .policy),
        target: { selection, context in
            service(for: selection, context).map {
                ObjectReference(kind: "Service", namespace: $0.namespace, name: $0.name)
            }
        }, needsTarget: true,
        permissions: { _ in
            ["create", "patch"].flatMap { verb in
                [
                    Permission(verb, "networking.istio.io", "destinationrules"),
                    Permission(verb, "security.istio.io", "peerauthentications"),
                    Permission(verb, "networking.istio.io", "virtualservices"),
                    Permission(verb, "security.istio.io", "authorizationpolicies"),
                    Permission(verb, "networking.k8s.io", "networkpolicies"),
                ]
            }
        })
}
