// Two services of the shop whose routes belong to others: quotes to Flagger, prices to Argo Rollouts.

internal import Base

enum DeliveryScene {
    private typealias Version = AppSpec.Version

    /// Each has a Service that clients call, and one for either version behind it.
    static let apps: [AppSpec] = [
        AppSpec(name: "quotes-primary", namespace: "shop", service: "quotes", versions: []),
        AppSpec(
            name: "quotes-primary", namespace: "shop",
            versions: [Version(name: "v1", replicas: 2, serviceMs: 12, workload: "quotes-primary")]),
        AppSpec(
            name: "quotes", namespace: "shop", service: "quotes-canary",
            versions: [Version(name: "v2", replicas: 1, serviceMs: 11, workload: "quotes")]),
        AppSpec(name: "prices-stable", namespace: "shop", service: "prices", versions: []),
        AppSpec(
            name: "prices-stable", namespace: "shop",
            versions: [Version(name: "v1", replicas: 2, serviceMs: 9, workload: "prices-stable")]),
        AppSpec(
            name: "prices-canary", namespace: "shop",
            versions: [Version(name: "v2", replicas: 1, serviceMs: 9, workload: "prices-canary")]),
    ]

    private static func route(_ name: String, _ parts: [(host: String, weight: Int64)]) -> JSONValue {
        Make.virtualService(
            "shop", name,
            [
                "hosts": [.string(name)],
                "http": [
                    [
                        "name": "primary",
                        "route": .array(
                            parts.map { ["destination": ["host": .string($0.host)], "weight": .int($0.weight)] }),
                    ]
                ],
            ])
    }

    static func build(into store: ObjectStore) {
        func put(_ object: JSONValue, _ manager: String) -> JSONValue? {
            let group = object["apiVersion"]?.string.map { String($0.prefix { $0 != "/" }) } ?? ""
            guard let type = ResourceType.find(kind: object["kind"]?.string ?? "", group: group) else { return nil }
            let target = APIServer.Target(type: type, version: type.versions[0], rest: [])
            return store.create(
                type,
                ManagedFields.updated(object, before: nil, manager: manager, target: target, at: store.clock()))
        }
        let canary = put(canary(store.clock()), "kubectl-client-side-apply")
        var quotes = route("quotes", [("quotes-primary", 90), ("quotes-canary", 10)])
        quotes.set(
            ["metadata", "ownerReferences"],
            to: [
                [
                    "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "name": "quotes",
                    "uid": canary?.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
                ]
            ])
        _ = put(quotes, "flagger")
        _ = put(rollout(store.clock()), "kubectl-client-side-apply")
        _ = put(route("prices", [("prices-stable", 80), ("prices-canary", 20)]), "rollouts-controller")
    }

    private static func canary(_ now: Timestamp) -> JSONValue {
        Make.object(
            "flagger.app/v1beta1", "Canary", "shop", "quotes",
            spec: [
                "targetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "quotes"],
                "service": ["port": 8080], "progressDeadlineSeconds": 600,
                "analysis": [
                    "interval": "30s", "threshold": 3, "maxWeight": 50, "stepWeight": 10,
                    "metrics": [
                        ["name": "request-success-rate", "interval": "1m", "thresholdRange": ["min": 99]],
                        ["name": "request-duration", "interval": "1m", "thresholdRange": ["max": 500]],
                    ],
                ],
            ],
            status: [
                "phase": "Progressing", "canaryWeight": 10, "failedChecks": 0, "iterations": 0,
                "lastTransitionTime": .string(now.rfc3339),
                "conditions": [
                    [
                        "type": "Promoted", "status": "Unknown", "reason": "Progressing",
                        "message": "New revision detected, progressing canary analysis.",
                        "lastTransitionTime": .string(now.rfc3339),
                    ]
                ],
            ])
    }

    private static func rollout(_ now: Timestamp) -> JSONValue {
        Make.object(
            "argoproj.io/v1alpha1", "Rollout", "shop", "prices",
            spec: [
                "replicas": 3, "workloadRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "prices-canary"],
                "strategy": [
                    "canary": [
                        "stableService": "prices-stable", "canaryService": "prices-canary",
                        "trafficRouting": ["istio": ["virtualService": ["name": "prices", "routes": ["primary"]]]],
                        "steps": [
                            ["setWeight": 20], ["pause": [:]], ["setWeight": 40], ["pause": ["duration": "30s"]],
                            ["setWeight": 80], ["pause": ["duration": "30s"]],
                        ],
                    ]
                ],
            ],
            status: [
                "phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 1, "controllerPause": true,
                "stableRS": "7d9f6c5b8d", "currentPodHash": "5c8b7f6d9c", "readyReplicas": 3, "replicas": 3,
                "pauseConditions": [["reason": "CanaryPauseStep", "startTime": .string(now.rfc3339)]],
                "canary": ["weights": ["canary": ["weight": 20], "stable": ["weight": 80]]],
            ])
    }
}
