// What outlives the process: the mark on the route says how far a rollout is, the file beside the journal says why.

package import Base
internal import Insights
internal import Istio
internal import Kube
internal import MeshModel

/// A rollout as its mark on the route describes it.
package struct GuardRecord: Sendable, Hashable {
    package var id: String
    package var target: GuardTarget
    package var settings: GuardSettings
    /// The canary's weight that stands now; nil before the first step.
    package var weight: Int?
    package var startedAt: Timestamp
    package var startedBy: String
    /// When each step so far was made.
    package var stepTimes: [Timestamp] = []
    /// What the evidence came to at the last step.
    package var evidence: GuardEvidence?

    package var mark: JSONValue {
        [
            "id": .string(id), "section": .string(target.section.rawValue), "rule": .int(Int64(target.index)),
            "canary": .int(Int64(target.canary)), "name": .string(target.canaryName),
            "original": .array(target.original.map { .int(Int64($0)) }),
            "weight": weight.map { .int(Int64($0)) } ?? .null,
            "steps": .array(settings.plan.steps.map { .int(Int64($0)) }),
            "holdAt": .array(settings.plan.holdAt.sorted().map { .int(Int64($0)) }),
            "stepSeconds": .double(settings.plan.minimumSeconds),
            "stepRequests": .double(settings.plan.minimumRequests),
            "warmupSeconds": .double(settings.plan.warmupSeconds),
            "maxErrors": settings.errorObjective.map { .double($0) } ?? .null,
            "maxP99Ms": settings.p99Milliseconds.map { .double($0) } ?? .null,
            "tolerated": .double(settings.tolerated), "limit": .double(settings.limit),
            "lookSeconds": .double(settings.lookSeconds),
            "conditions": .array(settings.conditions.map { .string($0.text) }),
            "startedAt": .string(startedAt.rfc3339), "startedBy": .string(startedBy),
            "stepTimes": .array(stepTimes.map { .string($0.rfc3339) }), "evidence": evidence?.json ?? .null,
        ]
    }

    /// As it stands once a step to `weight` is made.
    func stepped(to weight: Int, at time: Timestamp, _ evidence: GuardEvidence?) -> GuardRecord {
        var next = self
        next.weight = weight
        next.stepTimes.append(time)
        next.evidence = evidence
        return next
    }

    package init(
        id: String, target: GuardTarget, settings: GuardSettings, weight: Int?, startedAt: Timestamp, startedBy: String
    ) {
        self.id = id
        self.target = target
        self.settings = settings
        self.weight = weight
        self.startedAt = startedAt
        self.startedBy = startedBy
    }

    /// A rollout that begins now, by this user on this host.
    package static func started(_ target: GuardTarget, _ settings: GuardSettings) -> GuardRecord {
        GuardRecord(
            id: ChangeID.new(), target: target, settings: settings, weight: nil, startedAt: .now(),
            startedBy: "\(currentUserName())@\(hostName())")
    }

    /// Reads a mark; throws what is wrong with it, as anybody may have written it.
    package init(_ text: String, route: ObjectReference) throws(MeshTopError) {
        func wrong(_ why: String) -> MeshTopError {
            MeshTopError(
                .decoding, "the rollout's mark on \(route.kind) \(route.namespace)/\(route.name)", why: why,
                advice: "set the weights yourself and remove the annotation \(ObjectMeta.rolloutAnnotation)")
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: Array(text.utf8)) } catch { throw wrong("\(error)") }
        func numbers(_ key: String) -> [Int] { value.list(key).compactMap(\.int) }
        guard let id = value["id"]?.string,
            let section = RouteSummary.Section(rawValue: value["section"]?.string ?? ""),
            let index = value["rule"]?.int, let canary = value["canary"]?.int
        else { throw wrong("its id, section, rule or canary is missing") }
        let original = numbers("original")
        guard original.indices.contains(canary), original.count > 1, original.allSatisfy({ $0 >= 0 }) else {
            throw wrong("its weights make no sense")
        }
        var settings = GuardSettings()
        settings.plan.steps = numbers("steps")
        settings.plan.holdAt = Set(numbers("holdAt"))
        settings.plan.minimumSeconds = value["stepSeconds"]?.double ?? settings.plan.minimumSeconds
        settings.plan.minimumRequests = value["stepRequests"]?.double ?? settings.plan.minimumRequests
        settings.plan.warmupSeconds = value["warmupSeconds"]?.double ?? settings.plan.warmupSeconds
        settings.errorObjective = value["maxErrors"]?.double
        settings.p99Milliseconds = value["maxP99Ms"]?.double
        settings.tolerated = max(1, value["tolerated"]?.double ?? settings.tolerated)
        settings.limit = max(settings.tolerated * 1.05, value["limit"]?.double ?? settings.limit)
        settings.lookSeconds = min(60, max(0.2, value["lookSeconds"]?.double ?? settings.lookSeconds))
        for text in value.list("conditions") {
            if let text = text.string { settings.conditions.append(try GuardCondition(text)) }
        }
        if let problem = settings.plan.problem { throw wrong(problem) }
        self.id = SafeText.line(id, limit: 60)
        self.settings = settings
        weight = value["weight"]?.int
        startedAt = value["startedAt"]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(seconds: 0)
        startedBy = value.text("startedBy") ?? ""
        stepTimes = value.texts("stepTimes").prefix(100).compactMap { Timestamp(rfc3339: $0) }
        evidence = GuardEvidence(json: value["evidence"])
        target = GuardTarget(
            route: route, section: section, index: index, canary: canary,
            canaryName: value.text("name") ?? "canary", original: original)
    }
}

/// The evidence gathered so far, in `rollouts/ID.json` beside the journal. Without it a rollout goes on with none.
struct GuardFile: Sendable {
    var path: String

    init(_ id: String, in folder: String) throws(MeshTopError) {
        try Files.makeFolder("\(folder)/rollouts")
        let safe = String(id.filter { $0.isLetter || $0.isNumber || $0 == "-" })
        path = "\(folder)/rollouts/\(safe).json"
    }

    func save(
        _ saved: GuardMachine.Saved, edges: [LatencyEdge], bounds: [String], history: [GuardMoment]
    ) throws(MeshTopError) {
        let value: JSONValue = [
            "step": .int(Int64(saved.step)), "stepSeconds": .double(saved.stepSeconds),
            "stepRequests": .double(saved.stepRequests), "seconds": .double(saved.seconds),
            "evidence": .array(saved.evidence.map { .array($0.map { .double($0) }) }),
            "edges": .array(
                zip(edges, bounds).map {
                    ["bound": .string($1), "ms": .double($0.milliseconds), "share": .double($0.stableShare)]
                }),
            "history": .array(history.map { ["time": .string($0.time.rfc3339), "text": .string($0.text)] }),
        ]
        try Files.write(Array(value.compactText.utf8), to: path)
    }

    func load() -> (saved: GuardMachine.Saved, edges: [LatencyEdge], bounds: [String])? {
        guard let bytes = try? Files.read(path), let value = try? JSONValue(parsing: bytes),  // else it starts anew
            let step = value["step"]?.int
        else { return nil }
        let edges = value.list("edges")
        return (
            GuardMachine.Saved(
                step: step, stepSeconds: value["stepSeconds"]?.double ?? 0,
                stepRequests: value["stepRequests"]?.double ?? 0, seconds: value["seconds"]?.double ?? 0,
                evidence: value.list("evidence").map { ($0.array ?? []).compactMap(\.double) }),
            edges.map {
                LatencyEdge(milliseconds: $0["ms"]?.double ?? 0, stableShare: $0["share"]?.double ?? 0.5)
            }, edges.map { $0["bound"]?.string ?? "" }
        )
    }

    /// What happened so far, as told by whoever drove it on this machine.
    func history() -> [GuardMoment] {
        // None was kept.
        guard let bytes = try? Files.read(path), let value = try? JSONValue(parsing: bytes) else { return [] }
        return value.list("history").compactMap { entry in
            guard let time = entry["time"]?.string.flatMap({ Timestamp(rfc3339: $0) }), let text = entry.text("text")
            else { return nil }
            return GuardMoment(time: time, text: text)
        }
    }

    func remove() { Files.remove(path) }
}
