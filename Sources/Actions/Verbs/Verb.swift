// What a person can do to a cluster, as a value: the footer, the action menu, `?` help, the form and the command of the
// command line are made from it.

package import Kube
package import MeshModel

/// What is selected on the screen when a verb is asked for.
package enum Selection: Sendable, Hashable {
    case service(ServiceID)
    case workload(namespace: String, kind: String, name: String)
    case route(RouteSummary)
    case breaker(BreakerSummary)
    case edge(MeshEdge)
    case finding(Finding)
    case none

    /// Kind and name, with what tells it from others of its kind.
    package var title: String {
        switch self {
        case .service(let id): "Service \(id.namespace)/\(id.name)"
        case .workload(let namespace, let kind, let name): "\(kind) \(namespace)/\(name)"
        case .route(let route):
            "\(route.kind.rawValue) \(route.namespace)/\(route.name) \(route.section.rawValue) rule \(route.index): \(route.match)"
        case .breaker(let breaker): "DestinationRule \(breaker.namespace)/\(breaker.destinationRule)"
        case .edge(let edge): "\(edge.source.workload) → \(edge.destination.workload)"
        case .finding(let finding): "\(finding.code) \(finding.resource)"
        case .none: ""
        }
    }
}

/// What stands in the way of every change, wherever the selection is.
package struct VerbContext: Sendable, Hashable {
    /// Why nothing may be changed; nil where that is allowed.
    package var readOnly: String?
    /// What the API server says this user may do, by namespace; what has not been asked is not refused.
    package var rights: [String: NamespaceRights]
    package var snapshot: MeshSnapshot?

    package init(
        readOnly: String? = nil, rights: [String: NamespaceRights] = [:], snapshot: MeshSnapshot? = nil
    ) {
        self.readOnly = readOnly
        self.rights = rights
        self.snapshot = snapshot
    }
}

/// One thing that can be done: how it is called, which key asks for it, when it applies and why it may not.
package struct Verb: Sendable {
    /// Stable: scripts, `keys.yaml` and the journal use it.
    package var id: String
    package var key: String
    package var title: String
    package var help: String
    package var form: VerbForm
    /// The object the verb would change for this selection, nil when the verb has no meaning there.
    package var target: @Sendable (Selection, VerbContext) -> ObjectReference?
    /// Whether `target` is needed at all (undo and apply need none).
    package var needsTarget: Bool
    /// What of a selection the verb could be for; where there are several, the operator says which.
    package var candidates: @Sendable (Selection, VerbContext) -> [Selection] = { selection, _ in [selection] }
    /// What the change asks of the API server, as alternatives: the verb can be used when one of them may be.
    package var permissions: @Sendable (ObjectReference) -> [Permission] = { _ in [] }
    /// Named in the footer; the others are found in the menu, which has room.
    package var isFrequent = true
    /// Kinds that must have been read to know what the verb could be for.
    package var kinds = MeshSnapshot.workloadKinds + ["Service"]
    /// The same as a command of the command line; nil where that has a command of another kind, or none.
    package var command: VerbCommandWords?

    /// Why the verb cannot be used now; nil when it can.
    package func disabledReason(_ selection: Selection, _ context: VerbContext) -> String? {
        if let reason = context.readOnly { return "read-only: \(reason)" }
        guard let object = target(selection, context) else {
            return needsTarget ? "nothing selected that it applies to" : nil
        }
        return refusal(object, context)
    }

    /// Why the API server would refuse the change of an object; nil when it would not, or has not said.
    private func refusal(_ object: ObjectReference, _ context: VerbContext) -> String? {
        guard let rights = context.rights[object.namespace] else { return nil }
        var reason: String?
        for permission in permissions(object) {
            guard case .no(let why) = rights.answer(permission) else { return nil }
            reason = reason ?? why
        }
        return reason
    }
}
