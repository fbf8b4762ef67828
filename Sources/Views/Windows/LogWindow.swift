// The log: every change of the journal, and what was asked of servers lately, each as a command to copy.

internal import Actions
internal import Base
internal import Kube

extension ActionID {
    static let commandLog = ActionID("command-log")
}

struct LogWindow: Window {
    enum Tab: Sendable { case changes, calls }
    /// The question that it follows.
    let request: RequestID
    var tab = Tab.calls
    /// Both newest first.
    var changes: [JournalEntry]
    var calls: [APICall]
    /// The words that make a kubectl command one of this cluster.
    var kubectl: [String]
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

    // MARK: The window

    static let actions = [
        ViewAction.local(.commandLog, ["@"], "log of changes and calls", .command) {
            $0.wait("reading the journal", for: .log)
        }
    ]

    /// Both in the order in which they came.
    init(request: RequestID, changes: [JournalEntry], calls: [APICall], kubectl: [String]) {
        self.request = request
        self.changes = changes.reversed()
        self.calls = calls.reversed()
        self.kubectl = kubectl
    }

    var needs: [DataNeed] { [DataNeed(request, .calls, isFollowed: true)] }

    mutating func take(_ answer: DataAnswer, of request: RequestID, _ model: Model) -> WindowStep {
        if case .calls(let fresh) = answer { take(fresh) }
        return .stay
    }

    func hint(_ model: Model) -> String {
        tab == .changes
            ? "tab calls   enter take the change back   c copy its id   up/down   esc close"
            : "tab changes   enter whole   c copy the command   up/down   esc close"
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape, .character("q"), .character("@"): return .close
        case .tab, .backTab, .left, .right: tab = tab == .calls ? .changes : .calls
        case .up, .character("k"): move(-1)
        case .down, .character("j"): move(1)
        case .pageUp, .control("b"): move(-20)
        case .pageDown, .control("f"), .character(" "): move(20)
        case .home, .character("g"): move(-count)
        case .end, .character("G"): move(count)
        case .character("c"):
            let text = call?.command(kubectl) ?? change?.id ?? ""
            if !text.isEmpty {
                let words = tab == .calls ? "copied the command" : "copied the id"
                return .stay { model in
                    model.toast(words)
                    return [.copy(text)]
                }
            }
        case .enter:
            if let change { return .stay { $0.undo(change.id, words: change.title) } }
            if let call {
                return .open(
                    Document(
                        title: "\(call.method) \(call.startedAt.clock)", lines: Self.whole(call, kubectl), wraps: true))
            }
        default: break
        }
        return .stay
    }

    // MARK: Drawing

    func draw(_ frame: inout Frame, _ model: Model) {
        let inside = WindowBox.draw(
            &frame, title: tab == .calls ? "Calls" : "Changes", lines: max(1, frame.size.rows - 6),
            width: frame.size.columns)
        let isCalls = tab == .calls
        WindowBox.put(
            &frame, inside, 0,
            "\(isCalls ? " Changes  [Calls]" : "[Changes]  Calls ")   \(count) of them, newest first",
            Style(.heading))
        let heading =
            isCalls
            ? "TIME     STATUS       MS     BYTES  COMMAND"
            : "TIME                  ID                 OUTCOME     CHANGE"
        WindowBox.put(&frame, inside, 1, heading, Style(.muted))
        let details = detail(inside.columns)
        let room = max(1, inside.rows - 3 - details.count)
        let top = max(0, min(cursor - room / 2, count - room))
        if count == 0 {
            WindowBox.put(&frame, inside, 2, isCalls ? "nothing was asked yet" : "no changes yet", Style(.muted))
        }
        for row in 0..<room where top + row < count {
            let place = top + row
            let (text, style) = isCalls ? line(calls[place]) : line(changes[place])
            WindowBox.put(
                &frame, inside, row + 2, text.padded(inside.columns), place == cursor ? Style(.selected) : style)
        }
        for (row, text) in details.enumerated() {
            WindowBox.put(&frame, inside, inside.rows - details.count + row, text, Style(.hint))
        }
    }

    private func line(_ call: APICall) -> (String, Style) {
        let isOpen = call.seconds == nil
        let status = call.status.map(String.init) ?? (isOpen ? "…" : "none")
        let time = call.seconds.map { String(Int(clamping: ($0 * 1000).rounded())) } ?? "open"
        let text =
            "\(call.startedAt.clock) \(status.padded(6)) \(time.padded(8, right: true)) "
            + "\((isOpen ? "" : String(call.bytes)).padded(9, right: true))  \(call.command())"
        let isBad = call.error != nil || (call.status ?? 0) >= 400
        return (text, isBad ? Style(.error) : isOpen ? Style(.muted) : .text)
    }

    private func line(_ change: JournalEntry) -> (String, Style) {
        let outcome = change.outcome == .sent ? "unknown" : change.outcome.rawValue
        let isOpen = ![.failed, .undone].contains(change.outcome)
        return (
            "\(change.time.rfc3339.prefix(20).description.padded(21)) \(change.id.padded(18)) \(outcome.padded(11)) \(SafeText.line(change.title))",
            isOpen ? .text : Style(.muted)
        )
    }

    /// Of the chosen one, what the row has no room for, in two lines.
    private func detail(_ width: Int) -> [String] {
        var text = ""
        if let call { text = call.error.map { "✖ \($0)" } ?? "$ " + call.command(kubectl) }
        if let change {
            text = "by \(change.user) in \(change.context)\(change.detail.isEmpty ? "" : ": \(change.detail)")"
        }
        let lines = Wrapping.lines(SafeText.line(text), max(20, width))
        return lines.count > 2
            ? [lines[0], lines[1].fitted(max(1, width - 2)) + " …"]
            : lines + Array(repeating: "", count: 2 - lines.count)
    }

    private static func whole(_ call: APICall, _ kubectl: [String]) -> [String] {
        var lines = ["\(call.method) \(call.server)\(call.path)", ""]
        lines.append("asked \(call.startedAt.rfc3339)")
        lines.append(call.status.map { "answered \($0), \(call.bytes) bytes" } ?? "no answer yet")
        if let seconds = call.seconds { lines.append("ended after \(Int(clamping: (seconds * 1000).rounded())) ms") }
        if let error = call.error { lines.append("✖ \(error)") }
        return lines + ["", "$ " + call.command(kubectl)]
    }
}
