// Looks, after a change was applied, whether the cluster and the metrics say what the change meant.

internal import Base
internal import Kube
internal import MeshModel

struct Verifier: Sendable {
    var client: KubeClient
    var snapshot: @Sendable () async -> MeshSnapshot?
    var limitSeconds: Double
    private var clock: any TimeSource { client.clock }
    private let pauseSeconds = 1.0
    /// A controller takes its finalizer away within this time, or waits for something.
    private static let stuckSeconds = 3.0

    init(client: KubeClient, snapshot: @escaping @Sendable () async -> MeshSnapshot?, limitSeconds: Double) {
        self.client = client
        self.snapshot = snapshot
        self.limitSeconds = limitSeconds
    }

    /// True and what was seen, or false and what did not follow in time. `errors` compares the services' answers with
    /// those before; nil where there is nothing to compare.
    func verify(
        _ plan: Plan, errors: ErrorCheck?, progress: @Sendable (String) -> Void
    ) async -> (Bool, String) {
        let deadline = clock.now + limitSeconds
        var said = ""
        func say(_ words: String) {
            if words != said { progress(words) }
            said = words
        }
        func pause() async -> Bool {
            do { try await clock.sleep(seconds: pauseSeconds) } catch { return false }
            return !Task.isCancelled
        }
        var words = ""
        /// What does not come by itself may still be on its way at the first look.
        var stuckSince: Moment?
        while true {
            let seen = await check(plan)
            words = seen.words
            if case .worse(let what)? = await judged(errors) { return (false, "\(words); \(what)") }
            if case .done = seen { break }
            say(words)
            if case .stuck = seen {
                let since = stuckSince ?? clock.moment
                stuckSince = since
                if clock.moment - since >= Self.stuckSeconds { return (false, words) }
            } else {
                stuckSince = nil
            }
            guard clock.now < deadline else {
                return (false, "not within \(Int(clamping: limitSeconds)) s: \(words)")
            }
            guard await pause() else { return (false, "cancelled") }
        }
        guard let errors else { return (true, words) }
        // It has followed; what is left is whether it does harm.
        while true {
            switch await judged(errors) {
            case .worse(let what): return (false, "\(words); \(what)")
            case .fine(let what), .unknown(let what): return (true, "\(words); \(what)")
            case .tooEarly, nil: break
            }
            let left = errors.wholeAt - clock.now
            guard clock.now + max(0, left) < deadline else {
                return (true, "\(words); errors not compared, as their window is longer than the check")
            }
            say("\(words); comparing errors over the next \(Int(clamping: max(1, (left / 10).rounded(.up)) * 10)) s")
            guard await pause() else { return (false, "cancelled") }
        }
    }

    private func judged(_ errors: ErrorCheck?) async -> ErrorCheck.Verdict? {
        guard let errors, let snapshot = await snapshot() else { return nil }
        return errors.verdict(snapshot)
    }

    private func check(_ plan: Plan) async -> Sighting {
        var words = ""
        // Each of what comes back with another was answered for when it was sent.
        for step in plan.steps where !step.isBroughtBack {
            let seen = await accepted(step)
            guard case .done = seen else { return seen }
            words = seen.words
        }
        switch plan.verification {
        // What is gone is nothing that the cluster has.
        case .accepted:
            return .done(plan.steps.count == 1 && plan.steps[0].write == .delete ? words : "the cluster has it")
        case .rollout(let object, let replicas):
            guard let path = plan.steps.first(where: { $0.object == object })?.path else {
                return .done("the cluster has it")
            }
            do {
                let now = try await client.json(KubeClient.Call("GET", path))
                return RolloutCheck.state(now, kind: object.kind, replicas: replicas)
            } catch {
                return .waiting("\(error)")
            }
        case .shares(let route, let section, let index, let shares):
            let (agrees, words) = await observed(route, section, index, shares)
            return agrees ? .done(words) : .waiting(words)
        }
    }

    /// What is left of an object that is to go.
    static func remains(_ now: JSONValue, _ step: PlanStep) -> Sighting {
        let name = "\(step.object.kind) \(step.object.name)"
        guard now.at("metadata", "uid")?.string == step.uid else {
            // A controller makes a pod of the same name; anything else was put back by somebody.
            return step.object.kind == "Pod"
                ? .done("\(name) is gone, another is in its place")
                : .waiting("\(name) was made anew by someone else")
        }
        guard let leaving = LeavingObject(now), !leaving.holders.isEmpty else {
            return .waiting("\(name) is still there")
        }
        return .stuck(
            "\(name) is marked for deletion and held by \(leaving.holders.joined(separator: ", ")): it goes when whoever set that lets it go"
        )
    }

    /// The object reads back as the dry run promised.
    private func accepted(_ step: PlanStep) async -> Sighting {
        let name = "\(step.object.kind) \(step.object.name)"
        do {
            let now = try await client.json(KubeClient.Call("GET", step.path))
            if step.write == .delete || step.write == .evict {
                let seen = Self.remains(now, step)
                guard case .waiting(let words) = seen, let left = await Leftovers.words(now, client) else {
                    return seen
                }
                return .waiting("\(words): \(left)")
            }
            guard let after = step.after else { return .done("\(name) was accepted") }
            // The controller answers a status by the next one.
            if case .statusPatch = step.write { return .done("\(name) was accepted") }
            if case .scale = step.write { return .done("\(name) was accepted") }
            // Only what this change wrote is judged: an autoscaler's count beside it is no disagreement.
            return Self.agrees(now, after, step.write)
                ? .done("\(name) was accepted") : .waiting("\(name) reads back differently: someone else writes it")
        } catch let error as MeshTopError {
            if step.write == .delete || step.write == .evict, error.code == .notFound {
                return .done("\(name) is gone")
            }
            return .waiting(error.description)
        } catch {
            return .waiting("\(error)")
        }
    }

    private static func agrees(_ now: JSONValue, _ after: JSONValue, _ write: PlanStep.Write) -> Bool {
        if let paths = write.touched {
            return paths.allSatisfy { Patching.value(at: $0, in: now) == Patching.value(at: $0, in: after) }
        }
        let (present, made) = (ObjectText.content(now) ?? .null, ObjectText.content(after) ?? .null)
        if case .create = write { return keeps(present, made) }
        return present == made
    }

    /// All that was made is there. A controller may have added to it: a pod's node, a token.
    private static func keeps(_ now: JSONValue, _ made: JSONValue) -> Bool {
        switch (now, made) {
        case (.object(let present), .object(let members)):
            members.members.allSatisfy { name, value in present[name].map { keeps($0, value) } ?? false }
        case (.array(let present), .array(let elements)):
            present.count == elements.count && zip(present, elements).allSatisfy { keeps($0, $1) }
        default: now == made
        }
    }

    private func observed(
        _ route: ObjectReference, _ section: RouteSummary.Section, _ index: Int, _ shares: [Double]
    ) async -> (Bool, String) {
        guard let snapshot = await snapshot() else { return (true, "accepted; no metrics to check the traffic by") }
        guard snapshot.source(.metrics)?.state == .ok else {
            return (true, "accepted; no current metrics to check the traffic by")
        }
        guard
            let row = snapshot.routes.first(where: {
                $0.kind.rawValue == route.kind && $0.namespace == route.namespace && $0.name == route.name
                    && $0.section == section && $0.index == index
            }), row.destinations.count == shares.count
        else { return (false, "waiting for the route to show") }
        guard !row.destinations.contains(where: { $0.requestsPerSecond == nil }) else {
            return (true, "accepted; how much traffic each destination gets is not known, so it was not checked")
        }
        guard row.destinations.contains(where: { $0.observedShare != nil }) else {
            let others = Set(row.destinations.flatMap(\.sharedWithRules)).sorted()
            if !others.isEmpty {
                return (
                    true,
                    "accepted; its traffic cannot be told from that of \(others.joined(separator: ", ")), so it was not checked"
                )
            }
            return (true, "accepted; no requests in the window to check the traffic by")
        }
        return ObservedShares(row, shares).agreement
    }
}
