// The fields of the built-in kinds' specs that writes commonly touch: enough to refuse a misspelt one.

internal import ClusterData

enum BuiltInFields {
    private static let specs: [String: Set<String>] = [
        "deployments.apps": [
            "replicas", "selector", "template", "strategy", "minReadySeconds", "revisionHistoryLimit", "paused",
            "progressDeadlineSeconds",
        ],
        "statefulsets.apps": [
            "replicas", "selector", "template", "serviceName", "volumeClaimTemplates", "podManagementPolicy",
            "updateStrategy", "minReadySeconds", "revisionHistoryLimit", "ordinals",
            "persistentVolumeClaimRetentionPolicy",
        ],
        "daemonsets.apps": ["selector", "template", "updateStrategy", "minReadySeconds", "revisionHistoryLimit"],
        "replicasets.apps": ["replicas", "selector", "template", "minReadySeconds"],
        "horizontalpodautoscalers.autoscaling": [
            "scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior",
        ],
        "services.": [
            "ports", "selector", "clusterIP", "clusterIPs", "type", "externalIPs", "sessionAffinity",
            "loadBalancerIP", "loadBalancerSourceRanges", "externalName", "externalTrafficPolicy",
            "healthCheckNodePort", "publishNotReadyAddresses", "sessionAffinityConfig", "ipFamilies", "ipFamilyPolicy",
            "allocateLoadBalancerNodePorts", "loadBalancerClass", "internalTrafficPolicy", "trafficDistribution",
        ],
        "namespaces.": ["finalizers"],
    ]
    private static let tops: [String: Set<String>] = [
        "configmaps.": ["data", "binaryData", "immutable"], "secrets.": ["data", "stringData", "type", "immutable"],
        "serviceaccounts.": ["secrets", "imagePullSecrets", "automountServiceAccountToken"],
        "events.": [
            "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type",
            "eventTime", "reportingComponent", "reportingInstance", "action", "series", "related",
        ], "endpoints.": ["subsets"], "endpointslices.discovery.k8s.io": ["addressType", "endpoints", "ports"],
    ]

    /// The object without unknown fields, and the paths of those.
    static func pruned(_ type: ResourceType, _ object: JSONValue) -> (JSONValue, unknown: [String]) {
        guard let members = object.object else { return (object, []) }
        var result = object
        var unknown: [String] = []
        let top = (tops[type.key] ?? []).union(["apiVersion", "kind", "metadata", "spec", "status"])
        for key in members.keys where !top.contains(key) {
            unknown.append(key)
            result[key] = nil
        }
        if let known = specs[type.key], let spec = object["spec"]?.object {
            for key in spec.keys where !known.contains(key) {
                unknown.append("spec.\(key)")
                result.set(["spec", key], to: nil)
            }
        }
        return (result, unknown)
    }

    /// What a real server would refuse in the values, as far as the demo's users come across it.
    static func faults(_ type: ResourceType, _ object: JSONValue, previous: JSONValue?) -> [SchemaFault] {
        var faults: [SchemaFault] = []
        if let replicas = object.at("spec", "replicas")?.int, replicas < 0 {
            faults.append(
                SchemaFault(
                    field: "spec.replicas", reason: "FieldValueInvalid",
                    message: "Invalid value: \(replicas): must be greater than or equal to 0"))
        }
        guard type.group == "apps" else { return faults }
        let labels = object.at("spec", "template", "metadata", "labels")
        let selector = object.at("spec", "selector", "matchLabels")?.stringMap ?? [:]
        if !selector.allSatisfy({ labels?[$0.key]?.string == $0.value }) {
            faults.append(
                SchemaFault(
                    field: "spec.template.metadata.labels", reason: "FieldValueInvalid",
                    message:
                        "Invalid value: \(labels?.compactText ?? "{}"): `selector` does not match template `labels`"))
        }
        if let previous, previous.at("spec", "selector") != object.at("spec", "selector") {
            faults.append(
                SchemaFault(
                    field: "spec.selector", reason: "FieldValueInvalid",
                    message:
                        "Invalid value: \(object.at("spec", "selector")?.compactText ?? "null"): field is immutable"))
        }
        return faults
    }
}
