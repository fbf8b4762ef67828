import Base
import DemoMesh
import Kube
import TestSupport
import Testing

@testable import Actions

/// Each verb through what goes wrong between its preview and its check. Whatever happens, the cluster holds what others
/// made of it, the journal says what became of the change, and the operator is told in one line.
@Suite struct VerbDrillTests {
    /// A verb with its preview, on a stage of its own, and the first object that it is about.
    private func previewed(
        _ verb: DrilledVerb, verifySeconds: Double = 3
    ) async throws -> (stage: DrillStage, runner: ChangeRunner, preview: ChangePreview, step: PlanStep) {
        let stage = try await DrillStage.ready(verb)
        let runner = stage.runner(verifySeconds: verifySeconds)
        let preview = try await runner.plan(verb.request)
        try #require(preview.refusal == nil, "\(preview.refusal ?? "")")
        return (stage, runner, preview, try #require(try await stage.steps(verb.request).first))
    }

    // MARK: Others were faster

    /// kubectl changes the object, or makes the one that was to be made, between preview and apply: 409 for real.
    @Test(arguments: DrilledVerb.all.filter(\.mindsOthers))
    func whatOthersMadeMeanwhileStays(_ verb: DrilledVerb) async throws {
        let (stage, runner, preview, step) = try await previewed(verb)
        if step.before != nil {
            try await stage.kubectl(
                ["patch"] + stage.place(step.object) + ["--type=merge", "-p", verb.rival.compactText])
        } else if case .create(let body) = step.write {
            var theirs = body
            theirs.set(["metadata", "labels"], to: ["rival": "was-here"])
            try await stage.kubectl(["create", "-f", "-"], input: theirs.compactText)
        }
        let theirs = try await stage.content(step.path)
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied)
        #expect(progress.failure?.exitCode == 4, "\(progress)")
        #expect(try await stage.content(step.path) == theirs)
        #expect(try entry(stage, preview)?.outcome == .failed)
    }

    /// The object is deleted between preview and apply.
    @Test(arguments: DrilledVerb.onExisting) func anObjectThatIsGoneIsNotMadeAnew(_ verb: DrilledVerb) async throws {
        let (stage, runner, preview, step) = try await previewed(verb)
        #expect(step.before != nil)
        try await stage.kubectl(["delete"] + stage.place(step.object) + ["--wait=true"])
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied)
        #expect(progress.failure?.exitCode == 4, "\(progress)")
        #expect(try await stage.content(step.path) == nil)
        #expect(try entry(stage, preview)?.outcome == .failed)
    }

    /// Somebody puts the object back while it is checked: the check says so, and nobody fights.
    @Test(arguments: DrilledVerb.all.filter(\.mindsOthers)) func whoeverRevertsItIsNotFought(_ verb: DrilledVerb)
        async throws
    {
        let (stage, runner, preview, step) = try await previewed(verb, verifySeconds: 2)
        let old = step.before
        stage.forgetWrites()
        let before = try await stage.content(step.path)
        let isSent = Lock(false)
        let isReverted = Lock(false)
        let writesBefore = Lock(0)
        /// Looks that found nothing made, and how many there had been when the object was asked for last.
        let looks = Lock((inVain: 0, atRequest: 0))
        // The check looks when the other is done. After a conflict the sender looks too: nothing is made then.
        let hold = Fault.hold { isReverted.withLock { $0 } || looks.withLock { $0.inVain > $0.atRequest + 1 } }
        stage.proxy.add(hold, times: 5) { line in
            if DrillStage.isRealWrite(line) { isSent.withLock { $0 = true } }
            guard line.hasPrefix("GET \(step.path)"), isSent.withLock({ $0 }) else { return false }
            looks.withLock { $0.atRequest = $0.inVain }
            return true
        }
        let reverter = Task {
            defer { isReverted.withLock { $0 = true } }
            let isMade = try await eventually { () -> Bool? in
                if try await stage.content(step.path) != before { return true }
                looks.withLock { $0.inVain += 1 }
                return nil
            }
            #expect(isMade == true, "\(verb.name)")
            // Some were refused, where a controller changed the object in between; none may follow.
            writesBefore.withLock { $0 = stage.writes.count }
            if let old {
                try await stage.put(old, step.path)
            } else {
                try await stage.kubectl(["delete"] + stage.place(step.object))
            }
        }
        let progress = await runner.finish(preview.planID)
        try await reverter.value
        #expect(progress.wasApplied)
        let last = try #require(progress.last)
        guard case .unverified(let words) = last else {
            Issue.record("\(verb.name): \(progress)")
            return
        }
        #expect(!words.isEmpty)
        #expect(try entry(stage, preview)?.outcome == .unverified)
        #expect(stage.writes.count == writesBefore.withLock { $0 } && !stage.writes.isEmpty, "\(stage.writes)")
    }

    // MARK: The server refuses

    private static func status(_ code: Int, _ reason: String, _ message: String) -> Fault {
        let body: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .int(Int64(code)),
            "reason": .string(reason), "message": .string(message),
        ]
        return .answer(code, body: body.compactText)
    }

    enum Refusal: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case rbac, webhook, quota
        var testDescription: String { rawValue }
        var fault: Fault {
            switch self {
            case .rbac: VerbDrillTests.status(403, "Forbidden", "User \"ops\" cannot do that")
            case .webhook:
                VerbDrillTests.status(
                    400, "BadRequest", "admission webhook \"validation.istio.io\" denied the request: not like this")
            case .quota: VerbDrillTests.status(403, "Forbidden", "exceeded quota: compute-resources")
            }
        }
        var word: String {
            switch self {
            case .rbac: "cannot do that"
            case .webhook: "validation.istio.io"
            case .quota: "exceeded quota"
            }
        }
    }

    /// The dry run was fine, the write is refused: by RBAC, by a webhook, by a quota.
    @Test(arguments: DrilledVerb.all, Refusal.allCases)
    func aRefusalAtApplyChangesNothing(_ verb: DrilledVerb, _ refusal: Refusal) async throws {
        let stage = try await DrillStage.ready(verb)
        let runner = stage.runner()
        let preview = try await runner.plan(verb.request)
        let step = try #require(try await stage.steps(verb.request).first)
        let before = try await stage.content(step.path)
        stage.proxy.add(refusal.fault, times: 9, where: DrillStage.isRealWrite)
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied)
        let failure = try #require(progress.failure)
        #expect(failure.exitCode == 4 && failure.description.contains(refusal.word), "\(failure)")
        #expect(failure.description.split(separator: "\n").count == 1)
        #expect(try await stage.content(step.path) == before)
        #expect(try entry(stage, preview)?.outcome == .failed)
    }

    /// Strict validation refuses the dry run: the preview says so, and nothing can be sent.
    @Test(arguments: DrilledVerb.all) func whatStrictValidationRefusesIsNotOffered(_ verb: DrilledVerb) async throws {
        let stage = try await DrillStage.ready(verb)
        let runner = stage.runner()
        let step = try #require(try await stage.steps(verb.request).first)
        let before = try await stage.content(step.path)
        stage.proxy.add(
            Self.status(422, "Invalid", "strict decoding error: unknown field \"spec.novel\""), times: 9
        ) { !$0.hasPrefix("GET ") && !$0.contains("/authorization.k8s.io/") }
        stage.forgetWrites()
        let preview = try await runner.plan(verb.request)
        #expect(preview.refusal?.contains("spec.novel") == true, "\(preview.refusal ?? "accepted")")
        stage.proxy.clear()
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied && progress.failure != nil)
        #expect(try await stage.content(step.path) == before)
        #expect(try stage.journal.read().entries.isEmpty)
    }

    // MARK: The answer is lost

    /// The server does it and the answer never comes: the journal says "outcome unknown", reading settles it, and the
    /// undo takes it back.
    @Test(arguments: DrilledVerb.all) func aLostAnswerIsSettledByReading(_ verb: DrilledVerb) async throws {
        let stage = try await DrillStage.ready(verb)
        let runner = stage.runner()
        let preview = try await runner.plan(verb.request)
        let step = try #require(try await stage.steps(verb.request).first)
        let before = try await stage.content(step.path)
        stage.proxy.add(.reset(afterBytes: 0), where: DrillStage.isRealWrite)
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied)
        #expect(progress.failure?.description.contains("outcome is unknown") == true, "\(progress)")
        #expect(try entry(stage, preview)?.outcome == .sent)
        let made = try await stage.content(step.path)
        #expect(made != before)
        try await age(stage)
        let settled = try await stage.runner().resolveOutcomes()
        #expect(settled.count == 1, "\(settled)")
        #expect(try entry(stage, preview)?.outcome == .applied, "\(settled)")
        guard step.write != .evict else { return }
        let undo = try await runner.plan(.undo(preview.planID))
        #expect(await runner.finish(undo.planID).wasApplied)
        let now = try await stage.content(step.path)
        #expect(Self.comparable(now) == Self.comparable(before))
    }

    /// The server is gone when the write is sent and comes back: nothing was made, the journal learns it, and the same
    /// change can be made then.
    @Test(arguments: DrilledVerb.all) func aServerThatRestartsHasNotMadeIt(_ verb: DrilledVerb) async throws {
        let stage = try await DrillStage.ready(verb)
        let runner = stage.runner()
        let preview = try await runner.plan(verb.request)
        let step = try #require(try await stage.steps(verb.request).first)
        let before = try await stage.content(step.path)
        stage.proxy.setDown(true)
        stage.proxy.dropConnections()
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied && progress.failure != nil)
        stage.proxy.setDown(false)
        #expect(try await stage.content(step.path) == before)
        try await age(stage)
        _ = try await stage.runner().resolveOutcomes()
        #expect(try entry(stage, preview)?.outcome == .failed)
        let again = try await runner.plan(verb.request)
        #expect(await runner.finish(again.planID).wasApplied)
    }

    // MARK: The journal cannot be written

    /// A journal that cannot be written: then no change is made. (`FullDiskTests` fill a disk.)
    @Test(arguments: DrilledVerb.all) func withoutAJournalNothingIsSent(_ verb: DrilledVerb) async throws {
        let stage = try await DrillStage.ready(verb, journal: "/dev/full")
        let runner = stage.runner()
        let preview = try await runner.plan(verb.request)
        let step = try #require(try await stage.steps(verb.request).first)
        let before = try await stage.content(step.path)
        stage.forgetWrites()
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied)
        #expect(progress.failure?.description.contains("cannot write") == true, "\(progress)")
        #expect(stage.writes.isEmpty, "\(stage.writes)")
        #expect(try await stage.content(step.path) == before)
    }

    // MARK: Parts

    private func entry(_ stage: DrillStage, _ preview: ChangePreview) throws -> JournalEntry? {
        try stage.journal.read().entries.first { $0.id == preview.planID }
    }

    /// The journal as another program finds it: the one that wrote it is no longer at work.
    private func age(_ stage: DrillStage) async throws {
        let text = String(decoding: try Files.read(stage.journal.path), as: UTF8.self)
        let old = text.replacing("\"process\":\(processNumber())", with: "\"process\":999999999")
        try Files.write(Array(old.utf8), to: stage.journal.path)
    }

    /// An undo of a restart rolls the pods once more, and nobody counts revisions back.
    private static func comparable(_ object: JSONValue?) -> JSONValue? {
        guard var object else { return nil }
        object.set(["metadata", "annotations", "deployment.kubernetes.io/revision"], to: nil)
        if object.at("metadata", "annotations")?.object?.isEmpty == true {
            object.set(["metadata", "annotations"], to: nil)
        }
        if object.at("spec", "template", "metadata", "annotations")?.object?.isEmpty == true {
            object.set(["spec", "template", "metadata", "annotations"], to: nil)
        }
        return object
    }
}

extension DrillStage {
    /// Puts an object back as it was, or makes it anew, as whoever wrote it does.
    func put(_ old: JSONValue, _ path: String) async throws {
        var body = old
        body["status"] = nil
        for key in ["resourceVersion", "uid", "generation", "managedFields", "creationTimestamp"] {
            body.set(["metadata", key], to: nil)
        }
        if try await demo.exists(path) {
            // Its controllers write as well.
            _ = try await eventually { [body] in
                var body = body
                body.set(
                    ["metadata", "resourceVersion"], to: try await self.demo.get(path).at("metadata", "resourceVersion")
                )
                let answer = try await self.demo.ask("PUT", path, body)
                return answer.status == 409 ? nil : answer.status
            }
        } else {
            let collection = "/" + path.split(separator: "/").dropLast().joined(separator: "/")
            try await demo.client().send(
                KubeClient.Call(
                    "POST", collection, contentType: "application/json", body: Array(body.compactText.utf8)))
        }
    }
}
