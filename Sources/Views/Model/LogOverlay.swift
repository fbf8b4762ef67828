// What the window with the log remembers.

internal import Actions
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
