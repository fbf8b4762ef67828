// The rows of every pane, in order, from a snapshot: filtered, sorted and keyed by what they stand for.

internal import MeshModel

enum RowBuilder {
    static func rows(_ pane: PaneName, _ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        switch pane {
        case .services: return services(snapshot, state, filter)
        case .workloads: return workloads(snapshot, state, filter)
        case .traffic: return traffic(snapshot, state, filter)
        case .latency: return latency(snapshot, state, filter)
        case .breakers: return breakers(snapshot, state, filter)
        case .findings: return findings(snapshot, state, filter)
        case .policies: return policies(snapshot, state, filter)
        case .topology: return ([], 0)
        }
    }

    /// Whether two snapshots give a pane the same rows. Arrays that a snapshot took over from the one before are found
    /// equal without a look inside.
    static func isSame(_ pane: PaneName, _ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool {
        guard old.scope == new.scope else { return false }
        switch pane {
        case .services: return old.services == new.services
        case .workloads: return old.workloads == new.workloads && old.services == new.services
        case .traffic: return old.routes == new.routes
        case .latency: return old.services == new.services && old.edges == new.edges
        case .breakers: return old.breakers == new.breakers
        case .findings: return old.findings == new.findings
        case .policies: return old.policies == new.policies && old.services == new.services
        case .topology: return true
        }
    }

    // MARK: Services

    private static func services(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.services
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].id.namespace) }
        let kept =
            filter.isEmpty
            ? scoped : scoped.filter { filter.matches(all[$0].id.namespace, all[$0].id.name, all[$0].health.rawValue) }
        let column = state.sort
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            let order: Order =
                switch column {
                case "namespace": compare(all[left].id.namespace, all[right].id.namespace)
                case "health": falling(rank(all[left].health), rank(all[right].health))
                case "pods": falling(all[left].pods.map(Double.init), all[right].pods.map(Double.init))
                case "rps": falling(all[left].requestsPerSecond, all[right].requestsPerSecond)
                case "errors": falling(all[left].errorRatio, all[right].errorRatio)
                case "p50": falling(all[left].latencyMs.p50, all[right].latencyMs.p50)
                case "p95": falling(all[left].latencyMs.p95, all[right].latencyMs.p95)
                case "p99": falling(all[left].latencyMs.p99, all[right].latencyMs.p99)
                case "mtls": falling(all[left].mtlsRatio, all[right].mtlsRatio)
                default: compare(all[left].id.name, all[right].id.name)
                }
            return order.then(compare(all[left].id, all[right].id))
        }
        return (sorted.map { Row(key: .service(all[$0].id), index: $0, service: all[$0].id) }, scoped.count)
    }

    private static func rank(_ health: Health) -> Double {
        switch health {
        case .failing: 4
        case .degraded: 3
        case .unknown: 2
        case .healthy: 1
        case .idle: 0
        }
    }

    // MARK: Workloads

    private static func workloads(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.workloads
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped
            : scoped.filter { filter.matches(all[$0].namespace, all[$0].name, all[$0].kind, all[$0].health.rawValue) }
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            let order: Order =
                switch state.sort {
                case "namespace": compare(all[left].namespace, all[right].namespace)
                case "kind": compare(all[left].kind, all[right].kind)
                case "ready": falling(all[left].ready.map(Double.init), all[right].ready.map(Double.init))
                case "health": falling(rank(all[left].health), rank(all[right].health))
                case "rps": falling(all[left].requestsPerSecond, all[right].requestsPerSecond)
                default: compare(all[left].name, all[right].name)
                }
            return order.then(compare(all[left].name, all[right].name))
                .then(compare(all[left].namespace, all[right].namespace))
                .then(compare(all[left].kind, all[right].kind))
        }
        let owner = owners(snapshot)
        let rows = sorted.map { index in
            Row(
                key: .workload(namespace: all[index].namespace, kind: all[index].kind, name: all[index].name),
                index: index,
                service: owner[NodeID(namespace: all[index].namespace, workload: all[index].name)])
        }
        return (rows, scoped.count)
    }

    /// The first service in front of each workload.
    private static func owners(_ snapshot: MeshSnapshot) -> [NodeID: ServiceID] {
        var owner: [NodeID: ServiceID] = [:]
        owner.reserveCapacity(snapshot.workloads.count)
        for service in snapshot.services {
            for name in service.workloads {
                let id = NodeID(namespace: service.id.namespace, workload: name)
                if owner[id] == nil { owner[id] = service.id }
            }
        }
        return owner
    }

    // MARK: Findings and policies

    private static func findings(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.findings
        let kept =
            filter.isEmpty
            ? Array(all.indices)
            : all.indices.filter {
                filter.matches(all[$0].code, all[$0].severity.rawValue, all[$0].resource, all[$0].message)
            }
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            let order: Order =
                switch state.sort {
                case "object": compare(all[left].object, all[right].object)
                case "code": compare(all[left].code, all[right].code)
                case "namespace": compare(all[left].object.namespace, all[right].object.namespace)
                default: compare(all[right].severity, all[left].severity)
                }
            return order.then(compare(left, right))
        }
        let rows = sorted.map { index in
            let finding = all[index]
            return Row(
                key: .finding(code: finding.code, object: finding.object, path: finding.path), index: index,
                service: finding.object.kind == "Service"
                    ? ServiceID(namespace: finding.object.namespace, name: finding.object.name) : nil)
        }
        return (rows, all.count)
    }

    private static func policies(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.policies
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped : scoped.filter { filter.matches(all[$0].namespace, all[$0].workload, all[$0].mtlsMode) }
        let owner = owners(snapshot)
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            let order: Order =
                switch state.sort {
                case "namespace": compare(all[left].namespace, all[right].namespace)
                case "mtls": compare(all[left].mtlsMode, all[right].mtlsMode)
                default: compare(all[left].workload, all[right].workload)
                }
            return order.then(compare(all[left].workload, all[right].workload))
                .then(compare(all[left].namespace, all[right].namespace))
        }
        let rows = sorted.map { index in
            Row(
                key: .workload(namespace: all[index].namespace, kind: all[index].kind, name: all[index].workload),
                index: index, service: owner[NodeID(namespace: all[index].namespace, workload: all[index].workload)])
        }
        return (rows, scoped.count)
    }

    // MARK: Traffic

    /// A heading row per rule (part 0), then one per destination (part 1…).
    private static func traffic(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.routes
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped : scoped.filter { filter.matches(all[$0].namespace, all[$0].name, all[$0].host, all[$0].match) }
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            // A rule with a choice is what the pane is for.
            let choice = falling(all[left].destinations.count > 1 ? 1 : 0, all[right].destinations.count > 1 ? 1 : 0)
            let order = state.sort == "namespace" ? compare(all[left].namespace, all[right].namespace) : choice
            if order != .same { return order }
            return compare(all[left].name, all[right].name).then(compare(all[left].namespace, all[right].namespace))
                .then(compare(all[left].section.rawValue, all[right].section.rawValue))
                .then(compare(all[left].index, all[right].index))
        }
        var rows: [Row] = []
        for index in sorted {
            for part in 0...all[index].destinations.count {
                rows.append(Row(key: key(all[index], part), index: index, part: part, service: all[index].service))
            }
        }
        return (rows, scoped.count)
    }

    static func key(_ route: RouteSummary, _ part: Int) -> RowKey {
        .route(
            kind: route.kind.rawValue, namespace: route.namespace, name: route.name, section: route.section.rawValue,
            index: route.index, part: part)
    }

    // MARK: Latency

    /// A row per service (part 0), then one per edge that arrives at it (part 1).
    private static func latency(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.services
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].id.namespace) }
        let kept = filter.isEmpty ? scoped : scoped.filter { filter.matches(all[$0].id.namespace, all[$0].id.name) }
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            let order: Order =
                switch state.sort {
                case "p50": falling(all[left].latencyMs.p50, all[right].latencyMs.p50)
                case "p95": falling(all[left].latencyMs.p95, all[right].latencyMs.p95)
                case "rps": falling(all[left].requestsPerSecond, all[right].requestsPerSecond)
                case "name": compare(all[left].id.name, all[right].id.name)
                default: falling(all[left].latencyMs.p99, all[right].latencyMs.p99)
                }
            return order.then(compare(all[left].id, all[right].id))
        }
        var arriving: [ServiceID: [Int]] = [:]
        for (index, edge) in snapshot.edges.enumerated() where edge.meshProtocol != .tcp {
            arriving[edge.service, default: []].append(index)
        }
        var rows: [Row] = []
        for index in sorted {
            let id = all[index].id
            rows.append(Row(key: .service(id), index: index, service: id))
            let edges = (arriving[id] ?? []).sorted { left, right in
                let (a, b) = (snapshot.edges[left], snapshot.edges[right])
                return (a.source.namespace, a.source.workload, a.destination.workload)
                    < (b.source.namespace, b.source.workload, b.destination.workload)
            }
            for edge in edges { rows.append(Row(key: key(snapshot.edges[edge]), index: edge, part: 1, service: id)) }
        }
        return (rows, scoped.count)
    }

    static func key(_ edge: MeshEdge) -> RowKey {
        .edge(
            source: "\(edge.source.namespace)/\(edge.source.workload)",
            destination: "\(edge.destination.namespace)/\(edge.destination.workload)", service: edge.service)
    }

    // MARK: Breakers

    private static func breakers(
        _ snapshot: MeshSnapshot, _ state: PaneState, _ filter: RowFilter
    ) -> (rows: [Row], total: Int) {
        let all = snapshot.breakers
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped
            : scoped.filter {
                filter.matches(all[$0].namespace, all[$0].host, all[$0].subset ?? "", all[$0].state.rawValue)
            }
        let sorted = sort(kept, inverted: state.inverted) { left, right in
            let order: Order =
                switch state.sort {
                case "name": compare(all[left].host, all[right].host)
                case "namespace": compare(all[left].namespace, all[right].namespace)
                default:
                    falling(-Double(BreakerSign.rank(all[left].state)), -Double(BreakerSign.rank(all[right].state)))
                }
            return order.then(compare(all[left].host, all[right].host))
                .then(compare(all[left].subset ?? "", all[right].subset ?? ""))
                .then(compare(all[left].namespace, all[right].namespace))
        }
        let rows = sorted.map { index in
            let breaker = all[index]
            return Row(
                key: .breaker(
                    namespace: breaker.namespace, rule: breaker.destinationRule, host: breaker.host,
                    subset: breaker.subset, port: breaker.port),
                index: index, service: breaker.service)
        }
        return (rows, scoped.count)
    }

    // MARK: Order

    enum Order {
        case before, same, after

        /// What decides where this does not.
        func then(_ next: @autoclosure () -> Order) -> Order { self == .same ? next() : self }
    }

    private static func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Order {
        left < right ? .before : left == right ? .same : .after
    }

    /// Large first; what is unknown comes last.
    private static func falling(_ left: Double?, _ right: Double?) -> Order {
        switch (left, right) {
        case (nil, nil): .same
        case (nil, _): .after
        case (_, nil): .before
        case (let a?, let b?): a > b ? .before : a == b ? .same : .after
        }
    }

    private static func sort(_ indices: [Int], inverted: Bool, by order: (Int, Int) -> Order) -> [Int] {
        let sorted = indices.sorted { order($0, $1) == .before }
        return inverted ? sorted.reversed() : sorted
    }
}
