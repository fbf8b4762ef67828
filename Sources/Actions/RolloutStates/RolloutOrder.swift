// What a person asks of a rollout that is under way.

/// What a person can ask of a rollout, by the words that MeshTop uses for all owners.
package enum RolloutAction: String, Sendable, Hashable, CaseIterable {
    /// Stays where it is.
    case hold
    case release
    /// To the next step, whatever the present one waits for.
    case next
    /// All traffic, at once.
    case promote
    /// All traffic back to stable.
    case rollBack
    /// A rolled-back one, once more.
    case retry
    /// This MeshTop drives it from here on.
    case goOn

    package var title: String {
        switch self {
        case .hold: "hold"
        case .release: "let go on"
        case .next: "next step"
        case .promote: "promote"
        case .rollBack: "roll back"
        case .retry: "retry"
        case .goOn: "drive it here"
        }
    }
}

/// An action on the rollout whose state an object holds.
package struct RolloutOrder: Sendable, Hashable {
    package var object: ObjectReference
    package var action: RolloutAction

    package init(object: ObjectReference, action: RolloutAction) {
        self.object = object
        self.action = action
    }
}

/// A rollout that a plan ends.
package struct GuardEnding: Sendable, Hashable {
    package var id: String
    package var action: RolloutAction
}
