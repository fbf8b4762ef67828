// Whether a person typed an answer: after reading what it is for, and not in a burst that a paste or a line makes.

internal import Actions
internal import Base

/// An answer that was typed and counts as soon as it is sure that nothing follows at once.
struct PendingAnswer: Sendable {
    var key: Key
    var at: Moment
}

extension PreviewWindow {
    /// Whether a key would answer the question that the preview asks now.
    func isAnswer(_ key: Key) -> Bool {
        guard !sent, preview.refusal == nil, !preview.isEmpty else { return false }
        return key == (asksName ? .enter : .character("y"))
    }

    var wakeAt: Moment? { pending.map { $0.at + KeyPace.burstSeconds } }

    mutating func passed(_ moment: Moment) -> WindowStep {
        guard let pending, moment - pending.at >= KeyPace.burstSeconds else { return .stay }
        self.pending = nil
        return confirm()
    }

    mutating func presented(_ moment: Moment, hasRoom: Bool) { shownAt = hasRoom ? shownAt ?? moment : nil }

    /// A key that would answer. It counts when the preview could be read, and when no other key came just before or
    /// comes just after.
    mutating func answer(_ key: Key, _ pace: KeyPace) -> WindowStep {
        guard let now = pace.now, let shownAt, now - shownAt >= KeyPace.readingSeconds else {
            return .toast("\(key.name) came before the preview could be read and does not count", isError: true)
        }
        if pace.isBurst { return Self.inABurst(key) }
        pending = PendingAnswer(key: key, at: now)
        return .stay
    }

    /// A key that comes at once after an answer shows that no person typed it.
    mutating func keyCame() -> WindowStep {
        guard let pending else { return .stay }
        self.pending = nil
        return Self.inABurst(pending.key)
    }

    private static func inABurst(_ key: Key) -> WindowStep {
        .toast("\(key.name) came in a burst of keys and does not count; press it alone", isError: true)
    }

    /// An answer that counts: that somebody's work is overwritten, that a name is meant, or that the change is wanted.
    private mutating func confirm() -> WindowStep {
        if asksName {
            if typed.text == preview.typedConfirmation { return send() }
            error = "that is not the name"
        } else if preview.needsAcknowledgement, !isAcknowledged {
            isAcknowledged = true
        } else {
            return send()
        }
        return .stay
    }

    /// A guarded shift is followed in its own window, everything else here.
    private mutating func send() -> WindowStep {
        sent = true
        let (preview, edit) = (preview, edit)
        return .stay { model in
            if let edit { model.sentEdits[preview.planID] = edit }
            if let route = preview.rollout { model.openRollouts("\(route.kind)/\(route.namespace)/\(route.name)") }
            return [.apply(planID: preview.planID)]
        }
    }
}
