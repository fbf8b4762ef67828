// What an object keeps though the file that is applied does not mention it: somebody else's fields, told apart from
// what the server fills in by itself.

internal import Base
internal import Kube

struct UnnamedFields {
    private(set) var lines: [String] = []
    private let owners: [FieldManager]
    private let isSecret: Bool

    /// `after` is the object as the server would have it.
    init(_ file: JSONValue, _ after: JSONValue, _ schema: PatchSchema?) {
        isSecret = SecretMask.isSecret(after)
        owners = FieldManager.all(of: after)
        guard let named = Self.withTexts(file).object, let present = ObjectText.meaningful(after).object else { return }
        compare(named, present, schema ?? .unknown, [], [])
    }

    /// A Secret's texts are kept as data.
    private static func withTexts(_ file: JSONValue) -> JSONValue {
        guard SecretMask.isSecret(file), let texts = file["stringData"]?.object else { return file }
        var file = file
        for (key, value) in texts.members { file.set(["data", key], to: value) }
        return file
    }

    /// `fields` is the path as managedFields writes it.
    private mutating func compare(
        _ file: JSONObject, _ after: JSONObject, _ schema: PatchSchema, _ path: [String], _ fields: [String]
    ) {
        for (key, value) in after.members {
            let (own, ownFields) = (path + [key], fields + ["f:" + key])
            let isMap =
                path == ["metadata"] && ["labels", "annotations"].contains(key)
                || path.isEmpty && ["data", "binaryData"].contains(key)
            guard let named = file[key] ?? (isMap ? [:] : nil) else {
                note(value, own, ownFields)
                continue
            }
            let field = schema.field(key)
            switch (named, value) {
            case (.object(let inner), .object(let present)) where !field.replaces:
                compare(inner, present, field.schema, own, ownFields)
            case (.array(let inner), .array(let present)) where field.merges:
                compare(inner, present, field, own, ownFields)
            default: break
            }
        }
    }

    private mutating func compare(
        _ file: [JSONValue], _ after: [JSONValue], _ field: PatchField, _ path: [String], _ fields: [String]
    ) {
        guard let last = path.last else { return }
        for element in after {
            let key = field.mergeKey
            if key.isEmpty {
                if !file.contains(element) { note(element, path, fields) }
                continue
            }
            let name = element[key].map { $0.string ?? $0.compactText } ?? ""
            let own = path.dropLast() + ["\(last)[\(name)]"]
            // The server's keys of a list may be more than one: what is beneath is found by this one.
            let ownFields = fields + ["k:" + JSONValue.object(JSONObject([(key, element[key] ?? .null)])).compactText]
            guard let named = file.first(where: { $0[key] == element[key] }) else {
                note(element, Array(own), ownFields)
                continue
            }
            if let inner = named.object, let present = element.object {
                compare(inner, present, field.schema, Array(own), ownFields)
            }
        }
    }

    private mutating func note(_ value: JSONValue, _ path: [String], _ fields: [String]) {
        if ServerDefault.isOne(value, at: path) { return }
        let owner = owners.last { Self.owns($0.fields, fields[...]) }.map { SafeText.line($0.name, limit: 60) }
        let isHidden = isSecret && SecretMask.hides(path)
        let text = isHidden ? "***" : SafeText.line(value.string ?? value.compactText, limit: 60)
        lines.append(
            SafeText.line(path.joined(separator: "."), limit: 160) + ": \(text)" + (owner.map { " (\($0))" } ?? ""))
    }

    private static func owns(_ owned: JSONValue, _ fields: ArraySlice<String>) -> Bool {
        guard let first = fields.first else { return true }
        guard let members = owned.object else { return false }
        if let inner = members[first] { return owns(inner, fields.dropFirst()) }
        guard first.hasPrefix("k:"), let wanted = try? JSONValue(parsing: String(first.dropFirst(2))).object else {
            return false  // a key that is no JSON names no element
        }
        return members.members.contains { key, inner in
            guard key.hasPrefix("k:"), let keys = try? JSONValue(parsing: String(key.dropFirst(2))) else {
                return false  // the same
            }
            return wanted.members.allSatisfy { keys[$0] == $1 } && owns(inner, fields.dropFirst())
        }
    }
}

/// What the API server writes where a manifest says nothing. A field of these names with another value was set by
/// somebody.
enum ServerDefault {
    private static let values: [String: Set<JSONValue>] = [
        "terminationMessagePath": ["/dev/termination-log"], "terminationMessagePolicy": ["File"],
        "imagePullPolicy": ["Always", "IfNotPresent"], "restartPolicy": ["Always"], "dnsPolicy": ["ClusterFirst"],
        "schedulerName": ["default-scheduler"], "securityContext": [[:]], "resources": [[:]],
        "terminationGracePeriodSeconds": [30], "protocol": ["TCP"], "revisionHistoryLimit": [10],
        "progressDeadlineSeconds": [600], "podManagementPolicy": ["OrderedReady"], "replicas": [1], "minReplicas": [1],
        "sessionAffinity": ["None"], "internalTrafficPolicy": ["Cluster"], "externalTrafficPolicy": ["Cluster"],
        "ipFamilyPolicy": ["SingleStack"], "defaultMode": [420], "failureThreshold": [3], "successThreshold": [1],
        "periodSeconds": [10], "timeoutSeconds": [1], "scheme": ["HTTP"], "fieldPath": [], "apiVersion": ["v1"],
        "completionMode": ["NonIndexed"], "completions": [1], "parallelism": [1], "backoffLimit": [6],
        "suspend": [false], "concurrencyPolicy": ["Allow"], "failedJobsHistoryLimit": [1],
        "successfulJobsHistoryLimit": [3], "podReplacementPolicy": ["TerminatingOrFailed"], "pathType": [],
        "type": ["RollingUpdate"], "apiGroup": ["rbac.authorization.k8s.io"], "path": ["/"],
        "persistentVolumeReclaimPolicy": ["Retain", "Delete"], "enableServiceLinks": [true],
        "preemptionPolicy": ["PreemptLowerPriority"], "volumeMode": ["Filesystem"],
        "allocateLoadBalancerNodePorts": [true],
        "persistentVolumeClaimRetentionPolicy": [
            ["whenDeleted": "Retain", "whenScaled": "Retain"]
        ],
        "serviceAccountName": ["default"], "serviceAccount": ["default"],
        "strategy": [
            ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]]
        ],
        "updateStrategy": [
            ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]],
            ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]],
        ],
        "rollingUpdate": [
            ["maxSurge": "25%", "maxUnavailable": "25%"], ["partition": 0], ["maxSurge": 0, "maxUnavailable": 1],
        ],
        "maxSurge": ["25%", 0], "maxUnavailable": ["25%", 1], "policyTypes": [["Ingress"], ["Ingress", "Egress"]],
    ]
    /// Worked out by the server from the rest of the object.
    private static let derived: Set<String> = [
        "clusterIP", "clusterIPs", "ipFamilies", "nodePort", "targetPort", "nodeName", "kubernetes.io/metadata.name",
        "deployment.kubernetes.io/revision", "tolerations", "healthCheckNodePort", "behavior", "hostPort", "volumeName",
    ]

    static func isOne(_ value: JSONValue, at path: [String]) -> Bool {
        guard let name = path.last else { return true }
        if path.count == 1, ["apiVersion", "kind", "status"].contains(name) { return true }
        if path == ["spec", "type"], value == "ClusterIP" { return true }
        if path == ["type"], value == "Opaque" { return true }
        if path.count == 2, path[0] == "metadata", ["namespace", "ownerReferences", "generateName"].contains(name) {
            return true
        }
        if value == [:] || value == [] || value.isNull { return true }
        if values[name]?.contains(value) == true { return true }
        return derived.contains(name) && !(path.first == "metadata" && name == "tolerations")
    }
}
