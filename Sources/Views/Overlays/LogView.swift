// The log: every change of the journal, and what was asked of servers lately, each as a command to copy.

internal import Actions
internal import Base
internal import Kube

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
