// Whether a person typed an answer: after reading what it is for, and not in a burst that a paste or a line makes.

package import Base

extension Model {
    /// When the screen wants to be told of the time, though nothing happens.
    package var wakeAt: Moment? {
        guard case .preview(let state) = overlay, let pending = state.pending else { return nil }
        return pending.at + KeyPace.burstSeconds
    }

    mutating func passed(_ moment: Moment) -> [Effect] {
        pace.passed(moment)
        guard case .preview(var state) = overlay, let pending = state.pending,
            moment - pending.at >= KeyPace.burstSeconds
        else { return [] }
        state.pending = nil
        return confirm(state)
    }

    mutating func presented(_ moment: Moment) {
        guard case .preview(var state) = overlay else { return }
        state.shownAt = hasRoom ? state.shownAt ?? moment : nil
        overlay = .preview(state)
    }

    /// A key that would answer a preview. It counts when the preview could be read, and when no other key came just
    /// before or comes just after.
    mutating func answer(_ key: Key, _ state: PreviewState) -> [Effect] {
        var state = state
        let name = key.name
        if let now = pace.now, let shown = state.shownAt, now - shown >= KeyPace.readingSeconds {
            if pace.isBurst {
                toast("\(name) came in a burst of keys and does not count; press it alone", isError: true)
            } else {
                state.pending = PendingAnswer(key: key, at: now)
            }
        } else {
            toast("\(name) came before the preview could be read and does not count", isError: true)
        }
        overlay = .preview(state)
        return []
    }

    /// A key that comes at once after an answer shows that no person typed it.
    mutating func forgetPendingAnswer() {
        guard case .preview(var state) = overlay, let pending = state.pending else { return }
        state.pending = nil
        overlay = .preview(state)
        toast("\(pending.key.name) came in a burst of keys and does not count; press it alone", isError: true)
    }
}
