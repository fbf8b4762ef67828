// The window with all rollouts: which one is looked at, and what its keys ask for.

internal import Actions

extension ActionID {
    static let rollouts = ActionID("rollouts")
}

struct RolloutsWindow: Window {
    /// The rollout that is looked at, by its id. One that is gone is not exchanged for another.
    var selected: String?
    var scroll = 0

    static let keys: [(key: Character, action: RolloutAction)] = [
        ("H", .hold), ("C", .release), ("N", .next), ("P", .promote), ("A", .rollBack), ("R", .retry), ("G", .goOn),
    ]

    static let actions = [
        ViewAction.local(.rollouts, ["w"], "rollouts: evidence, hold, promote, roll back", .panes) {
            $0.openRollouts()
        }
    ]

    var needsRoom: Bool { true }
    var hidesNotices: Bool { true }
    var staysUnderPreview: Bool { true }

    func hint(_ model: Model) -> String { RolloutsView.hint(model, self) }
    func draw(_ frame: inout Frame, _ model: Model) { RolloutsView.draw(&frame, self, model) }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        let rollouts = model.rollouts
        let place = rollouts.firstIndex { $0.id == selected }
        func move(_ by: Int) {
            guard !rollouts.isEmpty else { return }
            selected = rollouts[max(0, min(rollouts.count - 1, place.map { $0 + by } ?? 0))].id
            scroll = 0
        }
        switch key {
        case .escape, .character("q"): return .close
        case .up, .character("k"): move(-1)
        case .down, .character("j"): move(1)
        case .pageDown, .control("f"), .control("d"), .character(" "):
            scroll = min(scroll + 5, max(0, RolloutsView.detail(model, self).count - 1))
        case .pageUp, .control("b"), .control("u"): scroll = max(0, scroll - 5)
        case .character("y"):
            guard let object = model.rollout(self)?.object else { return .stay }
            return .stay { model in
                model.wait("reading \(object.kind) \(object.namespace)/\(object.name)", for: .yaml(object))
                return []
            }
        case .character(let character):
            guard let action = Self.keys.first(where: { $0.key == character })?.action,
                let view = model.rollout(self)
            else { return .stay }
            return ask(action, view, model)
        default: break
        }
        return .stay
    }

    private mutating func ask(_ action: RolloutAction, _ view: RolloutView, _ model: Model) -> WindowStep {
        if let reason = model.readOnlyReason.map({ "read-only: \($0)" }) ?? view.refusal(of: action) {
            return .toast("\(action.title): \(reason)", isError: true)
        }
        scroll = 0
        if action == .goOn, let record = view.record {
            return .stay { $0.plan(.guarded(record), "going on with \(view.title)") }
        }
        return .stay {
            $0.plan(
                .rollout(RolloutOrder(object: view.object, action: action)), "\(action.title) of \(view.object.name)")
        }
    }
}

extension Model {
    /// In place of whatever is open.
    mutating func openRollouts(_ selected: String? = nil) {
        windows = [RolloutsWindow(selected: selected ?? runningRollouts.first?.id ?? rollouts.first?.id)]
    }

    /// The rollouts whose traffic is shifted now, ours first.
    var runningRollouts: [RolloutView] {
        rollouts.filter(\.isRunning).sorted {
            ($0.owner == .meshTop ? 0 : 1, $0.id) < ($1.owner == .meshTop ? 0 : 1, $1.id)
        }
    }

    func rollout(_ screen: RolloutsWindow) -> RolloutView? {
        rollouts.first { $0.id == screen.selected }
    }

    /// Whoever keeps writing a route's weights: a rollout of Flagger or Argo, though none may be under way.
    func owner(of route: ObjectReference) -> RolloutView? {
        rollouts.first { $0.owner != .meshTop && $0.route == route }
    }
}
