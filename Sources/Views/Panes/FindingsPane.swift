// What is wrong in the configuration, worst first, with what to change.

internal import ClusterData

enum FindingsPane {
    static let columns = [
        Column(id: "severity", title: "", width: 1, priority: 0),
        Column(id: "code", title: "CODE", width: 7, priority: 2),
        Column(id: "namespace", title: "NS", width: 9, priority: 3, growth: 3, keepsEnds: true),
        Column(id: "object", title: "OBJECT", width: 18, priority: 1, growth: 6, keepsEnds: true),
        Column(id: "fix", title: "FIX", width: 3, priority: 4),
        Column(id: "message", title: "WHAT", width: 20, priority: 0, flexible: true),
    ]

    static func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool)
    {
        let state = model[.findings]
        let table = Table(inside, columns)
        table.drawHeading(&frame)
        for (row, place, line) in PaneRenderer.visible(state, inside, rows: DetailArea.listRows(inside)) {
            guard snapshot.findings.indices.contains(row.index) else { continue }
            table.draw(
                cells(snapshot.findings[row.index]), row: line,
                cursor: PaneRenderer.cursor(place, state, isFocused, model), &frame)
        }
        guard let row = state.selected, snapshot.findings.indices.contains(row.index) else { return }
        let finding = snapshot.findings[row.index]
        let lines = text(finding).enumerated().map { offset, line in
            CellText(line, offset == 0 ? Style(.title, .bold) : Style(.text))
        }
        DetailArea.draw(&frame, inside, lines)
    }

    static func cells(_ finding: Finding) -> [String: CellText] {
        [
            "severity": CellText(Badges.glyph(finding.severity), Badges.role(finding.severity)),
            "code": CellText(finding.code, .muted), "namespace": CellText(finding.object.namespace, .muted),
            "object": CellText("\(Names.kind(finding.object.kind)) \(finding.object.name)"),
            "fix": CellText(finding.fix ? "F" : "", .healthy), "message": CellText(finding.message),
        ]
    }

    /// The whole of a finding.
    static func text(_ finding: Finding) -> [String] {
        var lines = [
            "\(finding.code) \(finding.severity.rawValue)  \(finding.resource)", finding.path, finding.message,
        ]
        if let mending = finding.mending { lines.append("fix: \(mending.title)  (F shows it before it is sent)") }
        return lines
    }
}
