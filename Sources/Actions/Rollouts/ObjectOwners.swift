// Who else writes the objects of a change.

internal import Base
internal import ClusterData
internal import Kube

enum ObjectOwners {
    /// A line for each object that a controller will write again, or that somebody else wrote.
    static func words(_ steps: [PlanStep]) -> [String] {
        var found: [String] = []
        for step in steps {
            guard let object = step.before, let meta = ObjectMeta(of: object) else { continue }
            let name = "\(step.object.kind) \(step.object.name)"
            if let manager = meta.manager {
                let drive =
                    Self.routeOwners.contains(manager) && !["Canary", "Rollout"].contains(step.object.kind)
                    ? "; drive its rollout instead: :rollouts, or 'meshtop rollouts'" : ""
                found.append("\(name) is managed by \(manager), which will overwrite this change\(drive)")
            }
            let others = meta.fieldManagers.filter {
                !$0.hasPrefix("kubectl") && !Self.own.contains($0) && !$0.hasSuffix("controller-manager")
                    && !["istiod", "pilot-discovery", "unknown"].contains($0)
            }
            if meta.manager == nil, !others.isEmpty {
                found.append("\(name) was also written by \(others.joined(separator: ", "))")
            }
        }
        return found
    }

    private static let own: Set<String> = [OwnManagers.changes, OwnManagers.clientSideApply]
    private static let routeOwners: Set<String> = [
        RolloutView.Owner.flagger.rawValue, RolloutView.Owner.argo.rawValue,
    ]
}

extension ObjectMeta {
    /// The metadata of an object; nil where it cannot be read.
    init?(of object: JSONValue) {
        guard let meta = Self.read(object) else { return nil }
        self = meta
    }
}
