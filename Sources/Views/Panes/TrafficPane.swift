// Routes: for every destination the configured weight beside the observed share.

internal import Actions
internal import Base
internal import MeshModel

extension PaneName {
    static let traffic = PaneName("traffic")
}

struct TrafficPane: Pane {
    let name = PaneName.traffic
    let title = "Traffic"
    let shortName = "routes"
    let rowWords = "routes"
    let schemaParts: Set = ["routes"]
    let kinds = MeshSnapshot.routeKinds + ["DestinationRule", "Service", "Pod"] + MeshSnapshot.templateKinds
    let sources: [SourceName] = [.metrics, .kubernetes]
    let sorts = ["name", "namespace"]
    let takesTurns = false

    let columns = [
        Column(id: "name", title: "ROUTE / DESTINATION", width: 18, priority: 0, flexible: true),
        Column(id: "weight", title: "WEIGHT", width: 6, right: true, priority: 0),
        Column(id: "configured", title: "CONFIG", width: 8, priority: 5),
        Column(id: "observed", title: "OBSERVED", width: 8, priority: 5),
        Column(id: "share", title: "SHARE", width: 6, right: true, priority: 0),
        Column(id: "interval", title: "95% CI", width: 11, right: true, priority: 8),
        Column(id: "rps", title: "RPS", width: 6, right: true, priority: 2),
        Column(id: "errors", title: "ERR", width: 6, right: true, priority: 3),
        Column(id: "p99", title: "P99", width: 6, right: true, priority: 4),
    ]

    func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool) {
        let state = model[.traffic]
        let table = Table(inside, columns)
        table.drawHeading(&frame)
        for (row, place, line) in PaneRows.visible(state, inside, rows: inside.rows - 1) {
            guard snapshot.routes.indices.contains(row.index) else { continue }
            let route = snapshot.routes[row.index]
            if row.part == 0 {
                drawHeading(&frame, route, line, inside, model.badges)
                table.mark(row: line, PaneRows.cursor(place, state, isFocused, model), &frame)
            } else if route.destinations.indices.contains(row.part - 1) {
                table.draw(
                    cells(route.destinations[row.part - 1], ascii: model.options.ascii), row: line,
                    cursor: PaneRows.cursor(place, state, isFocused, model), &frame)
            }
        }
    }

    private func drawHeading(
        _ frame: inout Frame, _ route: RouteSummary, _ line: Int, _ inside: Area, _ badges: Badges
    ) {
        let end = inside.column + inside.columns
        var x = inside.column + 1
        func put(_ text: String, _ style: Style) {
            x = frame.put(text.fitted(end - x), row: line, column: x, style: style, limit: max(0, end - x)) + 1
        }
        let sign = badges.sign(route.kind.rawValue, route.namespace, route.name)
        put("\(Names.kind(route.kind.rawValue)) \(route.namespace)/\(route.name)\(sign)", Style(.title, .bold))
        if let problem = route.problem { put("▲ \(problem)", Style(.warning)) }
        let divided = route.destinations.flatMap(\.dividedWorkloads).uniqued()
        if !divided.isEmpty {
            put("metrics do not tell these subsets of \(divided.joined(separator: ", ")) apart", Style(.muted))
        }
        put(condition(route), Style(.muted))
        if let manager = route.manager { put("[\(manager)]", Style(.production)) }
        for extra in route.extras { put(extra, Style(.muted)) }
        for copy in route.mirrors { put(mirror(copy), Style(copy.problem == nil ? .muted : .warning)) }
    }

    /// Where copies go, and what arrives there.
    private func mirror(_ copy: RouteSummary.Destination) -> String {
        let share = copy.configuredShare.map { $0 < 1 ? " \(Numbers.percent($0))" : "" } ?? ""
        let target = copy.host + (copy.subset.map { "/\($0)" } ?? "")
        let state = copy.problem.map { " ▲ \($0)" } ?? " (\(Numbers.rate(copy.requestsPerSecond))/s there)"
        return "mirror\(share) to \(target)\(state)"
    }

    /// Which rule of the object it is and what it matches.
    private func condition(_ route: RouteSummary) -> String {
        let section = route.section == .http || route.section == .rules ? "" : "\(route.section.rawValue) "
        return "\(section)rule \(route.index): \(route.match)"
    }

    private func cells(_ destination: RouteSummary.Destination, ascii: Bool) -> [String: CellText] {
        var name = CellText("  " + Names.destination(destination))
        if let problem = destination.problem {
            name = CellText("  ✖ \(Names.destination(destination)): \(problem)", .failing)
        }
        let interval =
            destination.observedShareInterval.map { "\(percent($0.lowerBound))…\(percent($0.upperBound))" } ?? ""
        let isShared = destination.requestsPerSecond != nil && !destination.sharedWithRules.isEmpty
        return [
            "name": name,
            "weight": CellText(destination.weight.map(String.init) ?? Numbers.unknown, .configured),
            "configured": CellText(Bar.text(destination.configuredShare, width: 8, ascii: ascii), .configured),
            "observed": CellText(Bar.text(destination.observedShare, width: 8, ascii: ascii), .observed),
            "share": CellText(share(destination), shareRole(destination)),
            "interval": CellText(interval, .muted),
            "rps": CellText((isShared ? "~" : "") + Numbers.rate(destination.requestsPerSecond)),
            "errors": CellText(
                Numbers.percent(destination.errorRatio), HealthSign.role(errors: destination.errorRatio)),
            "p99": CellText(Numbers.milliseconds(destination.latencyMs.p99)),
        ]
    }

    /// `~` where other rules lead to the same destination: the metrics count them together.
    private func share(_ destination: RouteSummary.Destination) -> String {
        let text = Numbers.percent(destination.observedShare)
        return destination.observedShare != nil && !destination.sharedWithRules.isEmpty ? "~\(text)" : text
    }

    private func percent(_ share: Double) -> String { Numbers.fixed(share * 100, share < 0.0995 ? 1 : 0) }

    /// The observed share stands out where the configured one lies outside its interval.
    private func shareRole(_ destination: RouteSummary.Destination) -> Role {
        guard let interval = destination.observedShareInterval, let configured = destination.configuredShare else {
            return .unknown
        }
        if !destination.sharedWithRules.isEmpty { return .muted }
        return interval.contains(configured) ? .observed : .warning
    }

    // MARK: Rows

    /// A heading row per rule (part 0), then one per destination (part 1…).
    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.routes
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped : scoped.filter { filter.matches(all[$0].namespace, all[$0].name, all[$0].host, all[$0].match) }
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            // A rule with a choice is what the pane is for.
            let choice = RowOrder.falling(
                all[left].destinations.count > 1 ? 1 : 0, all[right].destinations.count > 1 ? 1 : 0)
            let order = state.sort == "namespace" ? RowOrder.rising(all[left].namespace, all[right].namespace) : choice
            if order != .same { return order }
            return RowOrder.rising(all[left].name, all[right].name).then(
                RowOrder.rising(all[left].namespace, all[right].namespace)
            )
            .then(RowOrder.rising(all[left].section.rawValue, all[right].section.rawValue))
            .then(RowOrder.rising(all[left].index, all[right].index))
        }
        var rows: [Row] = []
        for index in sorted {
            for part in 0...all[index].destinations.count {
                rows.append(
                    Row(key: RowKey(all[index], part: part), index: index, part: part, service: all[index].service))
            }
        }
        return (rows, scoped.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool { old.routes == new.routes }

    /// W of a service changes its first weighted rule.
    func row(for selection: Selection, _ context: VerbContext, _ state: PaneState) -> Int? {
        guard let route = VerbTable.route(for: selection, context) else { return nil }
        // Any row of that rule will do: the cursor is not moved within it.
        if let row = state.selected, row.key == RowKey(route, part: row.part) { return state.cursor }
        return state.rows.firstIndex { $0.key == RowKey(route, part: 0) }
    }

    func absence(of chosen: Chosen, _ policyKey: String?) -> String {
        "\(chosen.name) has no route" + (policyKey.map { "; \($0) makes one" } ?? "")
    }

    func drill(_ model: inout Model) { model.setFocus(.latency) }

    func text(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String] {
        var lines: [String] = []
        for row in rows {
            let route = snapshot.routes[row.index]
            if row.part == 0 {
                let more = route.extras + route.mirrors.map(mirror)
                let extras = more.isEmpty ? "" : "  " + more.joined(separator: "  ")
                lines.append(
                    "\(route.kind.rawValue) \(route.namespace)/\(route.name)  \(condition(route))\(extras)\(route.problem.map { "  ▲ \($0)" } ?? "")"
                )
            } else {
                let destination = route.destinations[row.part - 1]
                let cells = cells(destination, ascii: true)
                func text(_ id: String) -> String { cells[id]?.text ?? "" }
                lines.append(
                    "\(text("name").padded(34)) weight \(text("weight").padded(4, right: true)) [\(text("configured"))]  observed \(text("share").padded(6, right: true)) [\(text("observed"))]  \(text("rps").padded(6, right: true))/s  errors \(text("errors").padded(6, right: true))  p99 \(text("p99"))"
                )
            }
        }
        return lines
    }
}
