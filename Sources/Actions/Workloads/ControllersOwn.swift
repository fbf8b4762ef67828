// What controllers make or fill in by themselves: no content that an undo brings back, and no drift.

internal import Base

enum ControllersOwn {
    /// Whether an object, of which the metadata is enough, is a controller's to make again.
    static func isMade(_ item: JSONValue, _ kind: String) -> Bool {
        if OwnedPods.controller(item) != nil { return true }
        let meta = item["metadata"] ?? [:]
        switch kind {
        // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/endpoint/endpoints_controller.go
        case "Endpoints":
            return meta.at("labels", "endpoints.kubernetes.io/managed-by") == "endpoint-controller"
                || meta.at("annotations", "endpoints.kubernetes.io/last-change-trigger-time") != nil
        // One in each namespace: the cluster's authority, Istio's, OpenShift's.
        case "ConfigMap":
            return ["kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"].contains(meta["name"]?.string)
        // Made with nothing in it; where somebody put something in, that is theirs.
        case "ServiceAccount":
            return meta["name"] == "default" && FieldManager.all(of: item).allSatisfy { isController($0.name) }
        // A token, filled in for a service account that is another one when it is made anew.
        case "Secret": return meta.at("annotations", "kubernetes.io/service-account.uid") != nil
        case "Event": return true
        default: return false
        }
    }

    private static func isController(_ manager: String) -> Bool {
        manager.hasSuffix("controller-manager") || manager == "kube-scheduler"
    }

    /// Whether an object is as it was made but for what Kubernetes' own controllers have put in since: a token, a
    /// volume's name.
    static func alone(added present: JSONValue, to made: JSONValue, in object: JSONValue) -> Bool {
        let fields = FieldManager.all(of: object).filter { isController($0.name) }.map(\.fields)
        return keeps(present, made, fields)
    }

    private static func keeps(_ now: JSONValue, _ made: JSONValue?, _ fields: [JSONValue]) -> Bool {
        guard case .object(let present) = now, made == nil || made?.object != nil else {
            return made.map { $0 == now } ?? !fields.isEmpty
        }
        let members = made?.object ?? JSONObject()
        guard members.keys.allSatisfy({ present[$0] != nil }) else { return false }
        if made == nil, fields.isEmpty { return false }
        return present.members.allSatisfy { key, value in
            let inner = fields.compactMap { $0["f:\(key)"] }
            if let own = members[key] { return keeps(value, own, inner) }
            return !inner.isEmpty && keeps(value, nil, inner)
        }
    }
}
