// `meshtop snapshot`: the mesh as text, JSON or YAML, without a terminal.

import ArgumentParser
internal import ClusterData
internal import Views

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, yaml }

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Print the mesh as it is now.")

    @OptionGroup var global: GlobalOptions
    @Option(name: [.customShort("o"), .customLong("output")], help: "text, json or yaml.") var output = OutputFormat.text
    @Option(help: "One pane only: services, topology, traffic, latency, breakers, workloads.") var pane: String?
    @Option(help: ArgumentHelp("How long to wait for the first numbers.", valueName: "seconds")) var wait = 10.0

    func validate() throws {
        if let pane, PaneName(rawValue: pane) == nil {
            throw ValidationError(
                "--pane \(pane): no such pane; choose one of \(PaneName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if !(wait >= 0 && wait <= 3600) { throw ValidationError("--wait takes 0 to 3600 seconds") }
    }

    func run() throws { try Self.printSnapshot(global.workplace(), output: output, pane: pane, wait: wait) }

    static func printSnapshot(_ place: Workplace, output: OutputFormat, pane: String?, wait: Double) throws {
        let snapshot = try runBlocking { try await HeadlessSession.snapshot(place, wait: wait) }
        switch output {
        case .json: try printOut(snapshot.json.prettyText + "\n")
        case .yaml: try printOut(YAML.text(snapshot.json))
        case .text:
            if let name = pane.flatMap({ PaneName(rawValue: $0) }) {
                try printOut(PlainText.pane(name, snapshot, width: 160))
            } else {
                try printOut(PlainText.summary(snapshot, width: 160))
            }
        }
        // A cluster that cannot be read is a failure, even though its state was printed.
        if let source = snapshot.source(.kubernetes), [.down, .unauthorized].contains(source.state) {
            throw MeshTopError(.network, "context \(snapshot.context)", why: source.detail)
        }
    }
}

/// A session that lives for one command.
enum HeadlessSession {
    /// Waits until every kind and the metrics have answered, at most `wait` seconds.
    static func start(_ place: Workplace, loop: CurlLoop, wait: Double) async throws -> MeshSession {
        let client = KubeClient(
            access: place.access, loop: loop, timeoutSeconds: place.options.requestTimeoutSeconds)
        let session = MeshSession(client: client, options: place.options) { _ in }
        await session.start()
        let deadline = Timestamp.now() + wait
        while Timestamp.now() < deadline {
            let isLoaded = await session.isLoaded
            let hasMetrics = await session.hasMetricsAnswer
            if isLoaded, hasMetrics { break }
            // A refusal will not go away by waiting.
            if await session.snapshot().source(.kubernetes)?.state == .unauthorized { break }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        return session
    }

    static func snapshot(_ place: Workplace, wait: Double) async throws -> MeshSnapshot {
        let session = try await start(place, loop: CurlLoop(), wait: wait)
        let snapshot = await session.snapshot()
        await session.stop()
        return snapshot
    }
}
