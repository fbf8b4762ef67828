// The table of everything a person can do to a cluster. The footer, the action menu, `?` help, the headless
// command and the journal are all made from it.

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
    /// How the verb collects what it needs before a plan is made.
    package enum Form: Sendable, Hashable {
        case weights, replicas, policy, file, undo, restart, fix, stats, delete, edit
        case workload(WorkloadTemplate)
    }

    /// Stable: scripts, `keys.yaml` and the journal use it.
    package var id: String
    package var key: String
    package var title: String
    package var help: String
    package var form: Form
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

package enum VerbTable {
    package static let all: [Verb] = [
        shift, scale, restart, policy, fix, stats, autoscaler, pauseRollout, rollback, evict, edit, delete, apply, undo,
    ]

    package static let shift = Verb(
        id: "shift", key: "W", title: "Shift weights", help: "edit the split of a route; keeps the sum at 100",
        form: .weights,
        target: { selection, context in
            route(for: selection, context).map {
                ObjectReference(kind: $0.kind.rawValue, namespace: $0.namespace, name: $0.name)
            }
        }, needsTarget: true, candidates: routes, permissions: { [patch($0)] })

    package static let scale = Verb(
        id: "scale", key: "S", title: "Scale", help: "set the replicas of a deployment or statefulset",
        form: .replicas, target: workload(of: scaledKinds), needsTarget: true, candidates: workloads,
        permissions: { object in
            [Permission("update", "apps", "\(object.kind.lowercased())s/scale", name: object.name)]
        })

    package static let restart = Verb(
        id: "restart", key: "R", title: "Restart", help: "roll the pods of a workload", form: .restart,
        target: workload(of: rolledKinds), needsTarget: true, candidates: workloads, permissions: { [patch($0)] })

    package static let policy = Verb(
        id: "policy", key: "E", title: "Apply policy",
        help: "mTLS, breaker, timeouts, balancing, faults, mirror, A/B, access, tokens, limits",
        form: .policy,
        target: { selection, context in
            service(for: selection, context).map {
                ObjectReference(kind: "Service", namespace: $0.namespace, name: $0.name)
            }
        }, needsTarget: true,
        permissions: { _ in
            ["create", "patch"].flatMap { verb in
                [
                    Permission(verb, "networking.istio.io", "destinationrules"),
                    Permission(verb, "security.istio.io", "peerauthentications"),
                    Permission(verb, "networking.istio.io", "virtualservices"),
                    Permission(verb, "security.istio.io", "authorizationpolicies"),
                    Permission(verb, "networking.k8s.io", "networkpolicies"),
                ]
            }
        })

    package static let fix = Verb(
        id: "fix", key: "F", title: "Fix", help: "mend what a finding names, where that is mechanical", form: .fix,
        target: { selection, _ in
            guard case .finding(let finding) = selection, finding.fix else { return nil }
            return ObjectReference(
                kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
        }, needsTarget: true, permissions: { [patch($0)] })

    package static let stats = Verb(
        id: "stats", key: "P", title: "Tell breakers",
        help: "annotate a client so that its proxies tell of their breakers",
        form: .stats,
        target: { selection, context in
            guard case .breaker(let breaker) = selection, let client = breaker.silentClient else { return nil }
            let kind = context.snapshot?.workloads.first { $0.namespace == client.namespace && $0.name == client.name }?
                .kind
            return kind.map { ObjectReference(kind: $0, namespace: client.namespace, name: client.name) }
        }, needsTarget: true, permissions: { [patch($0)] })

    package static let apply = Verb(
        id: "apply", key: "A", title: "Apply file",
        help: "apply a YAML file or folder, all of it validated before the first object is sent",
        form: .file, target: { _, _ in nil }, needsTarget: false)

    package static let undo = Verb(
        id: "undo", key: "z", title: "Undo", help: "take back the last change", form: .undo,
        target: { _, _ in nil }, needsTarget: false)

    /// To patch this very object.
    static func patch(_ object: ObjectReference) -> Permission {
        let kind = WatchedKind.all.first { $0.kind == object.kind }
        return Permission(
            "patch", kind?.group ?? "apps", kind?.resource ?? "\(object.kind.lowercased())s", name: object.name)
    }

    /// The namespaces that the verbs would write to for a selection.
    package static func namespaces(for selection: Selection, _ context: VerbContext) -> Set<String> {
        Set(all.compactMap { $0.target(selection, context)?.namespace })
    }

    /// The weighted rules that a selection stands for: itself, or those of its service.
    @Sendable package static func routes(_ selection: Selection, _ context: VerbContext) -> [Selection] {
        if case .route(let route) = selection { return route.destinations.count > 1 ? [selection] : [] }
        guard let id = service(for: selection, context) else { return [] }
        return (context.snapshot?.routes ?? []).filter { $0.service == id && $0.destinations.count > 1 }
            .map { .route($0) }
    }

    /// The first of them.
    package static func route(for selection: Selection, _ context: VerbContext) -> RouteSummary? {
        guard case .route(let route)? = routes(selection, context).first else { return nil }
        return route
    }

    package static func service(for selection: Selection, _ context: VerbContext) -> ServiceID? {
        switch selection {
        case .service(let id): id
        case .route(let route): route.service
        case .breaker(let breaker): breaker.service
        case .edge(let edge): edge.service
        case .finding(let finding):
            finding.object.kind == "Service"
                ? ServiceID(namespace: finding.object.namespace, name: finding.object.name) : nil
        case .workload(let namespace, _, let name):
            context.snapshot?.services.first { $0.id.namespace == namespace && $0.workloads.contains(name) }?.id
        case .none: nil
        }
    }

    /// The workloads that a selection stands for: itself, the one at the end of an edge, the one that a finding is about,
    /// or all behind its service.
    @Sendable package static func workloads(_ selection: Selection, _ context: VerbContext) -> [Selection] {
        let known = context.snapshot?.workloads ?? []
        func selected(_ workload: WorkloadSummary) -> Selection {
            .workload(namespace: workload.namespace, kind: workload.kind, name: workload.name)
        }
        switch selection {
        case .workload: return [selection]
        case .edge(let edge):
            let end = edge.destination
            let found = known.filter { $0.namespace == end.namespace && $0.name == end.workload }
            if !found.isEmpty { return found.map(selected) }
        case .finding(let finding):
            let object = finding.object
            let found = known.filter {
                $0.kind == object.kind && $0.namespace == object.namespace && $0.name == object.name
            }
            if !found.isEmpty { return found.map(selected) }
        case .service, .route, .breaker, .none: break
        }
        guard let id = service(for: selection, context),
            let names = context.snapshot?.services.first(where: { $0.id == id })?.workloads
        else { return [] }
        return names.flatMap { name in
            known.filter { $0.namespace == id.namespace && $0.name == name }.map(selected)
        }
    }

    /// The first of them.
    @Sendable package static func workload(_ selection: Selection, _ context: VerbContext) -> ObjectReference? {
        workload(of: nil)(selection, context)
    }

    /// The first of them that is of one of these kinds.
    static func workload(of kinds: Set<String>?) -> @Sendable (Selection, VerbContext) -> ObjectReference? {
        { selection, context in
            for case .workload(let namespace, let kind, let name) in workloads(selection, context)
            where kinds?.contains(kind) ?? true {
                return ObjectReference(kind: kind, namespace: namespace, name: name)
            }
            return nil
        }
    }

    /// Kinds with a count of replicas that is theirs to set.
    static let scaledKinds: Set<String> = ["Deployment", "StatefulSet"]
    /// Kinds that roll their pods when their template changes.
    static let rolledKinds: Set<String> = ["Deployment", "StatefulSet", "DaemonSet"]
}
