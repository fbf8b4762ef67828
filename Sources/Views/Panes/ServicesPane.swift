// The table of services: health, pods, rate, errors, latency, mTLS.

internal import MeshModel

enum ServicesPane {
    static let columns = [
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

    static func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool)
    {
        let state = model[.services]
        var wanted = columns
        if case .some(let names) = snapshot.scope, names.count == 1 { wanted.removeAll { $0.id == "namespace" } }
        let table = Table(inside, wanted, sort: state.sort, inverted: state.inverted)
        table.drawHeading(&frame)
        let sparkWidth = table.columns.first { $0.id == "spark" }?.width ?? 0
        for (row, place, line) in PaneRows.visible(state, inside, rows: inside.rows - 1) {
            guard snapshot.services.indices.contains(row.index) else { continue }
            let service = snapshot.services[row.index]
            var cells = cells(service, sparkWidth: sparkWidth)
            cells["name"]?.text += model.badges.sign("Service", service.id.namespace, service.id.name)
            table.draw(
                cells, row: line,
                cursor: PaneRows.cursor(place, state, isFocused, model), &frame)
        }
    }

    static func cells(_ service: ServiceSummary, sparkWidth: Int) -> [String: CellText] {
        let ready = service.pods.map { "\(Numbers.count(service.readyPods))/\($0)" } ?? Numbers.unknown
        let isShort = (service.readyPods ?? 0) < (service.pods ?? 0)
        let rate =
            service.requestsPerSecond == nil && service.bytesPerSecond != nil
            ? Numbers.bytes(service.bytesPerSecond) : Numbers.rate(service.requestsPerSecond)
        return [
            "health": CellText(HealthSign.glyph(service.health), HealthSign.role(service.health)),
            "namespace": CellText(service.id.namespace, .muted),
            "name": CellText(service.id.name),
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
}
