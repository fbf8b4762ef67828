// What makes a real pod with a sidecar eleven kilobytes long: environment, volumes, probes, injected annotations.
// The trees are shared by all pods of a scene, so that ten thousand of them cost little here.

internal import Base

enum BulkyPod {
    /// Annotations that an injector leaves on every pod.
    static let annotations: JSONValue = [
        "prometheus.io/scrape": "true", "prometheus.io/port": "15020", "prometheus.io/path": "/stats/prometheus",
        "kubectl.kubernetes.io/default-container": "app", "kubectl.kubernetes.io/default-logs-container": "app",
        "istio.io/rev": "default",
        "sidecar.istio.io/status": .string(
            "{\"initContainers\":[\"istio-init\"],\"containers\":[\"istio-proxy\"],\"volumes\":[\"workload-socket\",\"credential-socket\",\"workload-certs\",\"istio-envoy\",\"istio-data\",\"istio-podinfo\",\"istio-token\",\"istiod-ca-cert\"],\"imagePullSecrets\":null,\"revision\":\"default\"}"
        ),
    ]

    private static let environment: JSONValue = .array(
        (0..<14).map { number in
            number % 4 == 0
                ? [
                    "name": .string("SETTING_\(number)_FROM_FIELD"),
                    "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]],
                ]
                : [
                    "name": .string("SETTING_\(number)"),
                    "value": .string("value-of-setting-number-\(number)-of-this-container"),
                ]
        })

    private static let volumes = [
        "workload-socket", "credential-socket", "workload-certs", "istio-envoy", "istio-data", "istio-podinfo",
        "istio-token",
        "istiod-ca-cert", "kube-api-access",
    ]

    private static func probe(_ path: String, _ port: Int64) -> JSONValue {
        [
            "httpGet": ["path": .string(path), "port": .int(port), "scheme": "HTTP"], "initialDelaySeconds": 1,
            "timeoutSeconds": 3, "periodSeconds": 15, "successThreshold": 1, "failureThreshold": 4,
        ]
    }

    private static let mounts: JSONValue = .array(
        volumes.map { ["name": .string($0), "mountPath": .string("/var/run/secrets/\($0)"), "readOnly": true] })

    /// A pod's spec with all that real ones carry.
    static func filled(_ spec: JSONValue) -> JSONValue {
        var spec = spec
        let containers = (spec["containers"]?.array ?? []).map { container -> JSONValue in
            var container = container
            container["env"] = environment
            container["volumeMounts"] = mounts
            container["readinessProbe"] = probe("/healthz/ready", 15021)
            container["livenessProbe"] = probe("/healthz/live", 15021)
            container["startupProbe"] = probe("/healthz/ready", 15021)
            container["terminationMessagePath"] = "/dev/termination-log"
            container["terminationMessagePolicy"] = "File"
            container["imagePullPolicy"] = "IfNotPresent"
            container["securityContext"] = [
                "allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]], "privileged": false,
                "readOnlyRootFilesystem": true, "runAsGroup": 1337, "runAsNonRoot": true, "runAsUser": 1337,
            ]
            return container
        }
        spec["containers"] = .array(containers)
        spec["volumes"] = .array(
            volumes.map {
                [
                    "name": .string($0),
                    "projected": [
                        "defaultMode": 420,
                        "sources": [
                            [
                                "serviceAccountToken": [
                                    "audience": "istio-ca", "expirationSeconds": 43200, "path": .string($0),
                                ]
                            ]
                        ],
                    ],
                ]
            })
        spec["dnsPolicy"] = "ClusterFirst"
        spec["enableServiceLinks"] = true
        spec["preemptionPolicy"] = "PreemptLowerPriority"
        spec["priority"] = 0
        spec["schedulerName"] = "default-scheduler"
        spec["terminationGracePeriodSeconds"] = 30
        spec["tolerations"] =
            ["not-ready", "unreachable"].map { key -> JSONValue in
                [
                    "key": .string("node.kubernetes.io/\(key)"), "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": 300,
                ]
            }.asArray
        return spec
    }

    /// What two managers wrote, as the server records it: the largest part of a real object.
    static let managedFields: JSONValue = .array(
        ["kube-controller-manager", "kubelet"].map { manager in
            var fields: JSONValue = [:]
            for container in ["app", "istio-proxy"] {
                let place = ["f:spec", "f:containers", "k:{\"name\":\"\(container)\"}"]
                for number in 0..<6 {
                    fields.set(place + ["f:env", "k:{\"name\":\"SETTING_\(number)\"}", "f:value"], to: [:])
                }
                for volume in volumes {
                    fields.set(
                        place + ["f:volumeMounts", "k:{\"mountPath\":\"/var/run/secrets/\(volume)\"}", "f:name"],
                        to: [:])
                }
            }
            return [
                "manager": .string(manager), "operation": "Update", "apiVersion": "v1", "time": "2026-11-21T07:00:00Z",
                "fieldsType": "FieldsV1", "fieldsV1": fields,
            ]
        })
}

extension [JSONValue] {
    fileprivate var asArray: JSONValue { .array(self) }
}
