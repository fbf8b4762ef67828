// The lifecycle of a change: plan, preview with dry run, apply, verify, journal. Keys and command line share it.

internal import Base
internal import Istio
package import Kube
package import MeshModel

/// Plans and carries out changes in one context. Plans wait here between the preview and the confirmation.
package actor ChangeRunner {
    private let client: KubeClient
    let journal: Journal
    /// The mesh as it is now, for predictions and checks; nil without one.
    private let snapshot: @Sendable () async -> MeshSnapshot?
    /// What can be asked beyond objects and snapshot; nil without a session.
    private let foresight: ChangeForesight?
    private let productionNamespaces: Set<String>
    private var plans: [String: Plan] = [:]
    private var guardDriver: GuardDriver?
    private var guardTeller: GuardTeller?
    /// How long a check may take; the metrics need their window to follow.
    private let verifySeconds: Double

    package init(
        client: KubeClient, journal: Journal, productionNamespaces: Set<String> = [], verifySeconds: Double = 120,
        foresight: ChangeForesight? = nil,
        snapshot: @escaping @Sendable () async -> MeshSnapshot?
    ) {
        self.client = client
        self.journal = journal
        self.productionNamespaces = productionNamespaces
        self.verifySeconds = verifySeconds
        self.foresight = foresight
        self.snapshot = snapshot
    }

    /// Drives a guarded shift to its end, reporting as it goes.
    package typealias GuardDriver =
        @Sendable (
            GuardRecord, ChangeRunner, @escaping @Sendable (ChangeProgress) -> Void
        ) async -> Void

    /// Tells the driver of a rollout in this program that a person ends it; false when none drives it here.
    package typealias GuardTeller =
        @Sendable (
            GuardEnding, @escaping @Sendable (ChangeProgress) -> Void
        ) async -> Bool

    package func tellGuardedShifts(with teller: @escaping GuardTeller) { guardTeller = teller }

    package func driveGuardedShifts(with driver: @escaping GuardDriver) { guardDriver = driver }

    // MARK: Plan and preview

    /// Reads the objects, works the change out and lets the server try it (dryRun=All, fieldValidation=Strict).
    /// A refusal by the server is part of the preview; bad input and unreachable objects are thrown.
    package func plan(_ request: PlanRequest) async throws -> ChangePreview {
        let world = PlanWorld(
            client: client, discovery: try await discovered(request.objects), snapshot: await snapshot(),
            loadHistory: foresight?.load, journal: { [journal] in try journal.read().entries })
        let draft = try await request.resolving(world.resolved).draft(world)
        var steps = draft.steps
        var warnings = draft.warnings + LeavingObject.words(steps) + world.unlisted.words
        var refusals: [String] = []
        var losses: [String] = []
        let sender = ChangeSender(client: client)
        let schemas = KindSchemas(world, steps)
        for index in steps.indices {
            if steps[index].isBroughtBack {
                if case .create(let body) = steps[index].write { steps[index].after = body }
                continue
            }
            if let awaits = steps[index].awaits {
                if case .create(let body) = steps[index].write {
                    steps[index].after = body
                    let judged = await schemas.judge(steps[index], nil).losses
                    let (kind, name) = (steps[index].object.kind, steps[index].object.name)
                    losses +=
                        judged
                        + ManifestMending.dropped(of: body).map(\.path).filter { path in
                            !judged.contains { $0.contains(": \(path) ") }
                        }.map { "\(kind) \(name): \($0) is dropped: nothing of it takes effect" }
                }
                warnings.append(
                    "\(steps[index].object.kind) \(steps[index].object.name): not dry-run, \(awaits) is created by this change first; a mistake in it shows when it is sent"
                )
                continue
            }
            do {
                let result = try await sender.tryOut(steps[index])
                steps[index].after = after(steps[index], result.object)
                warnings += result.warnings
                ServerAnswer.settleInverse(&steps[index])
                let judged = await schemas.judge(steps[index], draft.files[steps[index].path])
                (losses, warnings) = (losses + judged.losses, (warnings + judged.warnings).uniqued())
            } catch let error as MeshTopError {
                refusals.append(error.description)
                steps[index].after = steps[index].write.applied(to: steps[index].before)
            }
        }
        let refusal = refusals.first.map {
            $0 + (refusals.count > 1 ? " (\(refusals.count) of \(steps.count) objects are refused)" : "")
        }
        warnings += refusals.dropFirst().map { "refused too: \($0)" }
        var effects = draft.effects
        if refusal == nil { effects += steps.flatMap { ServerAnswer.staying($0, draft.files[$0.path]) } }
        // What the server would leave as it is is not sent: no empty journal entry, nothing for an undo to find.
        if refusal == nil, draft.guarded == nil { steps.removeAll(where: \.changesNothing) }
        var verification = draft.verification
        // A shift has said it already, and a rollout's steps are its driver's to judge.
        if refusal == nil, !["shift", "guard", "rollout"].contains(draft.verb), draft.guarded == nil {
            let changes = WeightChange.found(in: steps)
            for change in changes { effects += await change.effects(world) }
            if verification == .accepted, steps.count == 1, changes.count == 1 {
                verification = changes[0].verification
            }
        }
        let id = ChangeID.new()
        let (production, unknown) = await ProductionQuestion(named: productionNamespaces, world).nameToType(steps)
        warnings += unknown
        var preview = ChangePreview(
            planID: id, title: draft.title, context: client.access.contextName, objects: steps.map(\.object),
            diff: StepDiff.lines(steps), effects: effects, managers: ObjectOwners.words(steps), warnings: warnings,
            kubectl: draft.kubectl, refusal: refusal, typedConfirmation: draft.typedConfirmation ?? production)
        preview.untried = steps.count { $0.awaits != nil }
        preview.drift = draft.drift
        preview.proposals = draft.proposals.map { SafeText.line($0) }
        preview.losses = losses
        preview.mend = request.change.mend(draft)
        preview.isDeletion = draft.typedConfirmation != nil && !preview.hasConflicts
        if refusal == nil, let foresight {
            preview.findings = await foresight.findings(steps.compactMap(Self.fate))
            preview.isUnjudged = preview.findings == nil
        }
        preview.rollout = draft.guarded?.target.route
        let names = steps.map { "\($0.object.kind) \($0.object.namespace)/\($0.object.name)" }.joined(separator: ", ")
        ActivityLog.note(
            .info,
            "verb \(draft.verb) planned as \(id): \(draft.title) [\(names)]\(refusal.map { "; refused: \($0)" } ?? "")")
        plans[id] = Plan(
            id: id, verb: draft.verb, title: draft.title, context: client.access.contextName,
            server: client.access.shownServer, steps: steps, verification: verification, preview: preview,
            undoes: draft.undoes, guarded: draft.guarded, ending: draft.ending, comparesErrors: draft.comparesErrors,
            notBroughtBack: draft.notBroughtBack)
        return preview
    }

    private static func fate(_ step: PlanStep) -> ObjectFate? {
        switch step.write {
        case .delete: step.before.map(ObjectFate.goes)
        case .evict: nil
        default: step.after.map(ObjectFate.becomes)
        }
    }

    /// To read these objects with, without a mesh to predict from.
    func readingWorld(_ objects: ObjectReference...) async throws -> PlanWorld {
        PlanWorld(client: client, discovery: try await discovered(objects), snapshot: nil)
    }

    /// With what is seen of the mesh, for numbers to propose.
    func seeingWorld() async throws -> PlanWorld {
        PlanWorld(client: client, discovery: try await discovered([]), snapshot: await snapshot())
    }

    /// Where an object is read and written.
    func path(_ object: ObjectReference) async throws -> String { try await readingWorld(object).path(object) }

    package func discard(_ planID: String) { plans[planID] = nil }

    /// An object as the cluster has it now, as YAML without managedFields; text is safe for a terminal.
    package func yaml(of object: ObjectReference) async throws -> String {
        let world = try await readingWorld(object)
        let found = ObjectText.withoutManagedFields(try await world.read(world.path(object)))
        return SafeText.block(YAML.text(SecretMask.isSecret(found) ? SecretMask.masked(whole: found) : found))
    }

    /// Seconds after which the server is asked anew what it serves: somebody may have installed something.
    private static let discoverySeconds = 60.0

    /// Waits for what the kinds that MeshTop reads and these objects need, and for no other group.
    private func discovered(_ objects: [ObjectReference]) async throws -> Discovery {
        try await client.discovery(within: Self.discoverySeconds) { discovery in
            discovery.knowsWatchedKinds && objects.allSatisfy { discovery.isSettled($0.kind) }
        }
    }

    /// The object as it will be. A scale answers with a Scale, so its count is put into what was read.
    private func after(_ step: PlanStep, _ answer: JSONValue?) -> JSONValue? {
        switch step.write {
        case .scale: step.write.applied(to: step.before)
        case .delete, .evict: nil
        default: answer
        }
    }

    // MARK: Apply

    /// Carries a previewed plan out; every stage is reported, the last one is final. `acceptsLosses`: a person was asked
    /// about what the server drops.
    package func apply(_ planID: String, acceptsLosses: Bool = false) -> AsyncStream<ChangeProgress> {
        AsyncStream { continuation in
            let task = Task {
                await self.carryOut(planID, acceptsLosses) { progress in
                    progress.log(planID)
                    continuation.yield(progress)
                }
                continuation.finish()
            }
            continuation.onTermination = { reason in
                // A change under way is not abandoned because nobody listens any more.
                _ = (reason, task)
            }
        }
    }

    private func carryOut(_ planID: String, _ acceptsLosses: Bool, report: @escaping @Sendable (ChangeProgress) -> Void)
        async
    {
        guard var plan = plans.removeValue(forKey: planID) else {
            return report(.failed(MeshTopError(.usage, "apply", why: "the plan is gone", advice: "make it again")))
        }
        if plan.preview.refusal != nil {
            return report(
                .failed(
                    MeshTopError(.invalid, plan.title, why: plan.preview.refusal ?? "", advice: "nothing was sent")))
        }
        if let loss = plan.preview.losses.first, !acceptsLosses {
            return report(
                .failed(MeshTopError(.invalid, plan.title, why: loss, advice: "nothing was sent; mend it")))
        }
        if let record = plan.guarded {
            guard let guardDriver else {
                return report(
                    .failed(MeshTopError(.environment, plan.title, why: "nothing here drives a guarded shift")))
            }
            return await guardDriver(record, self, report)
        }
        guard !plan.steps.isEmpty else { return report(.verified("nothing to change")) }
        // Its driver makes the step itself, on the object as it then is.
        if let ending = plan.ending, let guardTeller, await guardTeller(ending, report) { return }
        report(.sending)
        let before = await snapshot()
        do {
            try journal.begin(plan)
        } catch {
            return report(.failed(error))
        }
        let sender = ChangeSender(client: client)
        var sent = 0
        var real = RealAnswer()
        var back = BroughtBack()
        var wayBack = plan.canUndo ? WayBack.open : .none
        do {
            for (place, step) in plan.steps.enumerated() {
                if step.isBroughtBack {
                    try await bringBack(step, sender, &back)
                } else {
                    let result = try await sender.sendWhenServed(step)
                    real.take(
                        after(step, result.object), of: &plan.steps[place], at: place, shortfall: result.shortfall)
                    // Answered with a Status, or with the object as it is until somebody lets it go.
                    if step.write == .delete, plan.canUndo, LeavingObject(result.object) != nil { wayBack = .onceGone }
                }
                sent += 1
                if step.object.kind == "CustomResourceDefinition" { await client.forgetDiscovery() }
            }
        } catch {
            let failure = error as? MeshTopError ?? MeshTopError(.server, plan.title, why: "\(error)")
            if plan.steps.count > 1 { report(.stopped(StoppedChange(plan, after: sent))) }
            return report(.failed(stopped(plan, after: sent, real, failure)))
        }
        do {
            try journal.note(plan, .applied, "", real.settled)
            if let undone = plan.undoes { try journal.note(undone, .undone, "by \(plan.id)") }
        } catch {
            var failure = error
            failure.why += "; the change itself was made"
            return report(.failed(failure))
        }
        report(.applied(journalID: plan.id, undo: wayBack))
        await verify(
            plan, back, real, errors: before.flatMap { ErrorCheck(plan, $0, applied: client.clock.now) }, report: report
        )
    }

    /// What to say, and to keep, when a step was refused.
    private func stopped(
        _ plan: Plan, after sent: Int, _ real: RealAnswer, _ failure: MeshTopError
    ) -> MeshTopError {
        var failure = failure
        let unknown = failure.code == .network
        if sent > 0 {
            failure.why +=
                " (\(sent) of \(plan.steps.count) objects were changed before, \(plan.steps.count - sent - 1) were not sent)"
            failure.advice = "take them back with 'meshtop undo \(plan.id)'"
        } else if unknown {
            failure.advice =
                "the outcome is unknown: look at the object, then 'meshtop undo \(plan.id)' if it was changed"
        }
        do {
            // Partly sent or unknown: the entry stays open, so that an undo finds it.
            try journal.note(
                plan, sent > 0 ? .applied : unknown ? .sent : .failed, failure.why, real.settled, sent: sent)
        } catch {
            failure.why += "; and the journal could not be written: \(error.why)"
        }
        return failure
    }

    /// What cannot be made is noted, and the rest goes on.
    private func bringBack(_ step: PlanStep, _ sender: ChangeSender, _ back: inout BroughtBack) async throws {
        do {
            _ = try await sender.sendWhenServed(step, limitSeconds: back.isLate ? 0 : 30)
            back.note(step)
        } catch let error as MeshTopError {
            var isPresent = false
            // Some other conflict is no object that is there.
            if error.code == .conflict { isPresent = try await readingWorld().readIfPresent(step.path) != nil }
            guard back.note(step, error, isPresent: isPresent) else { throw error }
        }
    }

    // MARK: Verify

    private func verify(
        _ plan: Plan, _ back: BroughtBack, _ real: RealAnswer, errors: ErrorCheck?,
        report: @escaping @Sendable (ChangeProgress) -> Void
    ) async {
        let verifier = Verifier(client: client, snapshot: snapshot, limitSeconds: verifySeconds)
        var (agrees, words) = await verifier.verify(plan, errors: errors) { report(.verifying($0)) }
        if let more = back.words(plan) {
            (agrees, words) = (agrees && back.isWhole(plan), "\(words); \(more)")
        }
        if !real.surprises.isEmpty {
            (agrees, words) = (false, "\(words); not as its dry run said: \(real.surprises.joined(separator: "; "))")
        }
        do {
            try journal.note(plan.id, agrees ? .verified : .unverified, words)
        } catch {
            return report(.failed(error))
        }
        report(agrees ? .verified(words) : .unverified(words))
    }
}
