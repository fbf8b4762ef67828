// What may point at an object that is to go: what was not read of that is not known to be nothing.

internal import Kube
internal import MeshModel

enum ReferringKinds {
    private static let routes = MeshSnapshot.routeKinds

    /// Kinds whose objects name others of this kind, by host, by name or by labels.
    private static func kinds(of kind: String) -> [String] {
        switch kind {
        case "Service": routes + ["DestinationRule"]
        case "ServiceEntry": ["VirtualService", "DestinationRule"]
        case "DestinationRule", "VirtualService": ["VirtualService"]
        case "Gateway": routes
        case "GatewayClass": ["Gateway"]
        case "Secret": ["Gateway", "DestinationRule"]
        case "Deployment", "StatefulSet": ["Service", "HorizontalPodAutoscaler"]
        case "DaemonSet", "Pod", "ReplicaSet": ["Service"]
        case "ServiceAccount": ["AuthorizationPolicy"]
        case "Namespace": routes + ["DestinationRule", "AuthorizationPolicy"]
        default: []
        }
    }

    /// Those that select by labels, which they do in their own namespace alone.
    private static let local: Set<String> = ["Service", "HorizontalPodAutoscaler"]

    /// Why nobody can say whether something needs an object; nil where all that may point at it was read.
    static func gap(_ object: ObjectReference, _ snapshot: MeshSnapshot?) -> String? {
        guard let snapshot else { return nil }
        let names = kinds(of: object.kind)
        let near = snapshot.gap(names.filter(local.contains), in: [object.namespace])
        let far = names.filter { !local.contains($0) }
        let odd = snapshot.kinds.filter { far.contains($0.kind) && !$0.isUnread }.flatMap(\.odd)
        let gap = near + snapshot.gap(far) + (odd.isEmpty ? "" : "; \(OddObject.words(odd))")
        return gap.isEmpty ? nil : "whether something else needs it is not known\(gap)"
    }
}
