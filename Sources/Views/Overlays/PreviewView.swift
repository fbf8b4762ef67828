// The preview of a change: what it does, the diff, the server's answer and how far it has come.

internal import Actions
internal import Base
internal import MeshModel

enum PreviewLines {
    static func lines(_ state: PreviewState, width: Int) -> [CellText] {
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
            lines += wrapped(text, room).map { CellText($0, role) }
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
        lines += preview.effects.flatMap { wrapped("→ " + $0, room).map { CellText($0) } }
        lines += preview.managers.flatMap { wrapped("▲ " + $0, room).map { CellText($0, .production) } }
        lines += preview.losses.flatMap { wrapped("✖ " + $0, room).map { CellText($0, .error) } }
        if let mend = preview.mend {
            lines += wrapped("▲ m mends it: \(mend.title)", room).map { CellText($0, .warning) }
        }
        lines += preview.warnings.flatMap { wrapped("▲ " + $0, room).map { CellText($0, .warning) } }
        lines += preview.proposals.flatMap { wrapped("· proposed, off: " + $0, room).map { CellText($0, .muted) } }
        for finding in preview.findingLines {
            let style: Style =
                finding.isNew ? Style(finding.severity == .error ? .failing : .degraded) : Style(.healthy)
            lines += wrapped((finding.isNew ? "+ finding " : "- finding ") + finding.text, room).map {
                CellText($0, style)
            }
        }
        lines += wrapped("$ " + preview.kubectl, room).map { CellText($0, .muted) }
        return lines
    }

    /// Broken at spaces; a word that is too long is broken where it must be.
    static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            if !line.isEmpty, CharacterWidth.of(line) + 1 + CharacterWidth.of(word) > width {
                lines.append(line)
                line = "  " + word
            } else {
                line += line.isEmpty ? word : " " + word
            }
            while line.count > width, width > 2 {
                lines.append(String(line.prefix(width)))
                line = "  " + line.dropFirst(width)
            }
        }
        return lines + [line]
    }
}

enum PreviewView {
    static func draw(_ frame: inout Frame, _ state: PreviewState, _ model: Model) {
        let lines = PreviewLines.lines(state, width: frame.size.columns)
        let wanted = lines.map { CharacterWidth.of($0.text) }.max() ?? 40
        let width = max(60, min(frame.size.columns - 4, wanted))
        let status = status(state, min(width, max(20, frame.size.columns - 4)))
        let listed = min(lines.count, max(1, frame.size.rows - 5 - status.count))
        let isProduction = state.preview.typedConfirmation != nil
        let inside = OverlayRenderer.box(
            &frame, title: "\(state.preview.title)  [\(state.preview.context)]", lines: listed + 1 + status.count,
            width: width,
            style: Style(isProduction ? .production : .focusedBorder, .bold))
        let room = max(0, inside.rows - status.count - 1)
        let top = max(0, min(state.scroll, lines.count - room))
        for row in 0..<room where lines.indices.contains(top + row) {
            OverlayRenderer.put(&frame, inside, row, lines[top + row].text, lines[top + row].style)
        }
        if lines.count > room {
            OverlayRenderer.put(
                &frame, inside, room, "── \(top + room) of \(lines.count) lines, scroll with up and down",
                Style(.border))
        } else {
            OverlayRenderer.put(&frame, inside, room, String(repeating: "─", count: inside.columns), Style(.border))
        }
        for (offset, line) in status.enumerated() {
            OverlayRenderer.put(&frame, inside, room + 1 + offset, line.text, line.style)
        }
        if let name = state.preview.typedConfirmation, state.asksName, !state.sent, state.preview.refusal == nil,
            !state.preview.isEmpty
        {
            OverlayRenderer.draw(
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
        let lines = PreviewLines.wrapped(text, width - 2)
        return lines.prefix(2).enumerated().map { place, line in
            CellText(place == 1 && lines.count > 2 ? line + " …" : line, .warning)
        }
    }

    private static func status(_ state: PreviewState, _ width: Int) -> [CellText] {
        var lines: [CellText] = []
        if let refusal = state.preview.refusal {
            return PreviewLines.wrapped("✖ the server refuses it: \(refusal)", width).map { CellText($0, .error) }
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
                lines += PreviewLines.wrapped("● applied, journal \(id)\(words)", width).map { CellText($0, .healthy) }
            case .verifying(let words):
                lines += PreviewLines.wrapped("… checking: \(words)", width).map { CellText($0, .muted) }
            case .verified(let words): lines.append(CellText("● verified: \(words)", .healthy))
            case .unverified(let words):
                lines += PreviewLines.wrapped("▲ not verified: \(words)", width).map { CellText($0, .warning) }
            case .rolledBack(let why):
                lines += PreviewLines.wrapped("▲ rolled back: \(why)", width).map { CellText($0, .warning) }
            case .left(let words): lines += PreviewLines.wrapped("○ \(words)", width).map { CellText($0, .muted) }
            case .stopped(let change): lines += change.lines.flatMap { summary($0, width) }
            case .failed(let error):
                lines += PreviewLines.wrapped("✖ \(error.description)", width).map { CellText($0, .error) }
            }
        }
        if let stopped = state.stopped {
            lines.append(
                CellText("take back the \(stopped.applied.count) that were applied?  y / esc", Style(.text, .bold)))
        }
        return lines.isEmpty ? [CellText("… sending", .muted)] : lines
    }
}
