// What is wrong in the configuration, worst first, with what to change.

internal import MeshModel

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
        DetailArea.drawList(
            &frame, inside, model, .findings, columns: columns, count: snapshot.findings.count, isFocused: isFocused
        ) {
            cells(snapshot.findings[$0])
        } details: {
            text(snapshot.findings[$0]).enumerated().map { offset, line in
                CellText(line, offset == 0 ? Style(.title, .bold) : Style(.text))
            }
        }
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
