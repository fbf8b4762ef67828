// Keys in a preview: the answers that send a change, and those that do not.

internal import Actions

extension Model {
    mutating func press(_ key: Key, _ state: PreviewState) -> [Effect] {
        var state = state
        switch key {
        case .escape:
            closeOverlay()
            if !state.sent { return abandon(state) }
            if !state.isFinal { toast("the check goes on; its result will be shown here") }
            return []
        case .up: state.scroll = max(0, state.scroll - 1)
        case .down: state.scroll += 1
        case .pageUp: state.scroll = max(0, state.scroll - 10)
        case .pageDown: state.scroll += 10
        case .tab: state.isFolded.toggle()
        case .enter where state.sent && state.isFinal, .character("q") where state.sent && state.isFinal:
            closeOverlay()
            return []
        case .character("y") where state.stopped != nil:
            guard let stopped = state.stopped else { break }
            return plan(.undo(stopped.journalID, overDrift: true), "undo of what was applied")
        case .character("n") where state.stopped != nil:
            overlay = nil
            return []
        case .character("e") where state.canEditAgain:
            guard let edit = state.edit else { break }
            return again(edit, state)
        case .character("m") where !state.sent && state.preview.mend != nil:
            guard let mend = state.preview.mend else { break }
            return plan(mend.request, "the mended manifest")
        case _ where state.sent || state.preview.refusal != nil || state.preview.isEmpty: break
        case _ where state.isAnswer(key): return answer(key, state)
        case _ where state.asksName:
            _ = state.typed.handle(key)
            state.error = nil
        case .character("n"), .character("q"):
            closeOverlay()
            return abandon(state)
        case .character("c"):
            toast("copied the kubectl command")
            return [.copy(state.preview.kubectl)]
        default: break
        }
        state.scroll = min(state.scroll, max(0, PreviewLines.lines(state, width: size.columns).count - 1))
        overlay = .preview(state)
        return []
    }

    /// An answer that counts: that somebody's work is overwritten, that a name is meant, or that the change is wanted.
    mutating func confirm(_ state: PreviewState) -> [Effect] {
        var state = state
        if state.asksName {
            if state.typed.text == state.preview.typedConfirmation { return send(state) }
            state.error = "that is not the name"
        } else if state.preview.needsAcknowledgement, !state.isAcknowledged {
            state.isAcknowledged = true
        } else {
            return send(state)
        }
        overlay = .preview(state)
        return []
    }

    /// A guarded shift is followed in its own window, everything else in the preview.
    private mutating func send(_ state: PreviewState) -> [Effect] {
        var state = state
        state.sent = true
        overlay = .preview(state)
        if let edit = state.edit { sentEdits[state.preview.planID] = edit }
        if let route = state.preview.rollout {
            openRollouts("\(route.kind)/\(route.namespace)/\(route.name)")
        }
        return [.apply(planID: state.preview.planID)]
    }
}
