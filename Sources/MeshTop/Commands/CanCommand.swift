// `meshtop can`: may one workload call another, and which policy says so?

import ArgumentParser
internal import Base
internal import ClusterData
internal import Istio
internal import Kube

struct CanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "can", abstract: "Say whether a request would be let through, and which policy decides.",
        discussion: """
            meshtop can api-gateway orders GET /health    the words are those of :can in the dashboard: \
            \(AccessRequest.usage). Exit code 0: allowed; 1: denied, or it depends on what was not said.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp("Manifests that are laid over the cluster.", valueName: "file"), completion: .file())
    var file: [String] = []
    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.") var output = FindingsFormat.text
    @Option(help: ArgumentHelp("How long the cluster may take to be read.", valueName: "seconds")) var wait = 30.0
    @Argument(help: "The question.") var words: [String]

    func run() throws {
        let request = try AccessRequest(words)
        var asked = try global.workplace()
        (asked.options.asksMetrics, asked.options.asksEnvoy) = (false, false)
        // What is meant may be in other namespaces.
        asked.options.readsScopeAlone = false
        let place = asked
        let namespace = try global.oneNamespace()
        let (objects, resolved) = try runBlocking { () async throws -> (ClusterObjects, AccessRequest) in
            let session = try await HeadlessSession.start(place, loop: CurlLoop(), wait: wait)
            try await HeadlessSession.requireLoaded(session)
            defer { Task { await session.stop() } }
            return (await session.objects, await session.resolved(request, namespace: namespace))
        }
        var set = ManifestSet(over: objects)
        for path in file {
            try set.add(
                Files.read(path == "-" ? "/dev/stdin" : path, waitsForWriter: true), name: path,
                defaultNamespace: namespace ?? place.access.namespace ?? "default")
        }
        let report = try AccessDesk(set.world(time: .now())).answer(resolved)
        try printOut(output == .json ? report.json.prettyText + "\n" : report.lines.joined(separator: "\n") + "\n")
        if report.verdict != .allowed { throw ExitCode(1) }
    }
}
