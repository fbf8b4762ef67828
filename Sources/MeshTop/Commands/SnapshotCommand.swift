// `meshtop snapshot`: the mesh as text, JSON or YAML, without a terminal.

import ArgumentParser
internal import Base
internal import CLinux
internal import ClusterData
internal import Kube
internal import MeshModel
internal import Views

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, yaml }

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Print the mesh as it is now.")

    @OptionGroup var global: GlobalOptions
    @Option(name: [.customShort("o"), .customLong("output")], help: "text, json or yaml.") var output = OutputFormat
        .text
    @Option(help: "One pane only: \(Self.paneNames).")
    var pane: String?
    @Option(help: ArgumentHelp("How long to wait for the first numbers.", valueName: "seconds")) var wait = 30.0

    @Flag(help: "End with 0 though a kind could not be read.") var partial = false
    @Option(help: .hidden) var timingsAt: String?

    private static let paneNames = PaneName.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws {
        if let pane, PaneName(rawValue: pane) == nil {
            throw ValidationError(
                "--pane \(pane): no such pane; choose one of \(Self.paneNames)"
            )
        }
        if !(wait >= 0 && wait <= 3600) { throw ValidationError("--wait takes 0 to 3600 seconds") }
    }

    func run() throws {
        if let timingsAt, let time = Timestamp(rfc3339: timingsAt) { return try printTimings(time) }
        try print()
    }

    /// How long the steps take: for `make bench`.
    private func printTimings(_ time: Timestamp) throws {
        var asked = try global.workplace()
        (asked.options.asksMetrics, asked.options.asksEnvoy) = (false, false)
        let place = asked
        let timings = try runBlocking { () async throws -> SessionTimings in
            let session = try await HeadlessSession.start(place, loop: CurlLoop(), wait: 120)
            try await HeadlessSession.requireLoaded(session)
            return try await session.timings(at: time, rounds: 13)
        }
        try printOut(timings.json.prettyText + "\n")
    }

    private func print() throws {
        try Self.printSnapshot(global.workplace(), output: output, pane: pane, wait: wait, acceptsGaps: partial)
    }

    static func printSnapshot(
        _ place: Workplace, output: OutputFormat, pane: String?, wait: Double, acceptsGaps: Bool = false
    ) throws {
        let snapshot = try runBlocking { try await HeadlessSession.snapshot(place, wait: wait) }
        // A cluster that was not read has no picture.
        if let source = snapshot.source(.kubernetes) { try HeadlessSession.requireAnswer(source, snapshot.context) }
        if case .some(let names) = snapshot.scope,
            snapshot.kinds.contains(where: { $0.kind == "Namespace" && $0.state == .ok })
        {
            for name in names where !snapshot.namespaces.contains(where: { $0.name == name }) {
                printError(
                    "meshtop: namespace \(SafeText.line(name)): the cluster has none of that name; see 'kubectl get namespaces'"
                )
            }
        }
        let parts = pane.flatMap { PaneName(rawValue: $0) }?.schemaParts
        switch output {
        case .json: try snapshot.writeJSON(keeping: parts) { try printOut($0) }
        case .yaml: try snapshot.writeYAML(keeping: parts) { try printOut($0) }
        case .text:
            if let name = pane.flatMap({ PaneName(rawValue: $0) }) {
                try printOut(PlainText.pane(name, snapshot, width: 160))
            } else {
                try printOut(PlainText.summary(snapshot, width: 160))
            }
        }
        let wanted = pane.flatMap { PaneName(rawValue: $0) }.map(\.kinds)
        try UnreadKinds.report(snapshot.unread(wanted).unreadLines, acceptsGaps: acceptsGaps)
    }
}

/// What a command could not read, on standard error, and the exit code for it.
enum UnreadKinds {
    static func report(_ words: [String], acceptsGaps: Bool) throws {
        for line in words { printError("meshtop: \(line)") }
        guard !acceptsGaps, !words.isEmpty else { return }
        printError("meshtop: what is printed lacks them; --partial accepts that")
        throw ExitCode(2)
    }
}

/// A session that lives for one command.
enum HeadlessSession {
    /// A server that does not answer is given up after this many seconds, however long the rest may take.
    private static let patience = 4.0

    /// A plugin may ask whoever sits at the terminal that the command was typed in.
    static var prompt: CredentialPrompt? {
        guard isatty(0) == 1, isatty(2) == 1 else { return nil }
        return { body in try await Subprocess.onThread(body) }
    }

    /// Waits until every kind and the metrics have answered, at most `wait` seconds.
    static func start(_ place: Workplace, loop: CurlLoop, wait: Double) async throws -> MeshSession {
        try await start(place, client(place, loop), wait: wait)
    }

    static func client(_ place: Workplace, _ loop: CurlLoop) -> KubeClient {
        KubeClient(
            access: place.access, loop: loop, timeoutSeconds: place.options.requestTimeoutSeconds, prompt: prompt)
    }

    static func start(
        _ place: Workplace, _ client: KubeClient, wait: Double, asksHistory: Bool = false
    ) async throws -> MeshSession {
        var options = place.options
        options.asksHistory = asksHistory
        let session = MeshSession(client: client, options: options)
        await session.start()
        let clock = client.clock
        let started = clock.moment
        while clock.moment - started < wait {
            let isLoaded = await session.isLoaded
            let hasMetrics = await session.hasMetricsAnswer
            if isLoaded, hasMetrics { break }
            // A refusal will not go away by waiting; a server that is down may come back for a while.
            let state = await session.kubernetesState
            if state == .unauthorized || state == .forbidden { break }
            if state == .down, clock.moment - started > patience { break }
            try await clock.sleep(seconds: 0.02)
        }
        return session
    }

    static func snapshot(_ place: Workplace, _ client: KubeClient? = nil, wait: Double) async throws -> MeshSnapshot {
        let session = try await start(
            place, client ?? Self.client(place, CurlLoop()), wait: wait, asksHistory: true)
        let snapshot = await session.snapshot()
        await session.stop()
        return snapshot
    }

    /// A change is planned on the whole mesh or not at all.
    static func requireLoaded(_ session: MeshSession) async throws {
        let snapshot = await session.snapshot()
        if let source = snapshot.source(.kubernetes) { try requireAnswer(source, snapshot.context) }
        guard await !session.isLoaded else { return }
        let missing = snapshot.kinds.filter { $0.state == .starting }.map(\.kind)
        throw MeshTopError(
            .network, "context \(snapshot.context)", why: "not read in time: \(missing.joined(separator: ", "))",
            advice: "try again; nothing was sent")
    }

    static func requireAnswer(_ source: SourceStatus, _ context: String) throws(MeshTopError) {
        switch source.state {
        case .down, .unauthorized, .forbidden: throw MeshTopError(.network, "context \(context)", why: source.detail)
        case .starting:
            throw MeshTopError(
                .network, "context \(context)", why: "the server has not answered yet",
                advice: "give it longer with --wait, or try again")
        default: return
        }
    }
}
