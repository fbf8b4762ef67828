// Argo Rollouts' other strategy: the new version waits behind a preview Service until the active one is switched to it.
// https://argo-rollouts.readthedocs.io/en/stable/features/bluegreen/

internal import Base

enum ArgoBlueGreen {
    /// Whom the two Services select.
    static func share(_ object: JSONValue) -> String {
        let (spec, status) = (
            object.at("spec", "strategy", "blueGreen") ?? [:], object.at("status", "blueGreen") ?? [:]
        )
        var words = "Service \(spec.text("activeService") ?? "?") selects \(status.text("activeSelector") ?? "?")"
        if let preview = spec.text("previewService") {
            words += ", preview \(preview) selects \(status.text("previewSelector") ?? "?")"
        }
        return words
    }

    /// What differs from a canary: no weights and no steps of its own, but a switch.
    static func complete(_ view: inout RolloutView, _ object: JSONValue, isPaused: Bool, isAborted: Bool) {
        let spec = object.at("spec", "strategy", "blueGreen") ?? [:]
        let status = object["status"] ?? [:]
        let isFull = status["stableRS"] == status["currentPodHash"]
        let isSwitched = status.at("blueGreen", "activeSelector") == status["currentPodHash"]
        view.weight = isFull || isAborted ? nil : isSwitched ? 100 : 0
        view.steps = steps(spec, isFull: isFull, isSwitched: isSwitched, isPaused: isPaused, isAborted: isAborted)
        let waits = !status.list("pauseConditions").isEmpty
        if !isAborted, !isFull {
            view.decisions = [
                !isPaused
                    ? "Argo Rollouts decides: its pods must be ready and its analysis pass"
                    : byItself(spec) == nil ? "a person: N switches to it" : "it switches by itself; N does it at once"
            ]
        }
        for place in view.options.indices where view.options[place].action == .next {
            view.options[place].refusal =
                isFull
                ? "it is fully promoted"
                : isAborted ? "it is aborted: retry it first" : waits ? nil : "it does not wait to be promoted"
        }
    }

    /// When the controller promotes without being asked; nil where a person must. Its default is at once.
    private static func byItself(_ spec: JSONValue) -> String? {
        if let seconds = spec["autoPromotionSeconds"]?.int, seconds > 0 { return "switched after \(seconds) s" }
        return spec["autoPromotionEnabled"]?.bool == false ? nil : "switched as soon as it is ready"
    }

    private static func steps(
        _ spec: JSONValue, isFull: Bool, isSwitched: Bool, isPaused: Bool, isAborted: Bool
    ) -> [RolloutView.Step] {
        let present = isAborted ? -1 : isFull ? 3 : isSwitched ? 2 : isPaused ? 1 : 0
        let labels = [
            spec.text("previewService").map { "ready behind \($0)" } ?? "ready",
            byItself(spec) ?? "switched by a person",
            "all requests of \(spec.text("activeService") ?? "?")",
        ]
        return labels.enumerated().map { place, label in
            RolloutView.Step(label, place < present ? .done : place == present ? .now : .ahead)
        }
    }
}
