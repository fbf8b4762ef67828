// The table of everything a person can do to a cluster, and what the verbs share.

internal import Kube
package import MeshModel

package enum VerbTable {
    /// In the order of the footer, the menu and the help.
    package static let all: [Verb] = [
        shift, scale, restart, policy, fix, stats, autoscaler, pauseRollout, rollback, evict, edit, delete, apply, undo,
    ]

    /// To patch this very object.
    static func patch(_ object: ObjectReference) -> Permission { permission("patch", object) }

    /// To do that to this very object.
    static func permission(_ verb: String, _ object: ObjectReference) -> Permission {
        let kind = WatchedKind.all.first { $0.kind == object.kind }
        return Permission(
            verb, kind?.group ?? "apps", kind?.resource ?? "\(object.kind.lowercased())s", name: object.name)
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
