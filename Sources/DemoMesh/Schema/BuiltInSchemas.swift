// The specs of the built-in kinds for `kubectl explain`: field names and types as the Kubernetes API reference has
// them (https://kubernetes.io/docs/reference/kubernetes-api/), as deep as the demo mesh uses them.

internal import Istio

enum BuiltInSchemas {
    private static let int = Schema.integer(isWide: false, minimum: nil, maximum: nil)
    private static let long = Schema.integer(isWide: true, minimum: nil, maximum: nil)
    private static let strings = Schema.list(.string)
    private static let labels = Schema.map(.string)

    private static func object(_ properties: [String: Schema], required: [String] = []) -> Schema {
        .object(properties, required: required)
    }

    static func spec(_ key: String) -> Schema? { specs[key] }

    private static let selector = object([
        "matchLabels": labels,
        "matchExpressions": .list(
            object(["key": .string, "operator": .string, "values": strings], required: ["key", "operator"])),
    ])

    private static let probe = object([
        "httpGet": object(
            ["path": .string, "port": .anything, "scheme": .string, "host": .string], required: ["port"]),
        "tcpSocket": object(["port": .anything], required: ["port"]), "exec": object(["command": strings]),
        "initialDelaySeconds": int, "periodSeconds": int, "timeoutSeconds": int, "failureThreshold": int,
        "successThreshold": int,
    ])

    private static let container = object(
        [
            "name": .string, "image": .string, "imagePullPolicy": .string, "command": strings, "args": strings,
            "workingDir": .string,
            "ports": .list(
                object(
                    ["name": .string, "containerPort": int, "hostPort": int, "protocol": .string],
                    required: ["containerPort"])),
            "env": .list(object(["name": .string, "value": .string, "valueFrom": .anything], required: ["name"])),
            "resources": object(["limits": labels, "requests": labels]), "livenessProbe": probe,
            "readinessProbe": probe,
            "startupProbe": probe,
            "volumeMounts": .list(
                object(
                    ["name": .string, "mountPath": .string, "readOnly": .boolean, "subPath": .string],
                    required: ["name", "mountPath"])),
            "securityContext": .anything,
        ], required: ["name"])

    private static let pod = object(
        [
            "containers": .list(container), "initContainers": .list(container), "nodeName": .string,
            "nodeSelector": labels,
            "serviceAccountName": .string, "restartPolicy": .string, "terminationGracePeriodSeconds": long,
            "priorityClassName": .string, "hostNetwork": .boolean, "dnsPolicy": .string, "affinity": .anything,
            "tolerations": .list(.anything), "volumes": .list(.anything), "securityContext": .anything,
            "topologySpreadConstraints": .list(.anything),
        ], required: ["containers"])

    private static let template = object([
        "metadata": object(["labels": labels, "annotations": labels, "name": .string, "namespace": .string]),
        "spec": pod,
    ])

    private static let rolling = object([
        "type": .string,
        "rollingUpdate": object(["maxSurge": .anything, "maxUnavailable": .anything, "partition": int]),
    ])

    private static let peers = Schema.list(
        object([
            "podSelector": selector, "namespaceSelector": selector,
            "ipBlock": object(["cidr": .string, "except": strings], required: ["cidr"]),
        ]))
    private static let peerPorts = Schema.list(
        object(["protocol": .string, "port": .anything, "endPort": int]))

    private static let specs: [String: Schema] = [
        "poddisruptionbudgets.policy": object([
            "minAvailable": .anything, "maxUnavailable": .anything, "selector": selector,
            "unhealthyPodEvictionPolicy": .string,
        ]),
        "networkpolicies.networking.k8s.io": object([
            "podSelector": selector, "policyTypes": strings,
            "ingress": .list(object(["from": peers, "ports": peerPorts])),
            "egress": .list(object(["to": peers, "ports": peerPorts])),
        ]),
        "namespaces.": object(["finalizers": strings]),
        "nodes.": object([
            "podCIDR": .string, "podCIDRs": strings, "providerID": .string, "unschedulable": .boolean,
            "taints": .list(.anything),
        ]),
        "pods.": pod,
        "services.": object([
            "type": .string, "selector": labels, "clusterIP": .string, "clusterIPs": strings, "externalIPs": strings,
            "externalName": .string, "sessionAffinity": .string, "ipFamilies": strings, "ipFamilyPolicy": .string,
            "internalTrafficPolicy": .string, "externalTrafficPolicy": .string, "publishNotReadyAddresses": .boolean,
            "ports": .list(
                object(
                    [
                        "name": .string, "port": int, "targetPort": .anything, "nodePort": int, "protocol": .string,
                        "appProtocol": .string,
                    ],
                    required: ["port"])),
        ]),
        "deployments.apps": object(
            [
                "replicas": int, "selector": selector, "template": template, "strategy": rolling,
                "minReadySeconds": int,
                "revisionHistoryLimit": int, "paused": .boolean, "progressDeadlineSeconds": int,
            ], required: ["selector", "template"]),
        "replicasets.apps": object(
            ["replicas": int, "selector": selector, "template": template, "minReadySeconds": int],
            required: ["selector"]),
        "statefulsets.apps": object(
            [
                "replicas": int, "selector": selector, "template": template, "serviceName": .string,
                "updateStrategy": rolling,
                "podManagementPolicy": .string, "revisionHistoryLimit": int, "minReadySeconds": int,
                "volumeClaimTemplates": .list(.anything),
            ], required: ["selector", "template"]),
        "daemonsets.apps": object(
            [
                "selector": selector, "template": template, "updateStrategy": rolling, "minReadySeconds": int,
                "revisionHistoryLimit": int,
            ],
            required: ["selector", "template"]),
        "horizontalpodautoscalers.autoscaling": object(
            [
                "scaleTargetRef": object(
                    ["apiVersion": .string, "kind": .string, "name": .string], required: ["kind", "name"]),
                "minReplicas": int, "maxReplicas": int, "behavior": .anything,
                "metrics": .list(
                    object(
                        [
                            "type": .string, "resource": .anything, "pods": .anything, "object": .anything,
                            "external": .anything,
                        ], required: ["type"])),
            ], required: ["scaleTargetRef", "maxReplicas"]),
    ]
}
