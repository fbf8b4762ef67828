// Argo Rollouts: what a Rollout says of itself, and the very patches that its own kubectl plugin sends.
// https://github.com/argoproj/argo-rollouts/tree/master/pkg/kubectl-argo-rollouts/cmd

internal import Base
internal import Kube

enum ArgoRollout {
    // MARK: Reading

    /// How a Rollout brings requests to its new version.
    enum Routing: Equatable {
        /// By the weights of a VirtualService.
        case istio(ObjectReference?)
        /// By those of another mesh or ingress, named as the spec does.
        case other(String)
        /// By the number of pods: a canary without traffic routing.
        case pods
        /// All at once, by the selector of a Service.
        case blueGreen(active: String)

        init(_ object: JSONValue, _ namespace: String) {
            let strategy = object.at("spec", "strategy") ?? [:]
            if let blueGreen = strategy["blueGreen"], blueGreen.object != nil {
                self = .blueGreen(active: blueGreen.text("activeService") ?? "?")
            } else if let istio = strategy.at("canary", "trafficRouting", "istio") {
                self = .istio(ArgoRollout.route(istio, namespace))
            } else if let name = strategy.at("canary", "trafficRouting")?.object?.keys.first(where: {
                $0 != "managedRoutes"
            }) {
                self = .other(SafeText.line(name, limit: 40))
            } else {
                self = .pods
            }
        }

        /// What the controller does when the weight moves.
        var words: String {
            switch self {
            case .istio: "Argo Rollouts carries it out and writes the route"
            case .other(let name): "Argo Rollouts carries it out by \(name)'s weights, which are not shown here"
            case .pods: "Argo Rollouts carries it out by pods: requests follow their number"
            case .blueGreen(let active): "Argo Rollouts carries it out by the selector of Service \(active)"
            }
        }
    }

    /// Nil for what is no Rollout at all.
    static func view(_ object: JSONValue) -> RolloutView? {
        let metadata = object["metadata"] ?? [:]
        guard let name = metadata.text("name"), let namespace = metadata.text("namespace") else { return nil }
        let routing = Routing(object, namespace)
        let status = object["status"] ?? [:]
        let steps = object.at("spec", "strategy", "canary")?.list("steps") ?? []
        let phase = status.text("phase") ?? ""
        let isFull = status["stableRS"] == status["currentPodHash"]
        let index = isFull ? steps.count : min(max(0, status["currentStepIndex"]?.int ?? 0), steps.count)
        let isAborted = status["abort"]?.bool ?? false
        let isPaused = isPaused(object)
        let weight =
            status.at("canary", "weights", "canary", "weight")?.int
            ?? (isAborted ? 0 : isFull ? nil : Self.weight(steps, index))
        let (verdict, tone) = Self.verdict(phase, isAborted: isAborted, isPaused: isPaused, isFull: isFull)
        var view = RolloutView(
            owner: .argo, object: ObjectReference(kind: "Rollout", namespace: namespace, name: name),
            route: nil, canary: "", weight: isFull ? nil : weight, verdict: verdict, tone: tone,
            driver: .controller("Argo Rollouts"))
        view.isOver = isFull && !isPaused
        if case .istio(let route) = routing { view.route = route }
        view.steps = steps.enumerated().map { place, step in
            RolloutView.Step(
                label(step), isAborted || place > index ? .ahead : place < index || isFull ? .done : .now,
                place == index && !isAborted && !isFull ? pauseText(status) : "")
        }
        if let message = status.text("message") { view.facts.append(message) }
        view.facts.append(
            "stable \(status.text("stableRS") ?? "?"), now \(status.text("currentPodHash") ?? "?"), pods ready \(status["readyReplicas"]?.int.map(String.init) ?? "?"), wanted \(object.at("spec", "replicas")?.int ?? 1)"
        )
        if let words = share(object, routing) { view.facts.append(words) }
        for condition in status.list("conditions") where condition["status"] == "False" {
            guard let type = condition.text("type"), ["Progressing", "Available", "Healthy"].contains(type) else {
                continue
            }
            view.facts.append("not \(type): \(condition.text("message") ?? condition.text("reason") ?? "no reason")")
        }
        view.decisions = decisions(
            isAborted: isAborted, isPaused: isPaused, isFull: isFull, steps: steps, index: index, status)
        view.history = status.list("pauseConditions").compactMap { pause in
            pause["startTime"]?.string.flatMap { Timestamp(rfc3339: $0) }.map {
                GuardMoment(time: $0, text: "paused: \(pause.text("reason") ?? "no reason")")
            }
        }
        view.options = options(object, isAborted: isAborted, isFull: isFull, hasSteps: !steps.isEmpty)
        if case .blueGreen = routing { ArgoBlueGreen.complete(&view, object, isPaused: isPaused, isAborted: isAborted) }
        return view
    }

    /// Where requests go that no route's weights tell of.
    private static func share(_ object: JSONValue, _ routing: Routing) -> String? {
        switch routing {
        case .istio: return nil
        case .other(let name): return "requests are split by \(name): its weights are not read here"
        case .pods:
            let status = object["status"] ?? [:]
            let (updated, all) = (status["updatedReplicas"]?.int ?? 0, status["replicas"]?.int ?? 0)
            return "no traffic routing: requests follow the pods, \(updated) of \(all) are of the new version"
        case .blueGreen: return ArgoBlueGreen.share(object)
        }
    }

    private static func isPaused(_ object: JSONValue) -> Bool {
        object.at("spec", "paused")?.bool == true || !(object["status"] ?? [:]).list("pauseConditions").isEmpty
    }

    /// `name`, or `name.namespace`, of the one route or of the first of several.
    private static func route(_ istio: JSONValue, _ namespace: String) -> ObjectReference? {
        guard let text = istio["virtualService"]?.text("name") ?? istio.list("virtualServices").first?.text("name")
        else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        return ObjectReference(
            kind: "VirtualService", namespace: parts.count > 1 ? parts[1] : namespace, name: parts.first ?? text)
    }

    /// The last weight that was set before the present step is done.
    private static func weight(_ steps: [JSONValue], _ index: Int) -> Int? {
        steps.prefix(index + 1).compactMap { $0["setWeight"]?.int }.last ?? (index == 0 ? 0 : nil)
    }

    private static func label(_ step: JSONValue) -> String {
        if let weight = step["setWeight"]?.int { return "\(weight) %" }
        if let pause = step["pause"] {
            return pause.text("duration").map { "pause \($0)" } ?? pause["duration"]?.int.map { "pause \($0) s" }
                ?? "pause until let go on"
        }
        return step.object.flatMap { Array($0.members).first?.0 }.map { SafeText.line($0, limit: 30) } ?? "?"
    }

    private static func pauseText(_ status: JSONValue) -> String {
        guard let pause = status.list("pauseConditions").first else { return "" }
        let since = pause["startTime"]?.string.flatMap { Timestamp(rfc3339: $0) }.map { " since \($0.clock)" } ?? ""
        return "\(pause.text("reason") ?? "paused")\(since)"
    }

    private static func verdict(
        _ phase: String, isAborted: Bool, isPaused: Bool, isFull: Bool
    ) -> (String, RolloutView.Tone) {
        if isAborted { return ("ABORTED", .bad) }
        switch phase {
        case "Healthy": return (isFull ? "HEALTHY" : "HEALTHY, NOT FULL", .good)
        case "Degraded": return ("DEGRADED", .bad)
        case "Paused": return ("PAUSED", .waiting)
        case "Progressing": return (isPaused ? "PAUSED" : "PROGRESSING", .waiting)
        case "": return ("UNKNOWN: its controller said nothing", .unknown)
        default: return (phase.uppercased(), .unknown)
        }
    }

    private static func decisions(
        isAborted: Bool, isPaused: Bool, isFull: Bool, steps: [JSONValue], index: Int, _ status: JSONValue
    ) -> [String] {
        if isAborted { return ["all traffic is at stable; R tries it again, another template starts anew"] }
        if isFull { return [] }
        if isPaused {
            let lasts = index < steps.count ? steps[index].at("pause", "duration") : nil
            return [
                lasts.map { "the pause of \($0.string ?? $0.compactText) runs out, or N goes on at once" }
                    ?? "a person: N goes on to the next step"
            ]
        }
        return ["Argo Rollouts' own steps and analysis decide; N skips the present step, P all of them"]
    }

    private static func options(
        _ object: JSONValue, isAborted: Bool, isFull: Bool, hasSteps: Bool
    ) -> [RolloutView.Option] {
        let paused = object.at("spec", "paused")?.bool == true
        let over = isFull ? "it is fully promoted" : nil
        let aborted = isAborted ? "it is aborted: retry it first" : nil
        return [
            .init(action: .hold, refusal: paused ? "it is paused by its spec already" : nil),
            .init(action: .release, refusal: paused || isPaused(object) ? nil : "it is not paused"),
            .init(action: .next, refusal: over ?? aborted ?? (hasSteps ? nil : "it has no steps")),
            .init(action: .promote, refusal: over),
            .init(action: .rollBack, refusal: over ?? (isAborted ? "it is aborted already" : nil)),
            .init(action: .retry, refusal: isAborted ? nil : "it is not aborted"),
        ]
    }

    // MARK: Changing

    static func draft(_ order: RolloutOrder, _ world: PlanWorld) async throws -> Draft {
        let path = try world.path(order.object)
        let object = try await world.read(path)
        let name = order.object.name
        guard let view = view(object) else {
            throw MeshTopError(.usage, "Rollout \(order.object.namespace)/\(name)", why: "the object has no name")
        }
        try RolloutOrders.check(order, view)
        let routing = Routing(object, order.object.namespace)
        // Before version 0.10 it had no status subresource: all is in one object then.
        let apart = RolloutOrders.resource("Rollout", world.discovery)?.subresources.contains("status") ?? true
        let status = object["status"] ?? [:]
        let steps = object.at("spec", "strategy", "canary")?.list("steps") ?? []
        func write(_ patch: JSONValue, inverse: JSONValue? = nil) -> PlanStep {
            RolloutOrders.step(order, patch, object, path: path, inverse: inverse, status: apart)
        }
        func spec(_ paused: Bool) -> PlanStep {
            RolloutOrders.step(order, ["spec": ["paused": .bool(paused)]], object, path: path)
        }
        // What was promoted is taken back by an abort: the controller has moved on from where it was.
        let abort: JSONValue = ["status": ["abort": true]]
        var changes: [PlanStep] = []
        var warnings: [String] = []
        let effect: String
        switch order.action {
        case .hold:
            changes = [spec(true)]
            effect = "it stays at its present step and weight until it is let go on"
        case .release, .next:
            if !status.list("pauseConditions").isEmpty {
                changes.append(write(["status": ["pauseConditions": .null]], inverse: abort))
            } else if order.action == .next {
                let index = min(steps.count, (status["currentStepIndex"]?.int ?? 0) + 1)
                changes.append(
                    write(
                        ["status": ["pauseConditions": .null, "currentStepIndex": .int(Int64(index))]], inverse: abort))
            }
            if object.at("spec", "paused")?.bool == true { changes.append(spec(false)) }
            effect = order.action == .next ? "it goes on to its next step" : "it goes on from where it is paused"
        case .promote:
            changes = [write(["status": ["promoteFull": true]], inverse: abort)]
            if object.at("spec", "paused")?.bool == true { changes.append(spec(false)) }
            effect = "all traffic goes to the new version; steps, pauses and analysis are skipped"
            warnings.append(
                "once it is fully promoted an undo has nothing to abort: another template brings the old back")
        case .rollBack:
            changes = [write(abort, inverse: ["status": ["abort": false]])]
            effect =
                "all traffic goes back to stable; it counts as degraded until it is retried or another template comes"
        case .retry:
            changes = [write(["status": ["abort": false]], inverse: abort)]
            effect = "it starts again from its first step"
        case .goOn: effect = ""
        }
        return Draft(
            verb: "rollout",
            title: "\(order.action.title.prefix(1).uppercased())\(order.action.title.dropFirst()): Rollout \(name)",
            steps: changes, effects: [effect, routing.words], warnings: warnings,
            kubectl: changes.map { PlanText.kubectl(world, $0) }.joined(separator: "; "))
    }
}
