// Flagger: what a Canary says of itself, and what can officially be asked of it. It has no command line; its spec has
// suspend and skipAnalysis, everything else is decided by its analysis or by webhooks of the user's own.
// https://docs.flagger.app/usage/webhooks#manual-gating  https://docs.flagger.app/faq

internal import Base

enum FlaggerCanary {
    private static let running: Set<String> = [
        "Progressing", "Waiting", "WaitingPromotion", "Promoting", "Finalising",
    ]

    // MARK: Reading

    static func view(_ object: JSONValue) -> RolloutView? {
        let metadata = object["metadata"] ?? [:]
        guard let name = metadata.text("name"), let namespace = metadata.text("namespace") else { return nil }
        let status = object["status"] ?? [:]
        let phase = status.text("phase") ?? ""
        let isSuspended = object.at("spec", "suspend")?.bool ?? false
        let apex = object.at("spec", "service")?.text("name") ?? object.at("spec", "targetRef")?.text("name") ?? name
        let weight = status["canaryWeight"]?.int
        let isRunning = running.contains(phase)
        var view = RolloutView(
            owner: .flagger, object: ObjectReference(kind: "Canary", namespace: namespace, name: name),
            route: ObjectReference(kind: "VirtualService", namespace: namespace, name: apex), canary: "",
            weight: isRunning ? weight : nil, verdict: verdict(phase, isSuspended), tone: tone(phase, isSuspended),
            driver: .controller("Flagger"))
        view.isOver = !isRunning
        let analysis = object.at("spec", "analysis") ?? object.at("spec", "canaryAnalysis") ?? [:]
        view.steps = ladder(analysis).map { step in
            let now = weight ?? 0
            let state: RolloutView.Step.State = !isRunning || step > now ? .ahead : step == now ? .now : .done
            return RolloutView.Step("\(step) %", state, state == .now ? checks(status, analysis) : "")
        }
        view.facts = facts(object, status, analysis, isRunning: isRunning)
        let interval = analysis.text("interval") ?? "1m"
        if isSuspended {
            view.decisions = ["a person: Flagger does nothing while it is suspended; C lets it go on"]
        } else if isRunning {
            view.decisions = [
                "Flagger's own analysis, every \(interval); P promotes without it, H holds it",
                "back to 0 %: \(analysis["threshold"]?.int ?? 1) failed checks, now \(status["failedChecks"]?.int.map(String.init) ?? "?")",
            ]
        }
        if let time = status["lastTransitionTime"]?.string.flatMap({ Timestamp(rfc3339: $0) }) {
            view.history = [GuardMoment(time: time, text: "\(phase), canary \(weight.map { "\($0) %" } ?? "? %")")]
        }
        view.options = options(object, phase, isSuspended: isSuspended, isRunning: isRunning)
        return view
    }

    private static func verdict(_ phase: String, _ isSuspended: Bool) -> String {
        if isSuspended { return "SUSPENDED" }
        return switch phase {
        case "": "UNKNOWN: Flagger said nothing"
        case "WaitingPromotion": "WAITING FOR A GATE"
        default: phase.uppercased()
        }
    }

    private static func tone(_ phase: String, _ isSuspended: Bool) -> RolloutView.Tone {
        if isSuspended { return .waiting }
        return switch phase {
        case "Succeeded", "Initialized": .good
        case "Failed", "Terminating", "Terminated": .bad
        case "": .unknown
        default: .waiting
        }
    }

    /// The weights of its analysis, in order; empty for tests by iterations.
    private static func ladder(_ analysis: JSONValue) -> [Int] {
        let given = analysis.list("stepWeights").compactMap(\.int)
        if !given.isEmpty { return given.filter { (1...100).contains($0) }.prefix(100).map { $0 } }
        guard let step = analysis["stepWeight"]?.int, (1...100).contains(step) else { return [] }
        return Array(stride(from: step, through: min(100, analysis["maxWeight"]?.int ?? 100), by: step))
    }

    private static func checks(_ status: JSONValue, _ analysis: JSONValue) -> String {
        guard let failed = status["failedChecks"]?.int else { return "" }
        return "\(failed) of \(analysis["threshold"]?.int ?? 1) failed checks"
    }

    private static func facts(
        _ object: JSONValue, _ status: JSONValue, _ analysis: JSONValue, isRunning: Bool
    ) -> [String] {
        var facts: [String] = []
        for condition in status.list("conditions") {
            if let message = condition.text("message") { facts.append(message) }
        }
        let metrics = analysis.list("metrics").compactMap { metric -> String? in
            metric.text("name").map { name in
                let range = metric["thresholdRange"]
                let low = range?["min"]?.double.map { " at least \(PlanText.decimal($0, 2))" } ?? ""
                let high = range?["max"]?.double.map { " at most \(PlanText.decimal($0, 2))" } ?? ""
                return name + low + high
            }
        }
        if !metrics.isEmpty { facts.append("its checks: \(metrics.joined(separator: ", "))") }
        let gates = analysis.list("webhooks").compactMap { hook -> String? in
            guard let type = hook.text("type"), type.hasPrefix("confirm") || type == "rollback" else { return nil }
            return "\(type) (\(hook.text("name") ?? "?"))"
        }
        if !gates.isEmpty {
            facts.append("its gates are webhooks, which are opened where they run: \(gates.joined(separator: ", "))")
        }
        if object.at("spec", "skipAnalysis")?.bool == true {
            facts.append("skipAnalysis is set: every release is promoted without analysis until it is taken out")
        }
        return facts
    }

    private static func options(
        _ object: JSONValue, _ phase: String, isSuspended: Bool, isRunning: Bool
    ) -> [RolloutView.Option] {
        let idle = isRunning ? nil : "no release is under way (\(phase.isEmpty ? "no phase" : phase))"
        let target = object.at("spec", "targetRef")?.text("kind")
        return [
            .init(action: .hold, refusal: isSuspended ? "it is suspended already" : nil),
            .init(action: .release, refusal: isSuspended ? nil : "it is not suspended"),
            .init(
                action: .next,
                refusal: "Flagger has none: its analysis or a confirm-traffic-increase webhook makes the next step"),
            .init(
                action: .promote,
                refusal: idle ?? (object.at("spec", "skipAnalysis")?.bool == true ? "skipAnalysis is set already" : nil)
            ),
            .init(
                action: .rollBack,
                refusal: idle
                    ?? (target == "Deployment"
                        ? nil : "its target is no Deployment: bring the old version back where it is defined")),
            .init(action: .retry, refusal: "Flagger starts anew when the target's template changes"),
        ]
    }

    // MARK: Changing

    static func draft(_ order: RolloutOrder, _ world: PlanWorld) async throws -> Draft {
        let path = try world.path(order.object)
        let object = try await world.read(path)
        guard let view = view(object) else {
            throw MeshTopError(.decoding, "Canary \(order.object.name)", why: "it has no name")
        }
        try RolloutOrders.check(order, view)
        let name = order.object.name
        func plan(_ title: String, _ patch: JSONValue, _ effects: [String], _ warnings: [String] = []) -> Draft {
            let step = RolloutOrders.step(order, patch, object, path: path)
            return Draft(
                verb: "rollout", title: title, steps: [step], effects: effects, warnings: warnings,
                kubectl: PlanText.kubectl(world, step))
        }
        switch order.action {
        case .hold:
            return plan(
                "Hold: Canary \(name)", ["spec": ["suspend": true]],
                ["Flagger leaves weights and pods as they are until it is let go on; nothing is rolled back meanwhile"])
        case .release:
            return plan(
                "Let go on: Canary \(name)", ["spec": ["suspend": false]], ["Flagger goes on with its analysis"])
        case .promote:
            var patch: JSONValue = ["spec": ["skipAnalysis": true]]
            if object.at("spec", "suspend")?.bool == true { patch.set(["spec", "suspend"], to: false) }
            return plan(
                "Promote: Canary \(name)", patch,
                ["Flagger promotes the release at its next look, without any more checks"],
                ["skipAnalysis stays set for later releases: take this back with z once it is promoted"])
        case .rollBack: return try await revert(order, object, world)
        case .next, .retry, .goOn: throw MeshTopError(.usage, name, why: "Flagger has no such thing")
        }
    }

    /// Flagger's spec has no way to abort. Its way is another template of the target: the old one.
    private static func revert(_ order: RolloutOrder, _ object: JSONValue, _ world: PlanWorld) async throws -> Draft {
        let namespace = order.object.namespace
        let target = ObjectReference(
            kind: "Deployment", namespace: namespace, name: object.at("spec", "targetRef")?.text("name") ?? "")
        var draft = try await RolloutPlanner.rollback(target, revision: nil, world)
        draft.title = "Roll back: Canary \(order.object.name), by the template of Deployment \(target.name)"
        draft.effects =
            [
                "Flagger's spec has no abort: the release's pods go back to the version before, and Flagger's analysis goes on with that"
            ] + draft.effects
        let primary = ObjectReference(kind: "Deployment", namespace: namespace, name: "\(target.name)-primary")
        let images = imageNames(try await world.readIfPresent(try world.path(primary)))
        let after = imageNames(draft.steps.first?.write.applied(to: draft.steps.first?.before))
        if let images, let after, images != after {
            draft.warnings.append(
                "\(primary.name) runs \(images.joined(separator: ", ")), not what this goes back to: choose the revision yourself with 'meshtop rollback deployment/\(target.name) --revision N'"
            )
        }
        draft.warnings.append(
            "where its weights have to go to 0 at once, a rollback webhook of its analysis can do that")
        // The pods of a target are Flagger's to scale: no rollout of them is waited for.
        draft.verification = .accepted
        return draft
    }

    private static func imageNames(_ deployment: JSONValue?) -> [String]? {
        deployment?.at("spec", "template", "spec")?.list("containers").compactMap { $0.text("image") }
    }
}
