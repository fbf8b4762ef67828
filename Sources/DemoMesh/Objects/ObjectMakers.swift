// Kubernetes objects as a scene needs them, in the shape the real server gives them.

internal import Base

enum Make {
    static func strings(_ map: [String: String]) -> JSONValue {
        .object(JSONObject(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    static func object(
        _ apiVersion: String, _ kind: String, _ namespace: String?, _ name: String, labels: [String: String] = [:],
        spec: JSONValue? = nil, status: JSONValue? = nil
    ) -> JSONValue {
        var metadata: JSONValue = ["name": .string(name)]
        if let namespace { metadata["namespace"] = .string(namespace) }
        if !labels.isEmpty { metadata["labels"] = strings(labels) }
        var object: JSONValue = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata]
        object["spec"] = spec
        object["status"] = status
        return object
    }

    static func namespace(_ name: String, _ labels: [String: String]) -> JSONValue {
        object(
            "v1", "Namespace", nil, name, labels: labels.merging(["kubernetes.io/metadata.name": name]) { $1 },
            spec: ["finalizers": ["kubernetes"]], status: ["phase": "Active"])
    }

    static func service(_ app: AppSpec, clusterIP: String) -> JSONValue {
        let portName = app.wire == .http ? "http" : app.wire == .grpc ? "grpc" : "tcp"
        return object(
            "v1", "Service", app.namespace, app.serviceName, labels: ["app": app.name],
            spec: [
                "clusterIP": .string(clusterIP), "clusterIPs": [.string(clusterIP)], "ipFamilies": ["IPv4"],
                "ports": .array(
                    ([(portName, app.port)] + app.otherPorts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }).map
                    {
                        [
                            "name": .string($0.0), "port": .int(Int64($0.1)), "protocol": "TCP",
                            "targetPort": .int(Int64($0.1)),
                        ]
                    }), "selector": ["app": .string(app.name)], "sessionAffinity": "None", "type": "ClusterIP",
            ], status: ["loadBalancer": [:]])
    }

    static func podLabels(_ app: AppSpec, _ version: AppSpec.Version) -> [String: String] {
        var labels = ["app": app.name, "version": version.name].merging(version.labels) { $1 }
        if app.hasSidecar {
            labels["service.istio.io/canonical-name"] = app.name
            labels["service.istio.io/canonical-revision"] = version.name
            labels["security.istio.io/tlsMode"] = "istio"
        }
        return labels
    }

    static func podSpec(_ app: AppSpec) -> JSONValue {
        var containers: [JSONValue] = [
            [
                "name": .string(app.name), "image": .string("registry.example/\(app.name):1.0"),
                "ports": [["containerPort": .int(Int64(app.port)), "protocol": "TCP"]],
                "resources": [
                    "requests": ["cpu": "100m", "memory": "128Mi"], "limits": ["cpu": "1", "memory": "512Mi"],
                ],
            ]
        ]
        if app.hasSidecar {
            containers.append([
                "name": "istio-proxy", "image": "registry.example/istio/proxyv2:1.27.0",
                "args": ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"],
                "ports": [["containerPort": 15090, "name": "http-envoy-prom", "protocol": "TCP"]],
            ])
        }
        return ["containers": .array(containers), "serviceAccountName": .string(app.name), "restartPolicy": "Always"]
    }

    static func workload(_ app: AppSpec, _ version: AppSpec.Version) -> JSONValue {
        let labels = podLabels(app, version)
        var selector = ["app": app.name, "version": version.name]
        if app.kind == "DaemonSet" { selector["version"] = nil }
        var spec: JSONValue = [
            "selector": ["matchLabels": strings(selector)],
            "template": [
                "metadata": ["labels": strings(labels)],
                "spec": app.isBulky ? BulkyPod.filled(podSpec(app)) : podSpec(app),
            ],
        ]
        if app.isBulky { spec.set(["template", "metadata", "annotations"], to: BulkyPod.annotations) }
        if app.kind != "DaemonSet" { spec["replicas"] = .int(Int64(version.replicas)) }
        if app.kind == "Deployment" {
            spec["strategy"] = [
                "type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"],
            ]
            spec["progressDeadlineSeconds"] = 600
            spec["revisionHistoryLimit"] = 10
        }
        if app.kind == "StatefulSet" {
            spec["serviceName"] = .string(app.serviceName)
            spec["updateStrategy"] = ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]]
            spec["podManagementPolicy"] = "OrderedReady"
            spec["revisionHistoryLimit"] = 10
        }
        if app.kind == "DaemonSet" {
            spec["updateStrategy"] = ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]]
            spec["revisionHistoryLimit"] = 10
        }
        return object(
            "apps/v1", app.kind, app.namespace, app.workloadName(version),
            labels: ["app": app.name, "version": version.name], spec: spec, status: [:])
    }

    static func istio(_ kind: String, _ group: String, _ namespace: String, _ name: String, _ spec: JSONValue)
        -> JSONValue
    {
        object("\(group)/v1", kind, namespace, name, spec: spec)
    }

    static func virtualService(_ namespace: String, _ name: String, _ spec: JSONValue) -> JSONValue {
        istio("VirtualService", "networking.istio.io", namespace, name, spec)
    }

    static func destinationRule(_ namespace: String, _ name: String, _ spec: JSONValue) -> JSONValue {
        istio("DestinationRule", "networking.istio.io", namespace, name, spec)
    }

    /// The object with what `kubectl apply` would have noted of its manifest, from which the server then dropped fields.
    static func applied(_ object: JSONValue, dropping path: [String], _ value: JSONValue) -> JSONValue {
        var manifest = object
        manifest.set(path, to: value)
        var object = object
        object.set(
            ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
            to: .string(manifest.compactText + "\n"))
        return object
    }

    /// A split over subsets of one host, as a canary has it.
    static func split(_ host: String, _ weights: [(subset: String, weight: Int)], extras: JSONValue = [:]) -> JSONValue
    {
        var rule: JSONValue = [
            "route": .array(
                weights.map {
                    [
                        "destination": ["host": .string(host), "subset": .string($0.subset)],
                        "weight": .int(Int64($0.weight)),
                    ]
                })
        ]
        for (key, value) in extras.object?.members.map({ ($0, $1) }) ?? [] { rule[key] = value }
        return rule
    }

    static func subsets(_ names: [String]) -> JSONValue {
        .array(names.map { ["name": .string($0), "labels": ["version": .string($0)]] })
    }
}
