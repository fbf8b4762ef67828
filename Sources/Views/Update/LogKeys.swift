// What the keys of the log do.

internal import Actions
internal import Base
internal import Kube

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
