// The table of workloads: what can be scaled and restarted, with its autoscaler.

internal import Actions
internal import Kube
internal import MeshModel

extension PaneName {
    static let workloads = PaneName("workloads")
}

struct WorkloadsPane: Pane {
    let name = PaneName.workloads
    let title = "Workloads"
    let shortName = "wl"
    let schemaParts: Set = ["workloads"]
    let kinds = MeshSnapshot.templateKinds + ["Pod", "HorizontalPodAutoscaler", "CronJob", "Namespace"]
    let sources: [SourceName] = [.kubernetes, .metrics]
    let sorts = ["name", "namespace", "kind", "ready", "health", "rps"]

    let columns = [
        Column(id: "health", title: "", width: 1, priority: 0),
        Column(id: "namespace", title: "NS", width: 12, priority: 2, growth: 14, keepsEnds: true),
        Column(id: "kind", title: "KIND", width: 6, priority: 5),
        Column(id: "name", title: "WORKLOAD", width: 16, priority: 0, flexible: true, keepsEnds: true),
        Column(id: "version", title: "VERSION", width: 8, priority: 8),
        Column(id: "ready", title: "READY", width: 7, right: true, priority: 1),
        Column(id: "hpa", title: "HPA", width: 7, right: true, priority: 3),
        Column(id: "plane", title: "PROXY", width: 7, priority: 9),
        Column(id: "rps", title: "RPS", width: 6, right: true, priority: 2),
        Column(id: "errors", title: "ERR", width: 6, right: true, priority: 4),
        Column(id: "p99", title: "P99", width: 6, right: true, priority: 6),
    ]

    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]? {
        guard snapshot.workloads.indices.contains(row.index) else { return nil }
        let workload = snapshot.workloads[row.index]
        let lacksAutoscalers =
            workload.autoscaler == nil && !snapshot.gap(["HorizontalPodAutoscaler"], in: [workload.namespace]).isEmpty
        let sign = badges.sign(workload.kind, workload.namespace, workload.name)
        let isShort = (workload.ready ?? 0) < (workload.desired ?? 0)
        return [
            "health": CellText(HealthSign.glyph(workload.health), HealthSign.role(workload.health)),
            "namespace": CellText(workload.namespace, .muted),
            "kind": CellText(Names.kind(workload.kind), .muted),
            "name": CellText(workload.name + sign),
            "version": CellText(workload.version ?? Numbers.unknown),
            "ready": CellText(
                "\(Numbers.count(workload.ready))/\(Numbers.count(workload.desired))", isShort ? .degraded : .text),
            "hpa": CellText(
                workload.autoscaler.map { "\($0.minimum)…\($0.maximum)" } ?? (lacksAutoscalers ? "?" : "none"),
                lacksAutoscalers ? .degraded : .muted),
            "plane": CellText(workload.dataPlane.rawValue, .muted),
            "rps": CellText(Numbers.rate(workload.requestsPerSecond)),
            "errors": CellText(Numbers.percent(workload.errorRatio), HealthSign.role(errors: workload.errorRatio)),
            "p99": CellText(Numbers.milliseconds(workload.latencyMs.p99)),
        ]
    }

    // MARK: Rows

    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.workloads
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped
            : scoped.filter { filter.matches(all[$0].namespace, all[$0].name, all[$0].kind, all[$0].health.rawValue) }
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            let order: RowOrder =
                switch state.sort {
                case "namespace": RowOrder.rising(all[left].namespace, all[right].namespace)
                case "kind": RowOrder.rising(all[left].kind, all[right].kind)
                case "ready": RowOrder.falling(all[left].ready.map(Double.init), all[right].ready.map(Double.init))
                case "health": RowOrder.falling(all[left].health.rank, all[right].health.rank)
                case "rps": RowOrder.falling(all[left].requestsPerSecond, all[right].requestsPerSecond)
                default: RowOrder.rising(all[left].name, all[right].name)
                }
            return order.then(RowOrder.rising(all[left].name, all[right].name))
                .then(RowOrder.rising(all[left].namespace, all[right].namespace))
                .then(RowOrder.rising(all[left].kind, all[right].kind))
        }
        let owner = snapshot.owners
        let rows = sorted.map { index in
            Row(
                key: .workload(namespace: all[index].namespace, kind: all[index].kind, name: all[index].name),
                index: index,
                service: owner[NodeID(namespace: all[index].namespace, workload: all[index].name)])
        }
        return (rows, scoped.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool {
        old.workloads == new.workloads && old.services == new.services
    }

    func row(for selection: Selection, _ context: VerbContext, _ state: PaneState) -> Int? {
        VerbTable.workload(selection, context).flatMap(state.row)
    }

    func absence(of chosen: Chosen, _ policyKey: String?) -> String { "\(chosen.name) has no workload" }

    func drill(_ model: inout Model) { model.setFocus(.traffic) }

    /// A mesh without Kubernetes' workloads is told of without them.
    func isInSummary(_ snapshot: MeshSnapshot) -> Bool { !snapshot.workloads.isEmpty }
}

extension MeshSnapshot {
    /// The first service in front of each workload.
    var owners: [NodeID: ServiceID] {
        var owner: [NodeID: ServiceID] = [:]
        owner.reserveCapacity(workloads.count)
        for service in services {
            for name in service.workloads {
                let id = NodeID(namespace: service.id.namespace, workload: name)
                if owner[id] == nil { owner[id] = service.id }
            }
        }
        return owner
    }
}

extension PaneState {
    /// The row of a workload.
    func row(_ workload: ObjectReference) -> Int? {
        let key = RowKey.workload(namespace: workload.namespace, kind: workload.kind, name: workload.name)
        return rows.firstIndex { $0.key == key }
    }
}
