// The panes as plain text, for logs, pipes and terminals that can do nothing else.

internal import Base
internal import Kube
package import MeshModel

package enum PlainText {
    /// One pane as a table.
    package static func pane(_ name: PaneName, _ snapshot: MeshSnapshot, width: Int) -> String {
        guard let pane = Panes[name] else { return "" }
        let rows = pane.rows(snapshot, PaneState(pane)).rows
        let gaps = pane.gaps(snapshot)
        let isRead = isRead(pane.kinds, snapshot) && gaps.isEmpty
        let lines =
            (rows.isEmpty && !pane.drawsWithoutRows ? [isRead ? "(none)" : "(not known)"] : pane.text(snapshot, rows))
            + gaps
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
        let alerts = Alert.all(snapshot, findingsPane: Panes.number(of: .findings))
        lines.append(alerts.isEmpty ? "Nothing is known to be wrong." : "Wrong now:")
        for alert in alerts { lines.append("  \(alert.severity.rawValue): \(alert.text)") }
        var text = lines.map { $0.fitted(max(width, 40)) }.joined(separator: "\n") + "\n"
        for shown in Panes.all where shown.isInSummary(snapshot) {
            text += "\n\(shown.title.uppercased())\n" + pane(shown.name, snapshot, width: width)
        }
        return text
    }
}
