// How many replicas a workload gets, with the bound of its autoscaler that is in the way.

internal import Actions
internal import Base
internal import MeshModel

struct ReplicasEditor: Window {
    var target: ObjectReference
    var current: Int?
    var ready: Int?
    var field: TextField
    var autoscaler: WorkloadSummary.Autoscaler?
    /// The autoscaler's bound goes along where it is in the way.
    var movesBounds = false
    var error: String?

    /// The bound in the way of what is typed.
    var move: BoundMove? {
        autoscaler.flatMap { hpa in Int(field.text).flatMap { BoundMove(hpa, replicas: $0) } }
    }

    private var counts: ClosedRange<Int> { VerbTable.replicas.bounds ?? 0...Int.max }

    // MARK: The window

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String { "digits, + -   m move the HPA too   enter preview   esc cancel" }

    mutating func paste(_ text: String) -> Bool {
        field.insert(text)
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape: return .close
        case .up, .character("+"), .down, .character("-"):
            let step = key == .up || key == .character("+") ? 1 : -1
            let value = (Int(field.text) ?? current ?? 0).adding(step)
            field = TextField(String(min(counts.upperBound, max(counts.lowerBound, value))))
            error = nil
        case .character("m"):
            if move != nil { movesBounds.toggle() }
            error = move == nil ? "no bound of an autoscaler is in the way" : nil
        case .enter:
            guard let replicas = Int(field.text), counts.contains(replicas) else {
                error = "replicas are a whole number from \(counts.lowerBound) to \(counts.upperBound)"
                return .stay
            }
            if replicas == current {
                error = "it has \(replicas) already"
                return .stay
            }
            let request = PlanRequest.scale(target, replicas: replicas, movesBounds: movesBounds && move != nil)
            let words = VerbTable.scale.form.title(target)
            return .stay { $0.plan(request, words) }
        default:
            _ = field.handle(key)
            error = nil
        }
        return .stay
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        var lines = [CellText("now \(Numbers.count(current)), ready \(Numbers.count(ready))", .muted)]
        if let hpa = autoscaler {
            lines.append(
                CellText(
                    "HPA \(hpa.name) keeps it between \(hpa.minimum) and \(hpa.maximum) and will undo other counts",
                    .warning))
            if let move {
                lines.append(
                    CellText(
                        movesBounds
                            ? "[x] HPA \(move.offer) in the same change; m leaves it"
                            : "[ ] m: also move HPA \(move.offer), in the same change"))
            }
        }
        if let error { lines.append(CellText(error, .error)) }
        let inside = WindowBox.draw(
            &frame, title: "Scale \(target.kind) \(target.namespace)/\(target.name)",
            lines: lines.count + 1,
            width: 66)
        WindowBox.draw(&frame, field, inside, 0, label: "replicas  ")
        for (row, line) in lines.enumerated() { WindowBox.put(&frame, inside, row + 1, line.text, line.style) }
    }
}
