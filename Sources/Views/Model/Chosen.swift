// What the operator has selected: a value that only a movement of the cursor changes, and what it stands for now.

internal import Actions
internal import Kube
internal import MeshModel

/// The object that the verbs act on. A focus, a sort, a filter, a tick or a new snapshot leaves it as it is.
struct Chosen: Sendable, Hashable {
    var key: RowKey
    /// What the other panes show of it.
    var service: ServiceID?

    /// As a person calls it: `inventory`, `reviews v2`.
    var name: String {
        switch key {
        case .service(let id): id.name
        case .other(_, _, let name): name
        case .edge(let source, let destination, _): "\(source) → \(destination)"
        case .route(_, _, let name, _, _, _): name
        case .breaker(_, let rule, let host, let subset, _):
            (rule.isEmpty ? Names.short(host: host) : rule) + (subset.map { " \($0)" } ?? "")
        case .workload(_, _, let name): name
        case .finding(let code, let object, _): "\(code) of \(object.name)"
        }
    }

    /// With kind and namespace, for the edge of a pane that shows something else.
    var title: String {
        switch key {
        case .service(let id): "Service \(id.namespace)/\(id.name)"
        case .other(let kind, let namespace, let name):
            [kind, namespace.map { "\($0)/\(name)" } ?? name].filter { !$0.isEmpty }.joined(separator: " ")
        case .edge: name
        case .route(let kind, let namespace, let name, _, _, _): "\(Names.kind(kind)) \(namespace)/\(name)"
        case .breaker(let namespace, _, _, _, _): "breaker \(namespace)/\(name)"
        case .workload(let namespace, let kind, let name): "\(kind) \(namespace)/\(name)"
        case .finding: name
        }
    }

    var namespace: String? {
        switch key {
        case .service(let id): id.namespace
        case .other(_, let namespace, _): namespace
        case .edge(_, _, let service): service.namespace
        case .route(_, let namespace, _, _, _, _), .breaker(let namespace, _, _, _, _), .workload(let namespace, _, _):
            namespace
        case .finding(_, let object, _): object.namespace
        }
    }

    /// Kinds without which nobody can say that it is not there.
    var kinds: [String] {
        switch key {
        case .service: ["Service"]
        case .workload(_, let kind, _): [kind, "Pod"]
        case .route(let kind, _, _, _, _, _): [kind]
        case .breaker: ["DestinationRule", "Service"]
        case .finding(_, let object, _): [object.kind]
        case .edge, .other: []
        }
    }

    /// The node of the graph that it is, where it is one.
    var node: NodeID? {
        guard case .workload(let namespace, _, let name) = key else { return nil }
        return NodeID(namespace: namespace, workload: name)
    }
}

extension Model {
    var service: ServiceID? { chosen?.service }

    /// The selection, for the verbs; none when what was selected is not in the snapshot any more.
    var selection: Selection {
        guard let snapshot, let chosen else { return .none }
        switch chosen.key {
        case .service(let id): return snapshot.services.contains { $0.id == id } ? .service(id) : .none
        case .workload(let namespace, let kind, let name):
            let isThere =
                snapshot.workloads.contains { $0.name == name && $0.namespace == namespace && $0.kind == kind }
                || snapshot.policies.contains { $0.workload == name && $0.namespace == namespace && $0.kind == kind }
            return isThere ? .workload(namespace: namespace, kind: kind, name: name) : .none
        case .route(let kind, let namespace, let name, let section, let index, _):
            let route = snapshot.routes.first {
                $0.index == index && $0.name == name && $0.namespace == namespace && $0.kind.rawValue == kind
                    && $0.section.rawValue == section
            }
            return route.map { .route($0) } ?? .none
        case .breaker(let namespace, let rule, let host, let subset, let port):
            let breaker = snapshot.breakers.first {
                $0.host == host && $0.namespace == namespace && $0.destinationRule == rule && $0.subset == subset
                    && $0.port == port
            }
            return breaker.map { .breaker($0) } ?? .none
        case .finding(let code, let object, let path):
            let finding = snapshot.findings.first { $0.code == code && $0.object == object && $0.path == path }
            return finding.map { .finding($0) } ?? .none
        case .edge(_, _, let service):
            let edge = snapshot.edges.first { $0.service == service && RowKey($0) == chosen.key }
            return edge.map { .edge($0) } ?? .none
        case .other: return .none
        }
    }

    /// The object that the selection is, or that it is a part of.
    var selectedObject: ObjectReference? {
        switch selection {
        case .service(let id): ObjectReference(kind: "Service", namespace: id.namespace, name: id.name)
        case .workload(let namespace, let kind, let name): ObjectReference(kind: kind, namespace: namespace, name: name)
        case .route(let route): ObjectReference(kind: route.kind.rawValue, namespace: route.namespace, name: route.name)
        case .breaker(let breaker):
            ObjectReference(kind: "DestinationRule", namespace: breaker.namespace, name: breaker.destinationRule)
        case .edge(let edge):
            ObjectReference(kind: "Service", namespace: edge.service.namespace, name: edge.service.name)
        case .finding(let finding):
            ObjectReference(
                kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
        case .none: nil
        }
    }

    /// Why nothing can be done with the selection, in words that follow its name; nil where it is there.
    var selectionIsGone: String? {
        guard let snapshot, let chosen, case .none = selection else { return nil }
        if case .other = chosen.key { return nil }
        let places = [chosen.namespace, chosen.service?.namespace].compactMap(\.self)
        if !places.isEmpty, !places.contains(where: snapshot.scope.contains) {
            return "is outside of the namespaces shown"
        }
        if case .edge = chosen.key, let metrics = snapshot.source(.metrics), ![.ok, .slow].contains(metrics.state) {
            return "is not known: \(metrics.detail)"
        }
        let gap = snapshot.gap(chosen.kinds, in: Set(places))
        return gap.isEmpty ? "is not there any more" : "is not known\(gap)"
    }

    /// The node that the graph's cursor is on, as what the verbs act on: its workload where it is one, else the service
    /// in front of it.
    func chosen(_ id: NodeID?) -> Chosen? {
        guard let id, let node = graph.graph.nodes.first(where: { $0.id == id }) else { return nil }
        if graph.level == .workload {
            let found = (snapshot?.workloads ?? []).filter { $0.name == id.workload && $0.namespace == id.namespace }
            if found.count == 1 {
                let key = RowKey.workload(namespace: id.namespace, kind: found[0].kind, name: id.workload)
                return Chosen(key: key, service: node.service)
            }
        }
        if let service = node.service { return Chosen(key: .service(service), service: service) }
        return Chosen(key: .other(kind: "", namespace: nil, name: "\(id.namespace)/\(id.workload)"))
    }

    /// The graph's cursor stands for the selection, and not only near it.
    var isGraphOnSelection: Bool {
        guard let chosen, let selected = graph.selected else { return false }
        if let node = chosen.node { return node == selected }
        if case .other("", nil, let name) = chosen.key { return name == "\(selected.namespace)/\(selected.workload)" }
        return chosen.service != nil && nodeService(selected) == chosen.service
    }

    /// What a pane says that has no row for the selection; nil where it has one.
    func absence(in name: PaneName) -> String? {
        guard let chosen, snapshot != nil else { return nil }
        let pane = registry[name]
        if pane.drawsWithoutRows { return pane.isOnSelection(self) ? nil : pane.absence(of: chosen, nil) }
        guard self[name].mark == .none else { return nil }
        if let selectionIsGone { return "\(chosen.title) \(selectionIsGone)" }
        let filter = self[name].filter
        if !filter.isEmpty { return "\(chosen.name) is not among /\(filter)" }
        // What could not be read may have one.
        if let snapshot, !snapshot.unread(pane.kinds).isEmpty {
            return "\(chosen.name): none is known"
        }
        let canMake = chosen.service != nil && !readOnly
        return pane.absence(of: chosen, canMake ? key(for: VerbTable.policy.action) : nil)
    }
}
