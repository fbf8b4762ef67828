// A change from the command line: planned, previewed, and with --yes carried out.

internal import Actions
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel

/// Where a headless change is planned and carried out.
struct ChangeDesk: Sendable {
    let runner: ChangeRunner
    let session: MeshSession
    let snapshot: MeshSnapshot
    let place: Workplace

    /// Opens the session that a change needs, settles what an earlier program left open, and closes it afterwards. The
    /// error that `body` gives back is thrown when all is closed. Rates of sidecars take two looks and seconds: whoever
    /// plans by rates waits for them where there is no metrics API, others do without.
    static func work(
        _ global: GlobalOptions, _ change: ChangeOptions, needsMesh: Bool = true, needsRates: Bool = false,
        _ body: @escaping @Sendable (ChangeDesk) async throws -> MeshTopError?
    ) throws {
        _ = try global.oneNamespace()
        var asked = try global.workplace()
        try asked.readOnly.check()
        // Nothing that is planned depends on what proxies say of their upstreams.
        asked.options.asksEnvoy = false
        asked.options.asksSidecars = needsRates
        let place = asked
        let journal = try Journal.standard()
        let failure = try runBlocking { () async throws -> MeshTopError? in
            let loop = CurlLoop()
            let session = try await HeadlessSession.start(place, loop: loop, wait: needsMesh ? 30 : 0)
            if needsMesh { try await HeadlessSession.requireLoaded(session) }
            let snapshot = await session.snapshot()
            let runner = ChangeRunner(
                client: session.client, journal: journal, productionNamespaces: place.options.productionNamespaces,
                verifySeconds: change.verifyTimeout, foresight: ChangeForesight(session)
            ) { await session.snapshot() }
            // An undo has to know.
            for line in try await runner.resolveOutcomes() { printError("meshtop: journal: \(line)") }
            let failure = try await body(ChangeDesk(runner: runner, session: session, snapshot: snapshot, place: place))
            await session.stop()
            return failure
        }
        if let failure { throw failure }
    }

    /// Sends a previewed change and tells how it goes; what was wrong with it, if anything. When one of several objects
    /// is refused, those before it are taken back, if `undoOnFailure` or the person at the terminal says so.
    func carryOut(
        _ preview: ChangePreview, undoOnFailure: Bool = false, acceptsLosses: Bool = false
    ) async throws -> MeshTopError? {
        var failure: MeshTopError?
        var stopped: StoppedChange?
        var wayBack = WayBack.open
        for await progress in await runner.apply(preview.planID, acceptsLosses: acceptsLosses) {
            try printOut(PreviewText.line(progress) + "\n")
            switch progress {
            case .applied(_, let way): wayBack = way
            case .verified where wayBack == .onceGone:
                try printOut("take it back with: meshtop undo \(preview.planID)\n")
            case .failed(let error): failure = error
            case .stopped(let change): stopped = change
            case .unverified(let words):
                failure = MeshTopError(
                    .verificationFailed, preview.title, why: words,
                    advice: wayBack == .onceGone
                        ? "it was applied; nothing can be brought back before it is gone"
                        : "it was applied and not rolled back"
                            + (wayBack == .open ? "; 'meshtop undo \(preview.planID)' takes it back" : ""))
            default: break
            }
        }
        guard let stopped, !stopped.applied.isEmpty, var failure else { return failure }
        guard undoOnFailure || Question.canBeAsked else { return failure }
        let question = "\(failure.description)\nTake back the \(stopped.applied.count) that were applied?"
        guard undoOnFailure || Question.yes(question, standard: false) else { return failure }
        do {
            let undo = try await runner.plan(.undo(stopped.journalID))
            try printOut(PreviewText.text(undo))
            if let problem = try await carryOut(undo) { throw problem }
            failure.advice = "what was applied was taken back; mend it and apply again"
        } catch let problem as MeshTopError {
            failure.why += "; and it could not be taken back: \(problem.why)"
        }
        return failure
    }
}

/// Shared by all: previews, and with --yes carries out.
enum HeadlessChange {
    static func run(
        _ global: GlobalOptions, _ change: ChangeOptions, needsMesh: Bool = true, needsRates: Bool = false,
        undoOnFailure: Bool = false, overDrift: Bool = false,
        request: @escaping @Sendable (MeshSnapshot, Workplace) throws -> PlanRequest
    ) throws {
        try run(
            global, change, needsMesh: needsMesh, needsRates: needsRates, undoOnFailure: undoOnFailure,
            overDrift: overDrift
        ) {
            _, snapshot, place in try request(snapshot, place)
        }
    }

    /// For requests that have to ask the cluster first.
    static func run(
        _ global: GlobalOptions, _ change: ChangeOptions, needsMesh: Bool = true, needsRates: Bool = false,
        undoOnFailure: Bool = false, overDrift: Bool = false,
        request: @escaping @Sendable (MeshSession, MeshSnapshot, Workplace) async throws -> PlanRequest
    ) throws {
        try ChangeDesk.work(global, change, needsMesh: needsMesh, needsRates: needsRates) { desk in
            let preview = try await desk.runner.plan(
                try await request(desk.session, desk.snapshot, desk.place))
            try printOut(PreviewText.text(preview))
            if preview.hasConflicts, !overDrift {
                return MeshTopError(
                    .conflict, preview.title, why: "somebody else changed the same places since, as listed",
                    advice: "set what you want yourself, or add --over-drift to overwrite them")
            }
            if let stop = obstacle(preview, change) { return stop }
            if change.dryRun != nil || preview.objects.isEmpty { return nil }
            return try await desk.carryOut(
                preview, undoOnFailure: undoOnFailure, acceptsLosses: change.allowDropped)
        }
    }

    /// Why a previewed change is not sent; nil when it is, or when there is nothing to send.
    static func obstacle(_ preview: ChangePreview, _ change: ChangeOptions) -> MeshTopError? {
        if let refusal = preview.refusal {
            return MeshTopError(
                .invalid, preview.title, why: refusal,
                advice: preview.mend == nil ? "nothing was sent" : "nothing was sent; --mend writes what is meant")
        }
        if let loss = preview.losses.first, !change.allowDropped {
            let more = preview.losses.count > 1 ? " (and \(preview.losses.count - 1) more)" : ""
            return MeshTopError(
                .invalid, preview.title, why: loss + more,
                advice: preview.mend == nil
                    ? "mend the text, or add --allow-dropped to send it all the same"
                    : "add --mend to have it mended, or --allow-dropped to send it all the same")
        }
        let names = Set(preview.objects.map(\.name) + [preview.typedConfirmation].compactMap { $0 })
        if let given = change.confirm, !names.isEmpty,
            preview.typedConfirmation.map({ $0 != given }) ?? !names.contains(given)
        {
            return MeshTopError(
                .notConfirmed, preview.title,
                why: "not applied: --confirm \(SafeText.line(given, limit: 100)) names another object",
                advice: "the object is \(preview.typedConfirmation ?? names.sorted().joined(separator: ", "))")
        }
        if change.dryRun != nil || preview.objects.isEmpty { return nil }
        guard change.yes else {
            return MeshTopError(
                .notConfirmed, preview.title, why: "not applied", advice: "repeat with --yes to send it")
        }
        guard let name = preview.typedConfirmation, change.confirm != name, preview.isDeletion || !isTyped(name),
            // Who says --over-drift has been asked already.
            !preview.hasConflicts
        else { return nil }
        return MeshTopError(
            .notConfirmed, preview.title,
            why: "not applied: \(preview.isDeletion ? "what is deleted is gone" : "this is production")",
            advice: "repeat with --yes --confirm \(name)")
    }

    /// Whether the command itself names the object, as `scale deployment/orders` does.
    private static func isTyped(_ name: String) -> Bool {
        CommandLine.arguments.dropFirst().contains { word in
            word == name || ObjectWord(word)?.name == name
        }
    }
}

enum PreviewText {
    static func text(_ preview: ChangePreview) -> String {
        var lines = ["\(preview.title)   [context \(preview.context)]"]
        lines += preview.driftLines.map { "since:   \($0.text)" }
        for line in preview.diff {
            switch line.kind {
            case .added: lines.append("+\(line.text)")
            case .removed: lines.append("-\(line.text)")
            case .context: lines.append(" \(line.text)")
            case .hunk, .file: lines.append(line.text)
            }
        }
        if preview.isEmpty { lines.append("  nothing would change") }
        lines += preview.effects.map { "effect:  \($0)" }
        lines += preview.managers.map { "manager: \($0)" }
        lines += preview.warnings.map { "warning: \($0)" }
        lines += preview.proposals.map { "proposed, off: \($0)" }
        lines += preview.losses.map { "lost:    \($0)" }
        if let mend = preview.mend { lines.append("mend:    \(mend.title); add --mend") }
        lines += preview.findingLines.map { "finding: \($0.isNew ? "adds" : "mends") \($0.text)" }
        lines += preview.unjudgedLines.map { "finding: \($0)" }
        if let refusal = preview.refusal {
            lines.append("refused: \(refusal)")
        } else if !preview.objects.isEmpty {
            lines.append("dry run: \(preview.verdict)")
        }
        lines.append("kubectl: \(preview.kubectl)")
        return lines.joined(separator: "\n") + "\n"
    }

    static func line(_ progress: ChangeProgress) -> String {
        switch progress {
        case .sending: "sending"
        case .applied(let id, .open): "applied; journal \(id), take it back with: meshtop undo \(id)"
        case .applied(let id, .none): "applied; journal \(id), it cannot be taken back"
        case .applied(let id, .onceGone):
            "applied; journal \(id), marked for deletion: nothing can be brought back before it is gone"
        case .verifying(let words): "checking: \(words)"
        case .verified(let words): "verified: \(words)"
        case .unverified(let words): "not verified: \(words)"
        case .rolledBack(let why): "rolled back: \(why)"
        case .left(let words): "left: \(words)"
        case .stopped(let change): change.lines.joined(separator: "\n")
        case .failed(let error): "failed: \(error)"
        }
    }
}
