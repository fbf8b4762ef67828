// Something that a key or a menu asks for.

internal import Actions

struct ViewAction: Sendable {
    /// Where the help lists it.
    enum Group: String, CaseIterable, Sendable {
        case panes = "Panes"
        case move = "Moving"
        case scope = "What is shown"
        case command = "Finding and asking"
        case read = "Reading"
        case screen = "Screen"
        /// It leads to a change of the cluster.
        case change = "Changing the cluster (each asks first, and z takes it back)"
    }

    var id: ActionID
    /// The keys that ask for it where `keys.yaml` names no other.
    var keys: [String]
    var title: String
    var group: Group
    var perform: @Sendable (inout Model) -> [Effect]

    init(
        _ id: ActionID, _ keys: [String], _ title: String, _ group: Group,
        perform: @escaping @Sendable (inout Model) -> [Effect]
    ) {
        (self.id, self.keys, self.title, self.group, self.perform) = (id, keys, title, group, perform)
    }

    /// One that asks nothing of the outside.
    static func local(
        _ id: ActionID, _ keys: [String], _ title: String, _ group: Group,
        perform: @escaping @Sendable (inout Model) -> Void
    ) -> ViewAction {
        ViewAction(id, keys, title, group) { model in
            perform(&model)
            return []
        }
    }
}

extension Verb {
    /// The action of that verb.
    var action: ActionID { ActionID(id) }
}
