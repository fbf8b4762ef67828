// The preview of a change: what it does, the diff, the server's answer and how far it has come.

internal import Actions
internal import Base
internal import MeshModel

enum PreviewLines {
    static func lines(_ state: PreviewWindow, width: Int) -> [CellText] {
        let preview = state.preview
        var lines: [CellText] = []
        let room = max(20, min(width - 8, 110))
        for (kind, text) in preview.driftLines {
            let role: Role =
                switch kind {
                case .conflict: .error
                case .goesBack: .warning
                case .asBefore, .kept: .muted
                }
            lines += Wrapping.lines(text, room).map { CellText($0, role) }
        }
        if !preview.drift.isEmpty { lines.append(CellText("")) }
        for line in state.isFolded ? DiffFolding.folded(preview.diff) : preview.diff {
            switch line.kind {
            case .added: lines.append(CellText("+ \(line.text)", .added))
            case .removed: lines.append(CellText("- \(line.text)", .removed))
            case .context: lines.append(CellText("  \(line.text)", .muted))
            case .hunk, .file: lines.append(CellText(line.text, .hunk))
            }
        }
        if preview.isEmpty { lines.append(CellText("nothing would change", .muted)) }
        lines.append(CellText(""))
        lines += preview.effects.flatMap { Wrapping.lines("→ " + $0, room).map { CellText($0) } }
        lines += preview.managers.flatMap { Wrapping.lines("▲ " + $0, room).map { CellText($0, .production) } }
        lines += preview.losses.flatMap { Wrapping.lines("✖ " + $0, room).map { CellText($0, .error) } }
        if let mend = preview.mend {
            lines += Wrapping.lines("▲ m mends it: \(mend.title)", room).map { CellText($0, .warning) }
        }
        lines += preview.warnings.flatMap { Wrapping.lines("▲ " + $0, room).map { CellText($0, .warning) } }
        lines += preview.proposals.flatMap {
            Wrapping.lines("· proposed, off: " + $0, room).map { CellText($0, .muted) }
        }
        for finding in preview.findingLines {
            let style: Style =
                finding.isNew ? Style(finding.severity == .error ? .failing : .degraded) : Style(.healthy)
            lines += Wrapping.lines((finding.isNew ? "+ finding " : "- finding ") + finding.text, room).map {
                CellText($0, style)
            }
        }
        lines += preview.unjudgedLines.flatMap { Wrapping.lines("▲ " + $0, room).map { CellText($0, .warning) } }
        lines += Wrapping.lines("$ " + preview.kubectl, room).map { CellText($0, .muted) }
        return lines
    }

    static func draw(_ frame: inout Frame, _ state: PreviewWindow) {
        let lines = lines(state, width: frame.size.columns)
        let wanted = lines.map { CharacterWidth.of($0.text) }.max() ?? 40
        let width = max(60, min(frame.size.columns - 4, wanted))
        let status = status(state, min(width, max(20, frame.size.columns - 4)))
        let listed = min(lines.count, max(1, frame.size.rows - 5 - status.count))
        let isProduction = state.preview.typedConfirmation != nil
        let inside = WindowBox.draw(
            &frame, title: "\(state.preview.title)  [\(state.preview.context)]", lines: listed + 1 + status.count,
            width: width,
            style: Style(isProduction ? .production : .focusedBorder, .bold))
        let room = max(0, inside.rows - status.count - 1)
        let top = max(0, min(state.scroll, lines.count - room))
        for row in 0..<room where lines.indices.contains(top + row) {
            WindowBox.put(&frame, inside, row, lines[top + row].text, lines[top + row].style)
        }
        if lines.count > room {
            WindowBox.put(
                &frame, inside, room, "── \(top + room) of \(lines.count) lines, scroll with up and down",
                Style(.border))
        } else {
            WindowBox.put(&frame, inside, room, String(repeating: "─", count: inside.columns), Style(.border))
        }
        for (offset, line) in status.enumerated() {
            WindowBox.put(&frame, inside, room + 1 + offset, line.text, line.style)
        }
        if let name = state.preview.typedConfirmation, state.asksName, !state.sent, state.preview.refusal == nil,
            !state.preview.isEmpty
        {
            WindowBox.draw(
                &frame, state.typed, inside, inside.rows - 1,
                label:
                    "\(state.preview.hasConflicts ? "to overwrite it," : state.preview.isDeletion ? "to delete it," : "production:") type \(name)  "
            )
        }
    }

    /// The last few things that happened; of checks that follow each other the newest alone.
    private static func latest(_ progress: [ChangeProgress]) -> [ChangeProgress] {
        func isCheck(_ item: ChangeProgress) -> Bool { if case .verifying = item { true } else { false } }
        let kept = progress.indices.filter { place in
            !isCheck(progress[place]) || !progress.indices.contains(place + 1) || !isCheck(progress[place + 1])
        }
        return kept.suffix(4).map { progress[$0] }
    }

    /// A long list of names in two lines at most.
    private static func summary(_ text: String, _ width: Int) -> [CellText] {
        let lines = Wrapping.lines(text, width - 2)
        return lines.prefix(2).enumerated().map { place, line in
            CellText(place == 1 && lines.count > 2 ? line + " …" : line, .warning)
        }
    }

    private static func status(_ state: PreviewWindow, _ width: Int) -> [CellText] {
        var lines: [CellText] = []
        if let refusal = state.preview.refusal {
            return Wrapping.lines("✖ the server refuses it: \(refusal)", width).map { CellText($0, .error) }
        }
        if !state.sent {
            if state.preview.isEmpty { return [CellText("nothing to apply", .muted)] }
            lines.append(
                CellText("● dry run: \(state.preview.verdict)", state.preview.untried == 0 ? .healthy : .warning))
            if let error = state.error { lines.append(CellText(error, .error)) }
            if state.preview.needsAcknowledgement, !state.isAcknowledged {
                let words =
                    state.preview.hasConflicts
                    ? "✖ somebody else's change is lost with it.  overwrite it?  y / esc"
                    : "✖ the server drops or changes a part.  send it anyway?  y / esc"
                lines.append(CellText(words, .error))
            } else if state.preview.typedConfirmation != nil {
                lines.append(CellText(""))
            } else {
                lines.append(CellText("apply?  y / esc", Style(.text, .bold)))
            }
            return lines
        }
        for progress in latest(state.progress) {
            switch progress {
            case .sending: lines.append(CellText("… sending", .muted))
            case .applied(let id, let undo):
                let words =
                    switch undo {
                    case .open: ", z takes it back"
                    case .none: ""
                    case .onceGone: ", marked for deletion: z takes it back once it is gone"
                    }
                lines += Wrapping.lines("● applied, journal \(id)\(words)", width).map { CellText($0, .healthy) }
            case .verifying(let words):
                lines += Wrapping.lines("… checking: \(words)", width).map { CellText($0, .muted) }
            case .verified(let words): lines.append(CellText("● verified: \(words)", .healthy))
            case .unverified(let words):
                lines += Wrapping.lines("▲ not verified: \(words)", width).map { CellText($0, .warning) }
            case .rolledBack(let why):
                lines += Wrapping.lines("▲ rolled back: \(why)", width).map { CellText($0, .warning) }
            case .left(let words): lines += Wrapping.lines("○ \(words)", width).map { CellText($0, .muted) }
            case .stopped(let change): lines += change.lines.flatMap { summary($0, width) }
            case .failed(let error):
                lines += Wrapping.lines("✖ \(error.description)", width).map { CellText($0, .error) }
            }
        }
        if let stopped = state.stopped {
            lines.append(
                CellText("take back the \(stopped.applied.count) that were applied?  y / esc", Style(.text, .bold)))
        }
        return lines.isEmpty ? [CellText("… sending", .muted)] : lines
    }
}
