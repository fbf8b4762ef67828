// `meshtop shift HOST CANARY --guard`, `--resume` and `--roll-back`: a guarded shift without a dashboard.

internal import Actions
import ArgumentParser
internal import Base
internal import CLinux
internal import ClusterData
internal import Insights
internal import Kube
internal import MeshModel

struct GuardOptions: ParsableArguments {
    @Flag(name: .customLong("guard"), help: "Go in steps, compare the canary with stable, roll back when it is worse.")
    var guarded = false
    @Flag(help: "Go on with a rollout that was left.") var resume = false
    @Flag(help: "Take the canary of a rollout that was left out again.") var rollBack = false
    @Option(help: ArgumentHelp("Its weights, one after the other.", valueName: "1,5,10,...")) var steps: String?
    @Option(help: ArgumentHelp("Seconds at each step, at least.", valueName: "s")) var stepTime: Double?
    @Option(help: ArgumentHelp("Requests of the canary at each step, at least.", valueName: "n")) var stepRequests:
        Double?
    @Option(help: ArgumentHelp("Hold at these weights until a line is entered.", valueName: "50,...")) var hold: String?
    @Option(help: ArgumentHelp("Its error ratio must stay below, e.g. 0.01.", valueName: "share")) var maxErrors:
        Double?
    @Option(name: .customLong("max-p99"), help: ArgumentHelp("Its p99 must stay below.", valueName: "ms")) var maxP99:
        Double?
    @Option(help: ArgumentHelp("'PROMQL <= 0.5' that must hold.", valueName: "condition")) var condition: [String] = []
    @Option(help: ArgumentHelp("Seconds between two looks.", valueName: "s")) var look: Double?

    func settings(endingAt last: Int?, of name: String, above weight: Int) throws -> GuardSettings {
        try input.settings(endingAt: last, of: name, above: weight)
    }

    /// Wrong input is said before the cluster is read.
    func check(endingAt last: Int?) throws { _ = try input.settings(endingAt: last) }

    private var input: GuardInput {
        func text(_ number: Double?) -> String { number.map { JSONValue.double($0).compactText } ?? "" }
        var input = GuardInput()
        (input.steps, input.hold) = (steps ?? "", hold ?? "")
        (input.stepSeconds, input.stepRequests) = (text(stepTime), text(stepRequests))
        (input.maxErrors, input.maxP99Milliseconds) = (text(maxErrors), text(maxP99))
        (input.conditions, input.lookSeconds) = (condition, text(look))
        return input
    }
}

enum GuardRun {
    static func start(
        _ host: String, _ words: [String], _ index: Int?, _ options: GuardOptions, _ change: ChangeOptions,
        _ global: GlobalOptions
    ) throws {
        guard words.count == 1, let word = words.first else {
            throw MeshTopError(
                .usage, "shift --guard", why: "it takes one canary", advice: "write 'meshtop shift reviews v2 --guard'")
        }
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        let last = parts.count > 1 ? Int(parts[1]) : nil
        guard let name = parts.first, parts.count == 1 || last != nil else {
            throw MeshTopError(.usage, word, why: "not SUBSET or SUBSET=WEIGHT", advice: "write it like v2 or v2=50")
        }
        try options.check(endingAt: last)
        try drive(change, global) { session, snapshot, place in
            let row = try await ShiftCommand.find(host, index, [(name, 0)], session, snapshot, place)
            guard let canary = row.destinations.firstIndex(where: { ShiftCommand.label($0) == name }) else {
                throw MeshTopError(.notFound, name, why: "the route has no such destination")
            }
            let route = ObjectReference(kind: row.kind.rawValue, namespace: row.namespace, name: row.name)
            if let other = try await GuardedRollouts.standing(on: route, session.client) {
                throw MeshTopError(
                    .conflict, "\(route.kind) \(route.namespace)/\(route.name)",
                    why: "a rollout of \(other.target.canaryName) stands at \(other.weight ?? 0) %",
                    advice: "'meshtop shift \(row.name) --resume' or '--roll-back'")
            }
            let original = try ShiftCommand.complete([], row)
            let settings = try options.settings(endingAt: last, of: name, above: original[canary])
            let target = GuardTarget(
                route: route, section: row.section, index: row.index, canary: canary, canaryName: name,
                original: original)
            return .started(target, settings)
        }
    }

    static func resume(
        _ host: String?, _ options: GuardOptions, _ change: ChangeOptions, _ global: GlobalOptions
    ) throws {
        if options.rollBack {
            // By the route's mark, as any MeshTop may give the order: one that drives the rollout reads it there.
            return try HeadlessChange.run(global, change) { session, _, place in
                let record = try await standing(host, session, place)
                return .rollout(RolloutOrder(object: record.target.route, action: .rollBack))
            }
        }
        try drive(change, global) { session, _, place in try await standing(host, session, place) }
    }

    /// The one rollout that a name means, or the only one that there is.
    private static func standing(
        _ host: String?, _ session: MeshSession, _ place: Workplace
    ) async throws -> GuardRecord {
        // KIND/NAME, as everywhere.
        let host = host.map { ObjectWord($0)?.name ?? $0 }
        let found = try await GuardedRollouts.find(session.client, namespaces: place.namespaces, named: host).filter {
            record in
            (host == nil || record.target.route.name == host || record.target.canaryName == host)
                && place.options.scope.contains(record.target.route.namespace)
        }
        guard let record = found.first else {
            throw MeshTopError(
                .notFound, host ?? "rollouts", why: "no rollout was left", advice: "start one with --guard")
        }
        guard found.count == 1 else {
            let names = found.map { "\($0.target.route.namespace)/\($0.target.route.name)" }
            throw MeshTopError(
                .usage, "rollouts", why: "several were left: \(names.joined(separator: ", "))", advice: "name one")
        }
        return record
    }

    private static func drive(
        _ change: ChangeOptions, _ global: GlobalOptions,
        record: @escaping @Sendable (MeshSession, MeshSnapshot, Workplace) async throws -> GuardRecord
    ) throws {
        // Before any thread begins: a signal is to end the rollout's driver in words.
        Signals.block()
        _ = try global.oneNamespace()
        let place = try global.workplace()
        try place.readOnly.check()
        let (journal, folder) = (try Journal.standard(), try Journal.stateFolder())
        let life = GuardLife()
        let failure = try runBlocking(onSignal: life.received) { () async throws -> MeshTopError? in
            let session = try await HeadlessSession.start(place, loop: CurlLoop(), wait: 30)
            try await HeadlessSession.requireLoaded(session)
            let record = try await record(session, await session.snapshot(), place)
            let target = record.target
            // Before the first step it has what the route gives it.
            let weight = record.weight ?? target.original[target.canary]
            let title =
                "Guarded shift of \(target.route.kind) \(target.route.namespace)/\(target.route.name) to \(target.canaryName)"
            try printOut(
                "\(title): steps \(record.settings.plan.steps.map(String.init).joined(separator: ", ")) %, at \(weight) % now; rolled back when evidence against it is 20:1\n"
            )
            let runner = ChangeRunner(
                client: session.client, journal: journal, productionNamespaces: place.options.productionNamespaces,
                verifySeconds: change.verifyTimeout
            ) { await session.snapshot() }
            // The preview and the server's word come first, as for every change.
            let preview = try await runner.plan(
                .guarded(record))
            if !change.yes || change.dryRun != nil { try printOut(PreviewText.text(preview)) }
            // The same questions as before every change: a production namespace wants its name here too.
            if let stop = HeadlessChange.obstacle(preview, change) { return stop }
            if change.dryRun != nil { return nil }
            await runner.discard(preview.planID)
            let guardian = try await GuardedRollouts.guardian(record, session, runner, stateFolder: folder) { event in
                // A terminal that went away does not stop a rollout.
                life.note(event)
                try? printOut(GuardLines.text(event))
            }
            life.begin(guardian)
            let keys = Task.detached { await releaseOnInput(guardian) }
            let end = await guardian.run()
            keys.cancel()
            await session.stop()
            if let number = life.signal {
                printError("meshtop: \(life.words(title, record, number))")
                throw EndedBySignal(number: number)
            }
            return GuardLines.failure(end, title, record)
        }
        if let failure { throw failure }
    }

    /// Each line on standard input lets the rollout go on from where it holds.
    private static func releaseOnInput(_ guardian: GuardedShift) async {
        while !Task.isCancelled {
            var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 0) >= 0 else { return }
            if descriptor.revents & Int16(POLLIN) != 0 {
                var buffer = [UInt8](repeating: 0, count: 256)
                guard read(0, &buffer, buffer.count) > 0 else { return }
                await guardian.release()
            } else if descriptor.revents != 0 {
                return
            }
            do { try await SystemClock().sleep(seconds: 0.2) } catch { return }
        }
    }
}

/// A rollout's driver while it can be told to end.
private final class GuardLife: Sendable {
    private struct State {
        var guardian: GuardedShift?
        var signal: Int32?
        var weight: Int?
    }
    private let state = Lock(State())

    var signal: Int32? { state.withLock { $0.signal } }

    func begin(_ guardian: GuardedShift) { state.withLock { $0.guardian = guardian } }

    func note(_ event: GuardEvent) {
        if case .shifted(let weight, _) = event { state.withLock { $0.weight = weight } }
    }

    /// The first signal lets the driver leave in order; a second one does not wait, nor does one that comes before it
    /// drives anything.
    func received(_ number: Int32) {
        let (guardian, isFirst) = state.withLock { state in
            defer { state.signal = number }
            return (state.guardian, state.signal == nil)
        }
        guard let guardian, isFirst else { leave(128 + number) }
        Task.detached { await guardian.leave() }
    }

    func words(_ title: String, _ record: GuardRecord, _ number: Int32) -> String {
        let route = record.target.route
        let place = state.withLock { $0.weight ?? record.weight }.map { "at \($0) %" } ?? "where the route has it"
        return
            "\(title): ended by signal \(number): it stands \(place) and nothing compares it now; go on with 'meshtop shift \(route.name) -n \(route.namespace) --resume', or take it out with '--roll-back'"
    }
}

enum GuardLines {
    static func text(_ event: GuardEvent) -> String {
        let time = Timestamp.wall().clock
        return switch event {
        case .status(let status): "\(time)  \(status.line)\n"
        case .shifted(let weight, let id): "\(time)  shifted: canary at \(weight) %   [journal \(id)]\n"
        case .note(let words): "\(time)  note: \(words)\n"
        case .ended(.promoted(let why)): "\(time)  promoted: \(why)\n"
        case .ended(.rolledBack(let why)): "\(time)  rolled back: \(why)\n"
        case .ended(.stopped(let why)): "\(time)  stopped: \(why)\n"
        case .ended(.left): "\(time)  left as it stands; go on with 'meshtop shift --resume'\n"
        }
    }

    static func failure(_ end: GuardEnd, _ title: String, _ record: GuardRecord) -> MeshTopError? {
        switch end {
        case .promoted, .left: nil
        case .rolledBack(let why): MeshTopError(.verificationFailed, title, why: "rolled back: \(why)")
        case .stopped(let why):
            MeshTopError(
                .conflict, title, why: why,
                advice: "look at the route, then 'meshtop shift \(record.target.route.name) --resume' or '--roll-back'")
        }
    }
}
