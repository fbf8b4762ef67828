// Latency quantiles per service and per edge, with the history of the one that is selected.

internal import MeshModel

extension PaneName {
    static let latency = PaneName("latency")
}

struct LatencyPane: Pane {
    let name = PaneName.latency
    let title = "Latency"
    let shortName = "lat"
    let schemaParts: Set = ["services", "edges"]
    let kinds = ["Service"]
    let sorts = ["p99", "p95", "p50", "name", "rps"]

    let columns = [
        Column(id: "name", title: "SERVICE / EDGE", width: 20, priority: 0, flexible: true, keepsEnds: true),
        Column(id: "rps", title: "RPS", width: 6, right: true, priority: 3),
        Column(id: "p50", title: "P50", width: 6, right: true, priority: 2),
        Column(id: "p95", title: "P95", width: 6, right: true, priority: 2),
        Column(id: "p99", title: "P99", width: 6, right: true, priority: 1),
        Column(id: "spark", title: "P99 10m", width: 14, priority: 4),
    ]

    private func chartRows(_ inside: Area) -> Int {
        inside.rows >= 12 && inside.columns >= 30 ? min(14, inside.rows / 2) : 0
    }

    func listRows(_ inside: Area) -> Int { max(0, inside.rows - 1 - chartRows(inside)) }

    func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool) {
        let state = model[.latency]
        let table = Table(inside, columns, sort: state.sort, inverted: state.inverted)
        table.drawHeading(&frame)
        // Where a name occurs twice, its namespace tells which.
        var seen: Set<String> = []
        let ambiguous = Set(snapshot.services.map(\.id.name).filter { !seen.insert($0).inserted })
        let sparkWidth = table.columns.first { $0.id == "spark" }?.width ?? 0
        for (row, place, line) in PaneRows.visible(state, inside, rows: listRows(inside)) {
            guard let cells = cells(row, snapshot, ambiguous, sparkWidth: sparkWidth) else { continue }
            table.draw(cells, row: line, cursor: PaneRows.cursor(place, state, isFocused, model), &frame)
        }
        let rows = chartRows(inside)
        if rows > 0, let row = state.selected {
            drawChart(
                &frame,
                Area(row: inside.row + inside.rows - rows, column: inside.column, rows: rows, columns: inside.columns),
                row, snapshot)
        }
    }

    private func cells(_ row: Row, _ snapshot: MeshSnapshot, _ ambiguous: Set<String>, sparkWidth: Int)
        -> [String: CellText]?
    {
        if row.part == 0 {
            guard snapshot.services.indices.contains(row.index) else { return nil }
            let service = snapshot.services[row.index]
            return cells(
                CellText(
                    ambiguous.contains(service.id.name)
                        ? "\(service.id.name) \(service.id.namespace)" : service.id.name, Style(.text, .bold)),
                service.requestsPerSecond, service.latencyMs,
                service.p99History, sparkWidth)
        }
        guard snapshot.edges.indices.contains(row.index) else { return nil }
        let edge = snapshot.edges[row.index]
        return cells(
            CellText("  \(edge.source.workload) → \(edge.destination.workload)", .muted), edge.requestsPerSecond,
            edge.latencyMs, edge.p99History, sparkWidth)
    }

    private func cells(
        _ name: CellText, _ rate: Double?, _ latency: Latency, _ history: History, _ width: Int
    ) -> [String: CellText] {
        [
            "name": name, "rps": CellText(Numbers.rate(rate)), "p50": CellText(Numbers.milliseconds(latency.p50)),
            "p95": CellText(Numbers.milliseconds(latency.p95)), "p99": CellText(Numbers.milliseconds(latency.p99)),
            "spark": CellText(Sparkline.text(history, width: width), .chart),
        ]
    }

    private func drawChart(_ frame: inout Frame, _ area: Area, _ row: Row, _ snapshot: MeshSnapshot) {
        let series: [(name: String, role: Role, history: History)]
        let title: String
        if row.part == 0, snapshot.services.indices.contains(row.index) {
            let service = snapshot.services[row.index]
            title = "\(service.id.namespace)/\(service.id.name)"
            series = [
                ("p50", .healthy, service.p50History), ("p95", .chart, service.p95History),
                ("p99", .chart2, service.p99History),
            ]
        } else if row.part == 1, snapshot.edges.indices.contains(row.index) {
            let edge = snapshot.edges[row.index]
            title = "\(edge.source.workload) → \(edge.destination.workload)"
            series = [("p99", .chart2, edge.p99History)]
        } else {
            return
        }
        frame.put(
            String(repeating: "─", count: area.columns), row: area.row, column: area.column, style: Style(.border))
        var x = frame.put(
            " \(title.fitted(area.columns / 2)) ", row: area.row, column: area.column + 1, style: Style(.title))
        for one in series {
            let now = one.history.values.last ?? nil
            x = frame.put(
                " \(one.name) \(Numbers.milliseconds(now)) ", row: area.row, column: x + 1, style: Style(one.role),
                limit: area.column + area.columns - x - 1)
        }
        let most = series.flatMap { $0.history.values.compactMap { $0 } }.max() ?? 0
        guard most > 0 else {
            frame.put(
                "no latency has been measured", row: area.row + 1, column: area.column + 1, style: Style(.muted),
                limit: area.columns - 1)
            return
        }
        let axis = 7
        let plot = Area(
            row: area.row + 1, column: area.column + axis + 1, rows: area.rows - 2, columns: area.columns - axis - 1)
        frame.put(
            Numbers.milliseconds(most).padded(axis, right: true), row: plot.row, column: area.column,
            style: Style(.muted))
        if plot.rows >= 5 {
            frame.put(
                Numbers.milliseconds(most / 2).padded(axis, right: true), row: plot.row + plot.rows / 2,
                column: area.column,
                style: Style(.muted))
        }
        frame.put(
            "0".padded(axis, right: true), row: plot.row + plot.rows - 1, column: area.column, style: Style(.muted))
        var chart = DotChart(columns: plot.columns, rows: plot.rows)
        // The slowest lies lowest so that the common case stays visible.
        for one in series.reversed() { chart.add(one.history.values, most: most, role: one.role) }
        chart.draw(&frame, row: plot.row, column: plot.column)
        let step = series.first?.history.stepSeconds ?? 5
        let shown = min(plot.columns * 2, series.map(\.history.values.count).max() ?? 0)
        let last = area.row + area.rows - 1
        frame.put(
            "-\(Numbers.age(Double(shown * step)))", row: last, column: plot.column + max(0, plot.columns - shown / 2),
            style: Style(.muted))
        frame.put("now", row: last, column: area.column + area.columns - 3, style: Style(.muted))
    }

    // MARK: Rows

    /// A row per service (part 0), then one per edge that arrives at it (part 1).
    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.services
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].id.namespace) }
        let kept = filter.isEmpty ? scoped : scoped.filter { filter.matches(all[$0].id.namespace, all[$0].id.name) }
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            let order: RowOrder =
                switch state.sort {
                case "p50": RowOrder.falling(all[left].latencyMs.p50, all[right].latencyMs.p50)
                case "p95": RowOrder.falling(all[left].latencyMs.p95, all[right].latencyMs.p95)
                case "rps": RowOrder.falling(all[left].requestsPerSecond, all[right].requestsPerSecond)
                case "name": RowOrder.rising(all[left].id.name, all[right].id.name)
                default: RowOrder.falling(all[left].latencyMs.p99, all[right].latencyMs.p99)
                }
            return order.then(RowOrder.rising(all[left].id, all[right].id))
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
            for edge in edges { rows.append(Row(key: RowKey(snapshot.edges[edge]), index: edge, part: 1, service: id)) }
        }
        return (rows, scoped.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool {
        old.services == new.services && old.edges == new.edges
    }

    func drill(_ model: inout Model) { model.setFocus(.breakers) }

    func text(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String] {
        let cells = rows.map { row -> [String: CellText] in
            let (name, rate, latency): (String, Double?, Latency)
            if row.part == 0 {
                let service = snapshot.services[row.index]
                (name, rate, latency) = (
                    "\(service.id.namespace)/\(service.id.name)", service.requestsPerSecond, service.latencyMs
                )
            } else {
                let edge = snapshot.edges[row.index]
                (name, rate, latency) = (
                    "  \(edge.source.workload) → \(edge.destination.workload)", edge.requestsPerSecond, edge.latencyMs
                )
            }
            return [
                "name": CellText(name), "rps": CellText(Numbers.rate(rate)),
                "p50": CellText(Numbers.milliseconds(latency.p50)),
                "p95": CellText(Numbers.milliseconds(latency.p95)), "p99": CellText(Numbers.milliseconds(latency.p99)),
            ]
        }
        return PlainTable.lines(columns.filter { $0.id != "spark" }, cells)
    }
}
