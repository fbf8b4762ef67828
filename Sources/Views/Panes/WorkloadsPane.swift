// The table of workloads: what can be scaled and restarted, with its autoscaler.

internal import MeshModel

enum WorkloadsPane {
    static let columns = [
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

    static func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool)
    {
        let state = model[.workloads]
        let table = Table(inside, columns, sort: state.sort, inverted: state.inverted)
        table.drawHeading(&frame)
        for (row, place, line) in PaneRows.visible(state, inside, rows: inside.rows - 1) {
            guard snapshot.workloads.indices.contains(row.index) else { continue }
            let workload = snapshot.workloads[row.index]
            let lacksAutoscalers =
                workload.autoscaler == nil
                && !snapshot.gap(["HorizontalPodAutoscaler"], in: [workload.namespace]).isEmpty
            var cells = cells(workload, lacksAutoscalers: lacksAutoscalers)
            cells["name"]?.text += model.badges.sign(workload.kind, workload.namespace, workload.name)
            table.draw(
                cells, row: line,
                cursor: PaneRows.cursor(place, state, isFocused, model), &frame)
        }
    }

    static func cells(_ workload: WorkloadSummary, lacksAutoscalers: Bool = false) -> [String: CellText] {
        let isShort = (workload.ready ?? 0) < (workload.desired ?? 0)
        return [
            "health": CellText(HealthSign.glyph(workload.health), HealthSign.role(workload.health)),
            "namespace": CellText(workload.namespace, .muted),
            "kind": CellText(Names.kind(workload.kind), .muted),
            "name": CellText(workload.name),
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
}
