// What the keys of the window with all rollouts do.

internal import Actions

extension Model {
    mutating func openRollouts(_ selected: String? = nil) {
        behind = nil
        overlay = .rollouts(RolloutsScreen(selected: selected ?? runningRollouts.first?.id ?? rollouts.first?.id))
    }

    mutating func press(_ key: Key, _ screen: RolloutsScreen) -> [Effect] {
        var screen = screen
        let place = rollouts.firstIndex { $0.id == screen.selected }
        func move(_ by: Int) {
            guard !rollouts.isEmpty else { return }
            screen.selected = rollouts[max(0, min(rollouts.count - 1, place.map { $0 + by } ?? 0))].id
            screen.scroll = 0
        }
        switch key {
        case .escape, .character("q"):
            overlay = nil
            return []
        case .up, .character("k"): move(-1)
        case .down, .character("j"): move(1)
        case .pageDown, .control("f"), .control("d"), .character(" "):
            screen.scroll = min(screen.scroll + 5, max(0, RolloutsPane.detail(self, screen).count - 1))
        case .pageUp, .control("b"), .control("u"): screen.scroll = max(0, screen.scroll - 5)
        case .character("y"):
            guard let object = rollout(screen)?.object else { return [] }
            behind = overlay
            wait("reading \(object.kind) \(object.namespace)/\(object.name)")
            return [.showYAML(object)]
        case .character(let character):
            guard let action = RolloutsScreen.keys.first(where: { $0.key == character })?.action,
                let view = rollout(screen)
            else { return [] }
            return ask(action, view)
        default: return []
        }
        overlay = .rollouts(screen)
        return []
    }

    private mutating func ask(_ action: RolloutAction, _ view: RolloutView) -> [Effect] {
        let reason = readOnlyReason.map { "read-only: \($0)" } ?? view.refusal(of: action)
        if let reason {
            toast("\(action.title): \(reason)", isError: true)
            return []
        }
        let screen = Overlay.rollouts(RolloutsScreen(selected: view.id))
        overlay = screen
        behind = screen
        if action == .goOn, let record = view.record { return plan(.guarded(record), "going on with \(view.title)") }
        return plan(
            .rollout(RolloutOrder(object: view.object, action: action)), "\(action.title) of \(view.object.name)")
    }

    /// What lay under a window that has closed.
    mutating func closeOverlay() {
        overlay = behind
        behind = nil
    }
}
