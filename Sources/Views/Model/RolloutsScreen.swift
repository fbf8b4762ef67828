// The window with all rollouts: which one is looked at, and what its keys ask for.

internal import Actions

struct RolloutsScreen: Sendable {
    /// The rollout that is looked at, by its id. One that is gone is not exchanged for another.
    var selected: String?
    var scroll = 0

    static let keys: [(key: Character, action: RolloutAction)] = [
        ("H", .hold), ("C", .release), ("N", .next), ("P", .promote), ("A", .rollBack), ("R", .retry), ("G", .goOn),
    ]
}

extension Model {
    /// The rollouts whose traffic is shifted now, ours first.
    var runningRollouts: [RolloutView] {
        rollouts.filter(\.isRunning).sorted {
            ($0.owner == .meshTop ? 0 : 1, $0.id) < ($1.owner == .meshTop ? 0 : 1, $1.id)
        }
    }

    func rollout(_ screen: RolloutsScreen) -> RolloutView? {
        rollouts.first { $0.id == screen.selected }
    }

    /// Whoever keeps writing a route's weights: a rollout of Flagger or Argo, though none may be under way.
    func owner(of route: ObjectReference) -> RolloutView? {
        rollouts.first { $0.owner != .meshTop && $0.route == route }
    }
}
