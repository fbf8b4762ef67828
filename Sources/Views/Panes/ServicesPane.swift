// The table of services: health, pods, rate, errors, latency, mTLS.

internal import MeshModel

extension PaneName {
    static let services = PaneName("services")
}

struct ServicesPane: Pane {
    let name = PaneName.services
    let title = "Services"
    let shortName = "svc"
    let schemaParts: Set = ["services"]
    let kinds = ["Service", "Pod", "EndpointSlice", "Namespace"]
    let sources: [SourceName] = [.metrics, .kubernetes]
    let sorts = ["name", "namespace", "health", "pods", "rps", "errors", "p50", "p95", "p99", "mtls"]
    let takesTurns = false

    let columns = [
        Column(id: "health", title: "", width: 1, priority: 0),
        Column(id: "namespace", title: "NS", width: 12, priority: 2, growth: 14, keepsEnds: true),
        Column(id: "name", title: "SERVICE", width: 16, priority: 0, flexible: true, keepsEnds: true),
        Column(id: "pods", title: "PODS", width: 6, right: true, priority: 5),
        Column(id: "rps", title: "RPS", width: 6, right: true, priority: 1),
        Column(id: "spark", title: "10m", width: 8, priority: 6),
        Column(id: "errors", title: "ERR", width: 6, right: true, priority: 1),
        Column(id: "p50", title: "P50", width: 6, right: true, priority: 7),
        Column(id: "p95", title: "P95", width: 6, right: true, priority: 9),
        Column(id: "p99", title: "P99", width: 6, right: true, priority: 3),
        Column(id: "mtls", title: "MTLS", width: 6, right: true, priority: 10),
    ]

    func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool) {
        let state = model[.services]
        var wanted = columns
        if case .some(let names) = snapshot.scope, names.count == 1 { wanted.removeAll { $0.id == "namespace" } }
        let table = Table(inside, wanted, sort: state.sort, inverted: state.inverted)
        table.drawHeading(&frame)
        let sparkWidth = table.columns.first { $0.id == "spark" }?.width ?? 0
        for (row, place, line) in PaneRows.visible(state, inside, rows: inside.rows - 1) {
            guard let cells = cells(row, snapshot, model.badges, sparkWidth: sparkWidth) else { continue }
            table.draw(cells, row: line, cursor: PaneRows.cursor(place, state, isFocused, model), &frame)
        }
    }

    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]? {
        cells(row, snapshot, badges, sparkWidth: 0)
    }

    private func cells(
        _ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges, sparkWidth: Int
    ) -> [String: CellText]? {
        guard snapshot.services.indices.contains(row.index) else { return nil }
        let service = snapshot.services[row.index]
        let sign = badges.sign("Service", service.id.namespace, service.id.name)
        let isUnknown = service.readyPods == nil && service.pods == nil
        let ready =
            isUnknown ? Numbers.unknown : "\(Numbers.count(service.readyPods))/\(Numbers.count(service.pods))"
        let isShort = (service.readyPods ?? 0) < (service.pods ?? 0)
        let rate =
            service.requestsPerSecond == nil && service.bytesPerSecond != nil
            ? Numbers.bytes(service.bytesPerSecond) : Numbers.rate(service.requestsPerSecond)
        return [
            "health": CellText(HealthSign.glyph(service.health), HealthSign.role(service.health)),
            "namespace": CellText(service.id.namespace, .muted),
            "name": CellText(service.id.name + sign),
            "pods": CellText(ready, isShort ? .degraded : .text),
            "rps": CellText(rate),
            "spark": CellText(Sparkline.text(service.requestHistory, width: sparkWidth), .chart),
            "errors": CellText(Numbers.percent(service.errorRatio), HealthSign.role(errors: service.errorRatio)),
            "p50": CellText(Numbers.milliseconds(service.latencyMs.p50)),
            "p95": CellText(Numbers.milliseconds(service.latencyMs.p95)),
            "p99": CellText(Numbers.milliseconds(service.latencyMs.p99)),
            "mtls": CellText(Numbers.percent(service.mtlsRatio)),
        ]
    }

    // MARK: Rows

    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.services
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].id.namespace) }
        let kept =
            filter.isEmpty
            ? scoped : scoped.filter { filter.matches(all[$0].id.namespace, all[$0].id.name, all[$0].health.rawValue) }
        let column = state.sort
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            let order: RowOrder =
                switch column {
                case "namespace": RowOrder.rising(all[left].id.namespace, all[right].id.namespace)
                case "health": RowOrder.falling(all[left].health.rank, all[right].health.rank)
                case "pods": RowOrder.falling(all[left].pods.map(Double.init), all[right].pods.map(Double.init))
                case "rps": RowOrder.falling(all[left].requestsPerSecond, all[right].requestsPerSecond)
                case "errors": RowOrder.falling(all[left].errorRatio, all[right].errorRatio)
                case "p50": RowOrder.falling(all[left].latencyMs.p50, all[right].latencyMs.p50)
                case "p95": RowOrder.falling(all[left].latencyMs.p95, all[right].latencyMs.p95)
                case "p99": RowOrder.falling(all[left].latencyMs.p99, all[right].latencyMs.p99)
                case "mtls": RowOrder.falling(all[left].mtlsRatio, all[right].mtlsRatio)
                default: RowOrder.rising(all[left].id.name, all[right].id.name)
                }
            return order.then(RowOrder.rising(all[left].id, all[right].id))
        }
        return (sorted.map { Row(key: .service(all[$0].id), index: $0, service: all[$0].id) }, scoped.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool { old.services == new.services }

    func drill(_ model: inout Model) { model.setFocus(.topology) }
}

extension Health {
    /// The worst is highest.
    var rank: Double {
        switch self {
        case .failing: 4
        case .degraded: 3
        case .unknown: 2
        case .healthy: 1
        case .idle: 0
        }
    }
}
