// `meshtop rollouts`, and how the other commands find the rollout that a name stands for.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel

struct RolloutsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollouts",
        abstract: "All rollouts: guarded shifts, Flagger's Canaries, Argo's Rollouts.",
        discussion: "promote, abort, pause, resume and retry take the name that is shown first.")
    @Option(name: [.customShort("o"), .customLong("output")], help: "text, json or yaml.") var output = OutputFormat
        .text

    @Flag(help: "End with 0 though a kind could not be read.") var partial = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let place = try global.workplace()
        let (views, problems) = try runBlocking {
            let session = try await HeadlessSession.start(place, loop: CurlLoop(), wait: 30)
            try await HeadlessSession.requireLoaded(session)
            let desk = RolloutDesk(session, stateFolder: try Journal.stateFolder())
            let views = await desk.look()
            let problems = await desk.problems
            await session.stop()
            return (views, problems)
        }
        let value: JSONValue = [
            "rollouts": .array(views.map(\.json)), "problems": .array(problems.map { .string($0) }),
        ]
        switch output {
        case .json: try printOut(value.prettyText + "\n")
        case .yaml: try printOut(YAML.text(value))
        case .text:
            for view in views { try printOut(view.lines.joined(separator: "\n") + "\n") }
            if views.isEmpty {
                try printOut(problems.isEmpty ? "no rollouts\n" : "whether there are rollouts is not known\n")
            }
        }
        try UnreadKinds.report(problems.map { "rollouts: \($0)" }, acceptsGaps: partial)
    }
}

/// A change of the rollout that a name stands for.
enum RolloutChange {
    static func run(
        _ name: String, _ global: GlobalOptions, _ change: ChangeOptions,
        action: @escaping @Sendable (RolloutView) -> RolloutAction
    ) throws {
        try HeadlessChange.run(global, change) { session, _, place in
            try await request(name, session, place, action: action)
        }
    }

    static func request(
        _ name: String, _ session: MeshSession, _ place: Workplace,
        action: @Sendable (RolloutView) -> RolloutAction
    ) async throws -> PlanRequest {
        let view = try await find(name, session, place)
        return .rollout(RolloutOrder(object: view.object, action: action(view)))
    }

    /// By the name of its object or its route, as NAME or KIND/NAME.
    private static func find(_ text: String, _ session: MeshSession, _ place: Workplace) async throws -> RolloutView {
        let word = ObjectWord(text)
        let name = word?.name ?? text
        var kind = word?.type.lowercased()
        if let word, let known = await session.kind(of: word) { kind = known.kind.lowercased() }
        let desk = RolloutDesk(session, stateFolder: try Journal.stateFolder())
        var views = await desk.look()
        // What may not be listed is read by its name.
        let (isPartial, snapshot) = (await !desk.problems.isEmpty, await session.snapshot())
        if isPartial || !snapshot.unread(MeshSnapshot.routeKinds).isEmpty {
            let known = Set(views.map(\.id))
            for namespace in place.namespaces {
                views += try await desk.named(name, in: namespace).filter { !known.contains($0.id) }
            }
        }
        let found = views.filter { view in
            (kind == nil || view.object.kind.lowercased() == kind)
                && (view.object.name == name || view.route?.name == name)
                && place.options.scope.contains(view.object.namespace)
        }
        guard let view = found.first else {
            let known = views.map { "\($0.object.kind.lowercased())/\($0.object.name)" }
            let problems = await desk.problems
            throw MeshTopError(
                .notFound, text,
                why: problems.isEmpty
                    ? "no rollout of that name"
                    : "whether there is a rollout of that name is not known: \(problems.joined(separator: "; "))",
                advice: known.isEmpty
                    ? "see 'meshtop rollouts'; of a plain route name the subset too"
                    : "known: \(known.joined(separator: ", "))")
        }
        guard found.count == 1 else {
            let names = found.map { "\($0.object.kind.lowercased())/\($0.object.name) -n \($0.object.namespace)" }
            throw MeshTopError(
                .usage, text, why: "several rollouts have that name",
                advice: "write one of \(names.joined(separator: ", "))")
        }
        return view
    }
}

struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Have an aborted Rollout of Argo tried once more.")
    @Argument(help: "The rollout's name.") var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try RolloutChange.run(name, global, change) { _ in .retry } }
}
