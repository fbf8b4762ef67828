// The verbs for workloads beyond their count, and the one that deletes.

internal import Kube
internal import MeshModel

extension VerbTable {
    package static let autoscaler = Verb(
        id: "hpa", key: "H", title: "Autoscaler", help: "make an HPA for a workload, or move the bounds of its own",
        form: .workload(.hpa), target: workload(of: scaledKinds), needsTarget: true, candidates: workloads,
        permissions: { _ in
            ["create", "patch"].map { Permission($0, "autoscaling", "horizontalpodautoscalers") }
        }, isFrequent: false)

    package static let pauseRollout = Verb(
        id: "pause-rollout", key: "O", title: "Hold rollout", help: "pause the rollout of a deployment, or resume it",
        form: .workload(.pause), target: workload(of: ["Deployment"]), needsTarget: true, candidates: workloads,
        permissions: { [patch($0)] },
        isFrequent: false)

    package static let rollback = Verb(
        id: "rollback", key: "B", title: "Roll back", help: "bring a workload back to an earlier revision",
        form: .workload(.rollback), target: workload(of: rolledKinds), needsTarget: true, candidates: workloads,
        permissions: { [patch($0)] },
        isFrequent: false)

    package static let evict = Verb(
        id: "evict", key: "X", title: "Evict a pod", help: "have one pod of a workload made anew",
        form: .workload(.evict), target: workload, needsTarget: true, candidates: workloads,
        permissions: { _ in [Permission("create", "", "pods/eviction")] }, isFrequent: false)

    package static let delete = Verb(
        id: "delete", key: "D", title: "Delete", help: "delete the selected object; its name is asked for",
        form: .delete, target: { selection, _ in object(of: selection) }, needsTarget: true,
        permissions: { object in
            let kind = WatchedKind.all.first { $0.kind == object.kind }
            return [
                Permission(
                    "delete", kind?.group ?? "apps", kind?.resource ?? "\(object.kind.lowercased())s",
                    name: object.name)
            ]
        }, isFrequent: false)

    package static let edit = Verb(
        id: "edit", key: "e", title: "Edit", help: "the selected object as YAML in your editor, then a preview",
        form: .edit, target: { selection, _ in object(of: selection) }, needsTarget: true,
        permissions: { [patch($0)] }, isFrequent: false)

    /// The very object that a selection stands for; an edge stands for none.
    private static func object(of selection: Selection) -> ObjectReference? {
        switch selection {
        case .service(let id): ObjectReference(kind: "Service", namespace: id.namespace, name: id.name)
        case .workload(let namespace, let kind, let name):
            ObjectReference(kind: kind, namespace: namespace, name: name)
        case .route(let route):
            ObjectReference(kind: route.kind.rawValue, namespace: route.namespace, name: route.name)
        case .breaker(let breaker) where !breaker.destinationRule.isEmpty:
            ObjectReference(kind: "DestinationRule", namespace: breaker.namespace, name: breaker.destinationRule)
        case .finding(let finding):
            ObjectReference(
                kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
        case .breaker, .edge, .none: nil
        }
    }
}
