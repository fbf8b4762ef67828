// What is wrong in the configuration, worst first, with what to change.

internal import Base
internal import Istio
internal import MeshModel

extension PaneName {
    static let findings = PaneName("findings")
}

struct FindingsPane: Pane {
    let name = PaneName.findings
    let title = "Findings"
    let shortName = "find"
    let schemaParts: Set = ["findings", "notJudged"]
    let kinds = Analyzer.kinds.map(\.kind).sorted()
    let sorts = ["severity", "object", "code", "namespace"]
    let marksOrder = false
    let hasDetails = true
    let needsEveryKind = false

    let columns = [
        Column(id: "severity", title: "", width: 1, priority: 0),
        Column(id: "code", title: "CODE", width: 7, priority: 2),
        Column(id: "namespace", title: "NS", width: 9, priority: 3, growth: 3, keepsEnds: true),
        Column(id: "object", title: "OBJECT", width: 18, priority: 1, growth: 6, keepsEnds: true),
        Column(id: "fix", title: "FIX", width: 3, priority: 4),
        Column(id: "message", title: "WHAT", width: 20, priority: 0, flexible: true),
    ]

    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]? {
        guard snapshot.findings.indices.contains(row.index) else { return nil }
        let finding = snapshot.findings[row.index]
        return [
            "severity": CellText(Badges.glyph(finding.severity), Badges.role(finding.severity)),
            "code": CellText(finding.code, .muted), "namespace": CellText(finding.object.namespace, .muted),
            "object": CellText("\(Names.kind(finding.object.kind)) \(finding.object.name)"),
            "fix": CellText(finding.fix ? "F" : "", .healthy), "message": CellText(finding.message),
        ]
    }

    func details(_ row: Row, _ snapshot: MeshSnapshot, now: Timestamp?) -> [CellText] {
        guard snapshot.findings.indices.contains(row.index) else { return [] }
        return text(snapshot.findings[row.index]).enumerated().map { offset, line in
            CellText(line, offset == 0 ? Style(.title, .bold) : Style(.text))
        }
    }

    /// The whole of a finding.
    private func text(_ finding: Finding) -> [String] {
        var lines = [
            "\(finding.code) \(finding.severity.rawValue)  \(finding.resource)", finding.path, finding.message,
        ]
        if let mending = finding.mending { lines.append("fix: \(mending.title)  (F shows it before it is sent)") }
        return lines
    }

    // MARK: Rows

    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.findings
        let kept =
            filter.isEmpty
            ? Array(all.indices)
            : all.indices.filter {
                filter.matches(all[$0].code, all[$0].severity.rawValue, all[$0].resource, all[$0].message)
            }
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            let order: RowOrder =
                switch state.sort {
                case "object": RowOrder.rising(all[left].object, all[right].object)
                case "code": RowOrder.rising(all[left].code, all[right].code)
                case "namespace": RowOrder.rising(all[left].object.namespace, all[right].object.namespace)
                default: RowOrder.rising(all[right].severity, all[left].severity)
                }
            return order.then(RowOrder.rising(left, right))
        }
        let rows = sorted.map { index in
            let finding = all[index]
            return Row(
                key: .finding(code: finding.code, object: finding.object, path: finding.path), index: index,
                service: finding.object.kind == "Service"
                    ? ServiceID(namespace: finding.object.namespace, name: finding.object.name) : nil)
        }
        return (rows, all.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool { old.findings == new.findings }

    /// A pane without findings is not one in which nothing is wrong.
    func gaps(_ snapshot: MeshSnapshot) -> [String] { snapshot.notJudged.lines }

    func absence(of chosen: Chosen, _ policyKey: String?) -> String { "\(chosen.name) has no finding" }

    /// The whole of the finding.
    func drill(_ model: inout Model) {
        guard let row = model[.findings].selected, let snapshot = model.snapshot,
            snapshot.findings.indices.contains(row.index)
        else { return }
        let finding = snapshot.findings[row.index]
        model.open(
            Document(title: "\(finding.code) \(finding.resource)", lines: text(finding), wraps: true))
    }
}
