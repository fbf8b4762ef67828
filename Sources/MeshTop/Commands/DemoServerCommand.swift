// `meshtop demo-server`: the embedded mesh alone, for kubectl, scripts and tests.

import ArgumentParser
internal import Base
internal import CLinux
internal import DemoMesh
internal import Insights

extension DemoScene: ExpressibleByArgument {}

struct DemoServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-server", abstract: "Run the embedded mesh alone, on loopback.")
    @Option(help: "Port; 0 takes a free one.") var port = 0
    @Option(help: "storefront, canary, rollouts, breaker, outage or scale.") var scene = DemoScene.storefront
    @Option(
        help: ArgumentHelp(
            "What recommendation v2 is like in the canary scene: good, errors=0.02, slower=1.2, one-route=0.2, leak=0.05.",
            valueName: "kind"))
    var canary: CanaryKind?
    @Option(help: ArgumentHelp("Requests per second to it and the version beside it.", valueName: "n"))
    var canaryRate = 300.0
    @Option(help: "Services of the scale scene.") var services: Int?
    @Option(help: "Pods of the scale scene.") var pods: Int?
    @Option(help: "Seed of the simulation.") var seed: UInt64 = 1
    @Option(help: "How much faster controllers work.") var speed = 1.0
    @Option(help: "Objects that change a second, to measure with.") var changes = 0.0
    @Flag(help: "Encode every list anew, as a real API server does.") var encodeAnew = false
    @Flag(name: .customLong("no-prometheus"), help: "Leave the metrics to the sidecars.") var withoutPrometheus = false
    @Flag(help: "Count the requests, for /demo/requests.") var countRequests = false
    @Option(help: ArgumentHelp("Write a kubeconfig here.", valueName: "file"), completion: .file()) var kubeconfigOut:
        String?
    @Flag(help: "Replace that file even if another wrote it.") var force = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
        if let services, !(1...20_000).contains(services) { throw ValidationError("--services takes 1 to 20000") }
        if let pods, !(1...200_000).contains(pods) { throw ValidationError("--pods takes 1 to 200000") }
        guard changes >= 0, changes <= 10_000 else { throw ValidationError("--changes takes 0 to 10000 a second") }
        guard canaryRate > 0, canaryRate <= 10_000 else {
            throw ValidationError("--canary-rate takes up to 10000 requests a second")
        }
        if canary != nil, scene != .canary { throw ValidationError("--canary needs --scene canary") }
        if force, kubeconfigOut == nil { throw ValidationError("--force needs --kubeconfig-out") }
        guard speed > 0, speed <= 1000 else { throw ValidationError("--speed takes a factor up to 1000") }
    }

    func run() throws {
        var options = DemoMeshOptions()
        options.port = port
        options.scene = scene
        options.services = services
        options.pods = pods
        options.seed = seed
        options.speed = speed
        options.changesPerSecond = changes
        options.encodesAnew = encodeAnew
        options.hasPrometheus = !withoutPrometheus
        options.countsRequests = countRequests
        options.canary = canary.map { CanaryScenario($0.kind, requestsPerSecond: canaryRate) }
        let output = try kubeconfigOut.map { try OutputFile($0, force: force, isOwn: DemoMeshServer.isOwnKubeconfig) }
        let server: DemoMeshServer
        do {
            server = try DemoMeshServer.start(options)
        } catch {
            throw MeshTopError(
                .environment, "demo-server on port \(port)",
                why: "the port cannot be opened (\(DemoMeshServer.reason(error)))",
                advice: "choose another --port, or 0 for a free one")
        }
        try output?.write(Array(server.kubeconfig.utf8))
        try printOut("serving \(server.url) (scene \(scene.rawValue)); metrics at \(server.url)/prometheus\n")
        try printOut(
            kubeconfigOut.map { "KUBECONFIG=\(ShellWord.quoted($0)) kubectl get pods -A\n" } ?? server.kubeconfig)
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        sigprocmask(SIG_BLOCK, &signals, nil)
        var received: Int32 = 0
        sigwait(&signals, &received)
        server.stop()
    }
}
