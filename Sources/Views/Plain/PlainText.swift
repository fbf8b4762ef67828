// The panes as plain text, for logs, pipes and terminals that can do nothing else.

internal import Base
internal import Kube
package import MeshModel

package enum PlainText {
    /// One pane as a table.
    package static func pane(_ name: PaneName, _ snapshot: MeshSnapshot, width: Int) -> String {
        var lines: [String] = []
        let state = PaneState(name)
        let rows = RowBuilder.rows(name, snapshot, state).rows
        switch name {
        case .services:
            lines = table(
                ServicesPane.columns.filter { $0.id != "spark" },
                rows.map { ServicesPane.cells(snapshot.services[$0.index], sparkWidth: 0) })
        case .workloads:
            lines = table(WorkloadsPane.columns, rows.map { WorkloadsPane.cells(snapshot.workloads[$0.index]) })
        case .breakers:
            lines = table(BreakersPane.columns, rows.map { BreakersPane.cells(snapshot.breakers[$0.index]) })
            for row in rows where !snapshot.breakers[row.index].ejectedHosts.isEmpty {
                let details = BreakersPane.details(snapshot.breakers[row.index], now: snapshot.time)
                lines += details.map(\.text).filter { $0.hasPrefix("✖") }
            }
        case .findings:
            lines = table(FindingsPane.columns, rows.map { FindingsPane.cells(snapshot.findings[$0.index]) })
        case .policies:
            lines = table(PoliciesPane.columns, rows.map { PoliciesPane.cells(snapshot.policies[$0.index]) })
        case .traffic: lines = traffic(rows, snapshot)
        case .latency: lines = latency(rows, snapshot)
        case .topology: lines = topology(snapshot)
        }
        if rows.isEmpty, name != .topology { lines = [isRead(name.kinds, snapshot) ? "(none)" : "(not known)"] }
        return lines.map { CharacterWidth.of($0) > width ? $0.fitted(width) : $0 }.joined(separator: "\n") + "\n"
    }

    private static func isRead(_ kinds: [String], _ snapshot: MeshSnapshot) -> Bool {
        snapshot.unread(kinds).isEmpty
            && !snapshot.kinds.contains { kinds.contains($0.kind) && $0.state == .starting }
    }

    /// Sources, what is wrong, and every pane.
    package static func summary(_ snapshot: MeshSnapshot, width: Int) -> String {
        var lines = [
            "MeshTop \(snapshot.time.rfc3339)  context \(snapshot.context)  namespaces \(Names.scope(snapshot.scope))  window \(Numbers.window(snapshot.windowSeconds))"
        ]
        for source in snapshot.sources {
            let age = source.asOf.map { ", \(Numbers.age(snapshot.time - $0)) old" } ?? ""
            lines.append(
                "  \(source.name.rawValue): \(source.state.rawValue)\(age)\(source.detail.isEmpty ? "" : ", \(source.detail)")"
            )
        }
        for kind in snapshot.kinds where kind.state != .ok || !kind.odd.isEmpty {
            lines.append("  \(kind.kind): \(kind.state.rawValue)\(kind.detail.isEmpty ? "" : ", \(kind.detail)")")
        }
        lines.append("")
        let alerts = Alert.all(snapshot)
        lines.append(alerts.isEmpty ? "Nothing is known to be wrong." : "Wrong now:")
        for alert in alerts { lines.append("  \(alert.severity.rawValue): \(alert.text)") }
        var text = lines.map { $0.fitted(max(width, 40)) }.joined(separator: "\n") + "\n"
        for name in PaneName.allCases where name != .workloads || !snapshot.workloads.isEmpty {
            text += "\n\(name.title.uppercased())\n" + pane(name, snapshot, width: width)
        }
        return text
    }

    private static func table(_ columns: [Column], _ rows: [[String: CellText]]) -> [String] {
        let widths = columns.map { column in
            rows.reduce(CharacterWidth.of(column.title)) { max($0, CharacterWidth.of($1[column.id]?.text ?? "")) }
        }
        func line(_ texts: [String]) -> String {
            var line = ""
            for (index, column) in columns.enumerated() {
                line += texts[index].padded(min(60, widths[index]), right: column.right) + "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
        return [line(columns.map(\.title))] + rows.map { row in line(columns.map { row[$0.id]?.text ?? "" }) }
    }

    private static func traffic(_ rows: [Row], _ snapshot: MeshSnapshot) -> [String] {
        var lines: [String] = []
        for row in rows {
            let route = snapshot.routes[row.index]
            if row.part == 0 {
                let more = route.extras + route.mirrors.map(TrafficPane.mirror)
                let extras = more.isEmpty ? "" : "  " + more.joined(separator: "  ")
                lines.append(
                    "\(route.kind.rawValue) \(route.namespace)/\(route.name)  \(TrafficPane.condition(route))\(extras)\(route.problem.map { "  ▲ \($0)" } ?? "")"
                )
            } else {
                let destination = route.destinations[row.part - 1]
                let cells = TrafficPane.cells(destination, ascii: true)
                func text(_ id: String) -> String { cells[id]?.text ?? "" }
                lines.append(
                    "\(text("name").padded(34)) weight \(text("weight").padded(4, right: true)) [\(text("configured"))]  observed \(text("share").padded(6, right: true)) [\(text("observed"))]  \(text("rps").padded(6, right: true))/s  errors \(text("errors").padded(6, right: true))  p99 \(text("p99"))"
                )
            }
        }
        return lines
    }

    private static func latency(_ rows: [Row], _ snapshot: MeshSnapshot) -> [String] {
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
        return table(LatencyPane.columns.filter { $0.id != "spark" }, cells)
    }

    private static func topology(_ snapshot: MeshSnapshot) -> [String] {
        let graph = MeshGraph(snapshot)
        if graph.nodes.isEmpty { return ["(no traffic seen)"] }
        return TreeLine.lines(graph).map { line in
            let indent = String(repeating: "  ", count: line.branches.count)
            let node = graph.nodes[line.node].id
            guard let index = line.edge else { return "\(indent)\(node.namespace)/\(node.workload)" }
            let edge = graph.edges[index]
            let rate =
                edge.requestsPerSecond != nil
                ? "\(Numbers.rate(edge.requestsPerSecond))/s, errors \(Numbers.percent(edge.errorRatio))"
                : "\(Numbers.bytes(edge.bytesPerSecond))/s"
            return "\(indent)→ \(node.namespace)/\(node.workload)  \(rate)\(line.isRepeated ? "  (opened above)" : "")"
        }
    }
}
