// Who asks, and what they may do.

internal import Base
internal import Kube

/// The demo's users. The operator's rights are written on namespaces, so that an administrator can change them while
/// somebody looks: `kubectl label namespace shop demo.meshtop/operator=view --overwrite`.
enum APIUser: Equatable {
    case admin, viewer, team
    /// Known by name only, from impersonation: may ask about itself and nothing else.
    case other(String)

    static let all: [APIUser] = [.admin, .viewer, .team]
    static let rightsLabel = "demo.meshtop/operator"

    init(name: String) { self = Self.all.first { $0.name == name } ?? .other(name) }

    var name: String {
        switch self {
        case .admin: "demo-admin"
        case .viewer: "demo-viewer"
        case .team: "demo-operator"
        case .other(let name): name
        }
    }

    private static let reading: Set<String> = ["get", "list", "watch"]

    /// The verbs that are allowed in a namespace, or with none in the whole cluster.
    func verbs(in namespace: String?, _ store: ObjectStore) -> Set<String> {
        switch self {
        case .admin: return ["*"]
        case .viewer: return Self.reading
        case .other: return []
        case .team:
            guard let namespace, let type = ResourceType.find(group: "", resource: "namespaces"),
                let labels = store.get(type, ObjectKey("", namespace))?.at("metadata", "labels")
            else { return [] }
            switch labels[Self.rightsLabel]?.string {
            case "edit": return Self.reading.union(["create", "update", "patch", "delete"])
            case "view": return Self.reading
            default: return []
            }
        }
    }

    func may(_ verb: String, in namespace: String?, _ store: ObjectStore) -> Bool {
        let verbs = verbs(in: namespace, store)
        return verbs.contains("*") || verbs.contains(verb)
    }
}
