// All rollouts above, the chosen one below: its ladder of steps, the evidence, what would decide it, its history.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

enum RolloutsView {
    static func draw(_ frame: inout Frame, _ screen: RolloutsWindow, _ model: Model) {
        let area = Area(row: 0, column: 0, rows: max(0, frame.size.rows - 1), columns: frame.size.columns)
        frame.fill(area)
        guard area.rows >= 3, area.columns >= 10 else { return }
        Box.draw(
            &frame, area, title: "Rollouts \(model.rollouts.count)", style: Style(.focusedBorder),
            titleStyle: Style(.focusedBorder))
        let inside = Area(row: 1, column: 2, rows: area.rows - 2, columns: area.columns - 4)
        let listed = list(model, screen, columns: inside.columns)
        // A few rows for the list; the chosen one is always among them.
        let room = max(1, min(listed.count, inside.rows / 3))
        let place = model.rollouts.firstIndex { $0.id == model.rollout(screen)?.id } ?? 0
        let top = max(0, min(place - room / 2, listed.count - room))
        for row in 0..<room where listed.indices.contains(top + row) {
            WindowBox.put(&frame, inside, row, listed[top + row].text, listed[top + row].style)
        }
        WindowBox.put(&frame, inside, room, String(repeating: "─", count: inside.columns), Style(.border))
        let lines = detail(model, screen)
        let left = inside.rows - room - 1
        let start = max(0, min(screen.scroll, lines.count - left))
        for row in 0..<max(0, left) where lines.indices.contains(start + row) {
            WindowBox.put(&frame, inside, room + 1 + row, lines[start + row].text, lines[start + row].style)
        }
        if start + left < lines.count {
            WindowBox.put(
                &frame, inside, inside.rows - 1,
                "── \(lines.count - start - left + 1) more lines, page down".padded(inside.columns), Style(.border))
        }
    }

    private static func list(_ model: Model, _ screen: RolloutsWindow, columns: Int) -> [CellText] {
        let chosen = model.rollout(screen)?.id
        var lines = model.rollouts.map { view in
            let sign = glyph(view.tone)
            let name = "\(view.object.namespace)/\(view.title)".fitted(max(12, min(40, columns / 3)))
            let text =
                "\(sign) \(name.padded(max(12, min(40, columns / 3)))) \((view.weight.map { "\($0) %" } ?? "– %").padded(6, right: true))  \(view.verdict)  \(view.driverWords)"
            return CellText(
                text.fitted(columns).padded(columns), view.id == chosen ? Style(.selected) : Style(role(view.tone)))
        }
        if lines.isEmpty {
            let isRead =
                model.snapshot?.kinds.contains {
                    MeshSnapshot.routeKinds.contains($0.kind) && ($0.isUnread || $0.state == .starting)
                } == false
            let isKnown = model.rolloutNotes.isEmpty && isRead && model.snapshot?.source(.kubernetes)?.state == .ok
            let words =
                isKnown
                ? "no rollout stands here: W on a route, then G, starts a guarded one"
                : "whether a rollout stands here is not known" + (model.rolloutNotes.isEmpty ? " yet" : "")
            lines.append(CellText(words, Style(.muted)))
        }
        return lines
    }

    static func glyph(_ tone: RolloutView.Tone) -> String {
        switch tone {
        case .good: "●"
        case .bad: "✖"
        case .waiting: "▲"
        case .over: "○"
        case .unknown: "?"
        }
    }

    static func role(_ tone: RolloutView.Tone) -> Role {
        switch tone {
        case .good: .healthy
        case .bad: .failing
        case .waiting: .degraded
        case .over: .muted
        case .unknown: .unknown
        }
    }

    /// The keys that apply to the chosen one now.
    static func hint(_ model: Model, _ screen: RolloutsWindow) -> String {
        var words: [String] = []
        if let view = model.rollout(screen), !model.readOnly {
            words = RolloutsWindow.keys.compactMap { key, action in
                view.refusal(of: action) == nil ? "\(key) \(action.title)" : nil
            }
        }
        return (["esc close"] + words + ["up/down choose", "page down more", "y YAML"]).joined(separator: "   ")
    }

    // MARK: The chosen one

    static func detail(_ model: Model, _ screen: RolloutsWindow) -> [CellText] {
        let width = max(20, model.size.columns - 6)
        var lines: [CellText] = []
        guard let view = model.rollout(screen) else { return notes(model, width) }
        let route = view.route.map { ", route \($0.kind) \($0.namespace)/\($0.name)" } ?? ""
        let own = view.owner == .meshTop ? "" : " of \(view.owner.rawValue)\(route)"
        lines.append(
            CellText("\(view.object.kind) \(view.object.namespace)/\(view.object.name)\(own)", Style(.heading)))
        lines.append(CellText("\(view.verdict)   \(view.driverWords)", Style(role(view.tone), .bold)))
        if case .nobody = view.driver, !view.isOver {
            lines.append(CellText("G drives it on from here, P promotes it, A takes it out", Style(.warning)))
        }
        for decision in view.decisions {
            lines += Wrapping.lines("→ \(decision)", width).map { CellText($0) }
        }
        if let trouble = view.status?.trouble {
            lines += Wrapping.lines("▲ \(trouble)", width).map { CellText($0, .warning) }
        }
        lines.append(CellText(""))
        let evidence = EvidenceLines.lines(view, model, width: width)
        let ladder = ladder(view)
        if width >= 120, !evidence.isEmpty {
            lines += sideBySide(ladder, evidence, width)
        } else {
            lines += ladder
            if !evidence.isEmpty { lines += [CellText("")] + evidence }
        }
        if !view.facts.isEmpty {
            lines.append(CellText(""))
            lines += view.facts.flatMap { Wrapping.lines($0, width).map { CellText($0, .muted) } }
        }
        if !view.history.isEmpty {
            lines += [CellText(""), CellText("History", Style(.heading))]
            lines += view.history.suffix(12).reversed().map {
                CellText("\(when($0.time, model))  \($0.text)".fitted(width))
            }
        }
        return lines + notes(model, width)
    }

    /// The day too, where it was another one.
    private static func when(_ time: Timestamp, _ model: Model) -> String {
        guard let now = model.clock, now - time > 12 * 3600 else { return time.clock }
        return "\(time.rfc3339.prefix(10)) \(time.clock)"
    }

    private static func notes(_ model: Model, _ width: Int) -> [CellText] {
        guard !model.rolloutNotes.isEmpty else { return [] }
        return [CellText("")]
            + model.rolloutNotes.flatMap {
                Wrapping.lines("▲ \($0)", width).map { CellText($0, .warning) }
            }
    }

    private static func ladder(_ view: RolloutView) -> [CellText] {
        guard !view.steps.isEmpty else { return [] }
        let label = (view.steps.map { CharacterWidth.of($0.label) }.max() ?? 6) + 2
        return [CellText("Steps", Style(.heading))]
            + view.steps.map { step in
                switch step.state {
                case .done: CellText("● \(step.label.padded(label))\(step.detail)", .healthy)
                case .now: CellText("▶ \(step.label.padded(label))\(step.detail)", Style(.marked, .bold))
                case .ahead: CellText("○ \(step.label.padded(label))\(step.detail)", .muted)
                }
            }
    }

    /// Two columns in one; the right one keeps no colours of its own but those of its lines' signs.
    private static func sideBySide(_ left: [CellText], _ right: [CellText], _ width: Int) -> [CellText] {
        let half = min(width / 2, (left.map { CharacterWidth.of($0.text) }.max() ?? 0) + 4)
        return (0..<max(left.count, right.count)).map { row in
            let one = row < left.count ? left[row] : CellText("")
            let two = row < right.count ? right[row].text : ""
            return CellText(one.text.fitted(half - 2).padded(half) + two, row == 0 ? Style(.heading) : one.style)
        }
    }
}
