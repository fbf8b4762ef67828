// A rollout as a screen or a script sees it, whoever drives it: MeshTop itself, Flagger or Argo Rollouts.

package struct RolloutView: Sendable, Hashable {
    package enum Owner: String, Sendable, Hashable {
        case meshTop = "MeshTop"
        case flagger = "Flagger"
        case argo = "Argo Rollouts"
    }

    /// Whose program moves it now.
    package enum Driver: Sendable, Hashable {
        case here
        /// Another MeshTop, by its lease.
        case other(String)
        case nobody
        /// The owner's controller in the cluster.
        case controller(String)
        case unknown(String)
    }

    package enum Tone: Sendable, Hashable { case good, bad, waiting, over, unknown }

    package struct Step: Sendable, Hashable {
        package enum State: Sendable, Hashable { case done, now, ahead }
        package var label: String
        package var state: State
        package var detail: String

        package init(_ label: String, _ state: State, _ detail: String = "") {
            self.label = label
            self.state = state
            self.detail = detail
        }
    }

    /// What can be asked for, or why it cannot.
    package struct Option: Sendable, Hashable {
        package var action: RolloutAction
        package var refusal: String?

        package init(action: RolloutAction, refusal: String? = nil) {
            self.action = action
            self.refusal = refusal
        }
    }

    package var owner: Owner
    /// Holds the rollout's state: the route, the Canary or the Rollout.
    package var object: ObjectReference
    /// The route whose weights it writes, where that is known.
    package var route: ObjectReference?
    package var canary: String
    package var weight: Int?
    /// In capitals.
    package var verdict: String
    package var tone: Tone
    package var driver: Driver
    package var steps: [Step] = []
    /// What is known beside the evidence, a sentence each.
    package var facts: [String] = []
    package var decisions: [String] = []
    package var history: [GuardMoment] = []
    package var options: [Option] = []
    /// Ours alone.
    package var record: GuardRecord?
    package var status: GuardStatus?
    /// It runs no more.
    package var isOver = false

    package init(
        owner: Owner, object: ObjectReference, route: ObjectReference? = nil, canary: String, weight: Int?,
        verdict: String, tone: Tone, driver: Driver
    ) {
        self.owner = owner
        self.object = object
        self.route = route
        self.canary = canary
        self.weight = weight
        self.verdict = verdict
        self.tone = tone
        self.driver = driver
    }

    package var id: String { "\(object.kind)/\(object.namespace)/\(object.name)" }

    /// "reviews v3", or "checkout" where the canary has no name of its own.
    package var title: String { canary.isEmpty || canary == object.name ? object.name : "\(object.name) \(canary)" }

    /// For one line at the top: "canary reviews v3 25 % NEED MORE DATA 40 s".
    package var line: String { "canary \(title) \(weight.map { "\($0) %" } ?? "? %") \(verdict)" }

    /// Traffic is shifted now, or waits to be.
    package var isRunning: Bool { !isOver }

    package func refusal(of action: RolloutAction) -> String? {
        guard let option = options.first(where: { $0.action == action }) else {
            return "\(owner.rawValue) has no such thing"
        }
        return option.refusal
    }
}
