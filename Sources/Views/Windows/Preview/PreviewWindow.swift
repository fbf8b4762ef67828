// The preview of a change: its keys, and the answers that send it.

internal import Actions
internal import Base

struct PreviewWindow: Window {
    var preview: ChangePreview
    var scroll = 0
    /// Long stretches of the diff are shown in few lines.
    var isFolded = true
    var typed = TextField()
    /// Since when it is on the screen.
    var shownAt: Moment?
    var pending: PendingAnswer?
    var progress: [ChangeProgress] = []
    var sent = false
    var error: String?
    /// The first of two answers: that somebody else's work is overwritten, or that the server drops a part.
    var isAcknowledged = false
    /// The name is asked for now.
    var asksName: Bool { preview.typedConfirmation != nil && (!preview.needsAcknowledgement || isAcknowledged) }
    /// The text that the plan was made from.
    var edit: ObjectEdit?

    /// What was applied before one of several objects was refused, and may be taken back; nil when nothing was.
    var stopped: StoppedChange? {
        guard case .failed? = progress.last else { return nil }
        for case .stopped(let change) in progress where !change.applied.isEmpty { return change }
        return nil
    }

    var isFinal: Bool { progress.last?.isFinal ?? false }

    /// Before it was sent, or after it was refused.
    var canEditAgain: Bool {
        guard edit != nil else { return false }
        if !sent { return preview.typedConfirmation == nil || preview.refusal != nil }
        if case .failed? = progress.last { return true }
        return false
    }

    // MARK: The window

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String {
        let fold = DiffFolding.canFold(preview.diff) ? (isFolded ? "   tab whole diff" : "   tab fold") : ""
        return hint(fold: fold)
    }

    private func hint(fold: String) -> String {
        if sent {
            stopped != nil
                ? "y take back what was applied   esc leave it"
                : canEditAgain
                    ? "e edit again   enter close"
                    : isFinal ? "enter close" : "esc leave it to be checked in the background"
        } else if preview.refusal != nil || preview.isEmpty {
            "\(canEditAgain ? "e edit again   esc keep the text in a file" : "esc close")   up/down scroll"
        } else if preview.needsAcknowledgement, !isAcknowledged {
            preview.hasConflicts
                ? "y overwrite it (asks once more)   esc cancel   up/down scroll   c copy kubectl"
                : "y send it anyway (asks once more)   \(preview.mend == nil ? "" : "m mend it   ")esc cancel   up/down scroll"
        } else if preview.typedConfirmation != nil {
            "type the name, then enter: apply   esc cancel\(fold)"
        } else {
            "y apply   esc cancel\(fold)   \(canEditAgain ? "e edit again   " : "")up/down scroll   c copy kubectl"
        }
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape:
            if !sent { return .close(with: abandoned) }
            let isFinal = isFinal
            return .close { model in
                if !isFinal { model.toast("the check goes on; its result will be shown here") }
                return []
            }
        case .up: scroll = max(0, scroll - 1)
        case .down: scroll += 1
        case .pageUp: scroll = max(0, scroll - 10)
        case .pageDown: scroll += 10
        case .tab: isFolded.toggle()
        case .enter where sent && isFinal, .character("q") where sent && isFinal: return .close
        case .character("y") where stopped != nil:
            guard let stopped else { break }
            return .stay { $0.plan(.undo(stopped.journalID, overDrift: true), "undo of what was applied") }
        case .character("n") where stopped != nil: return .close
        case .character("e") where canEditAgain:
            guard let edit else { break }
            let state = self
            return .close { $0.again(edit, state) }
        case .character("m") where !sent && preview.mend != nil:
            guard let mend = preview.mend else { break }
            // Where that plan fails, this one is seen again: a yes counts once it was read anew.
            shownAt = nil
            return .stay { $0.plan(mend.request, "the mended manifest") }
        case _ where sent || preview.refusal != nil || preview.isEmpty: break
        case _ where isAnswer(key): return answer(key, model.pace)
        case _ where asksName:
            _ = typed.handle(key)
            error = nil
        case .character("n"), .character("q"): return .close(with: abandoned)
        case .character("c"):
            let command = preview.kubectl
            return .stay { model in
                model.toast("copied the kubectl command")
                return [.copy(command)]
            }
        default: break
        }
        scroll = min(scroll, max(0, PreviewLines.lines(self, width: model.size.columns).count - 1))
        return .stay
    }

    /// What is done when it is left before it was sent; the text of an edit is kept.
    private var abandoned: [Effect] {
        [.discardPlan(planID: preview.planID)]
            + (preview.isEmpty && preview.refusal == nil ? [] : edit.map { [.keepEdit($0)] } ?? [])
    }

    func draw(_ frame: inout Frame, _ model: Model) { PreviewLines.draw(&frame, self) }
}
