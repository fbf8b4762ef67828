// The log: every change of the journal, and what was asked of servers lately, each as a command to copy.

internal import Actions
internal import Base
internal import Kube

struct LogOverlay: Sendable {
    enum Tab: Sendable { case changes, calls }
    var tab = Tab.calls
    /// Both newest first.
    var changes: [JournalEntry] = []
    var calls: [APICall] = []
    /// The words that make a kubectl command one of this cluster.
    var kubectl: [String] = []
    var cursors: [Tab: Int] = [:]

    var count: Int { tab == .changes ? changes.count : calls.count }
    var cursor: Int { max(0, min(cursors[tab] ?? 0, count - 1)) }
    var change: JournalEntry? { tab == .changes && changes.indices.contains(cursor) ? changes[cursor] : nil }
    var call: APICall? { tab == .calls && calls.indices.contains(cursor) ? calls[cursor] : nil }

    mutating func move(_ by: Int) { cursors[tab] = max(0, min(cursor + by, count - 1)) }

    /// Takes newer calls; the cursor stays on the call it was on, but at the top, where the newest are followed.
    mutating func take(_ fresh: [APICall]) {
        let place = max(0, min(cursors[.calls] ?? 0, calls.count - 1))
        let chosen = place > 0 && calls.indices.contains(place) ? calls[place].number : nil
        calls = fresh.reversed()
        if let chosen { cursors[.calls] = calls.firstIndex { $0.number == chosen } ?? place }
    }
}

extension Model {
    mutating func open(_ changes: [JournalEntry], _ calls: [APICall], _ kubectl: [String]) {
        var log = LogOverlay()
        log.changes = changes.reversed()
        log.take(calls)
        log.kubectl = kubectl
        overlay = .log(log)
    }

    mutating func refresh(_ calls: [APICall]) {
        guard case .log(var log) = overlay else { return }
        log.take(calls)
        overlay = .log(log)
    }

    mutating func press(_ key: Key, _ log: LogOverlay) -> [Effect] {
        var log = log
        switch key {
        case .escape, .character("q"), .character("@"):
            overlay = nil
            return []
        case .tab, .backTab, .left, .right: log.tab = log.tab == .calls ? .changes : .calls
        case .up, .character("k"): log.move(-1)
        case .down, .character("j"): log.move(1)
        case .pageUp, .control("b"): log.move(-20)
        case .pageDown, .control("f"), .character(" "): log.move(20)
        case .home, .character("g"): log.move(-log.count)
        case .end, .character("G"): log.move(log.count)
        case .character("c"):
            let text = log.call?.command(log.kubectl) ?? log.change?.id ?? ""
            if !text.isEmpty {
                toast(log.tab == .calls ? "copied the command" : "copied the id")
                return [.copy(text)]
            }
        case .enter:
            if let change = log.change { return takeBack(change) }
            if let call = log.call {
                overlay = .document(
                    Document(
                        title: "\(call.method) \(call.startedAt.clock)", lines: LogView.whole(call, log.kubectl),
                        wraps: true))
                return []
            }
        default: return []
        }
        overlay = .log(log)
        return []
    }

    private mutating func takeBack(_ change: JournalEntry) -> [Effect] {
        if let reason = VerbTable.undo.disabledReason(selection, verbContext) {
            toast("Undo: \(reason)", isError: true)
            return []
        }
        return plan(.undo(change.id, overDrift: true), "undo of \(change.title)")
    }
}

enum LogView {
    static func draw(_ frame: inout Frame, _ log: LogOverlay) {
        let inside = OverlayRenderer.box(
            &frame, title: log.tab == .calls ? "Calls" : "Changes", lines: max(1, frame.size.rows - 6),
            width: frame.size.columns)
        let isCalls = log.tab == .calls
        OverlayRenderer.put(
            &frame, inside, 0,
            "\(isCalls ? " Changes  [Calls]" : "[Changes]  Calls ")   \(log.count) of them, newest first",
            Style(.heading))
        let heading =
            isCalls
            ? "TIME     STATUS       MS     BYTES  COMMAND"
            : "TIME                  ID                 OUTCOME     CHANGE"
        OverlayRenderer.put(&frame, inside, 1, heading, Style(.muted))
        let details = detail(log, inside.columns)
        let room = max(1, inside.rows - 3 - details.count)
        let top = max(0, min(log.cursor - room / 2, log.count - room))
        if log.count == 0 {
            OverlayRenderer.put(&frame, inside, 2, isCalls ? "nothing was asked yet" : "no changes yet", Style(.muted))
        }
        for row in 0..<room where top + row < log.count {
            let place = top + row
            let (text, style) = isCalls ? line(log.calls[place]) : line(log.changes[place])
            OverlayRenderer.put(
                &frame, inside, row + 2, text.padded(inside.columns), place == log.cursor ? Style(.selected) : style)
        }
        for (row, text) in details.enumerated() {
            OverlayRenderer.put(&frame, inside, inside.rows - details.count + row, text, Style(.hint))
        }
    }

    private static func line(_ call: APICall) -> (String, Style) {
        let isOpen = call.seconds == nil
        let status = call.status.map(String.init) ?? (isOpen ? "…" : "none")
        let time = call.seconds.map { String(Int(clamping: ($0 * 1000).rounded())) } ?? "open"
        let text =
            "\(call.startedAt.clock) \(status.padded(6)) \(time.padded(8, right: true)) "
            + "\((isOpen ? "" : String(call.bytes)).padded(9, right: true))  \(call.command())"
        let isBad = call.error != nil || (call.status ?? 0) >= 400
        return (text, isBad ? Style(.error) : isOpen ? Style(.muted) : .text)
    }

    private static func line(_ change: JournalEntry) -> (String, Style) {
        let outcome = change.outcome == .sent ? "unknown" : change.outcome.rawValue
        let isOpen = ![.failed, .undone].contains(change.outcome)
        return (
            "\(change.time.rfc3339.prefix(20).description.padded(21)) \(change.id.padded(18)) \(outcome.padded(11)) \(SafeText.line(change.title))",
            isOpen ? .text : Style(.muted)
        )
    }

    /// Of the chosen one, what the row has no room for, in two lines.
    private static func detail(_ log: LogOverlay, _ width: Int) -> [String] {
        var text = ""
        if let call = log.call { text = call.error.map { "✖ \($0)" } ?? "$ " + call.command(log.kubectl) }
        if let change = log.change {
            text = "by \(change.user) in \(change.context)\(change.detail.isEmpty ? "" : ": \(change.detail)")"
        }
        let lines = PreviewLines.wrapped(SafeText.line(text), max(20, width))
        return lines.count > 2
            ? [lines[0], lines[1].fitted(max(1, width - 2)) + " …"]
            : lines + Array(repeating: "", count: 2 - lines.count)
    }

    static func whole(_ call: APICall, _ kubectl: [String]) -> [String] {
        var lines = ["\(call.method) \(call.server)\(call.path)", ""]
        lines.append("asked \(call.startedAt.rfc3339)")
        lines.append(call.status.map { "answered \($0), \(call.bytes) bytes" } ?? "no answer yet")
        if let seconds = call.seconds { lines.append("ended after \(Int(clamping: (seconds * 1000).rounded())) ms") }
        if let error = call.error { lines.append("✖ \(error)") }
        return lines + ["", "$ " + call.command(kubectl)]
    }
}
