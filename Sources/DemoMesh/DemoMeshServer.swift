// The embedded mesh as the rest of the program sees it: a server that starts, and a kubeconfig that leads to it.

package import ClusterData
internal import Glibc
package import Insights
internal import NIOCore
internal import NIOHTTP1

package enum DemoScene: String, CaseIterable, Sendable {
    case storefront, canary, rollouts, breaker, outage, scale
}

package struct DemoMeshOptions: Sendable {
    package var scene = DemoScene.storefront
    /// 0 takes a free one.
    package var port = 0
    /// Sizes of the scale scene; nil takes 1,000 services and 10,000 pods.
    package var services: Int?
    package var pods: Int?
    package var seed: UInt64 = 1
    /// Speeds up what controllers do (rollouts, autoscaling, ejections), not the traffic.
    package var speed = 1.0
    /// How much of the past is played before it starts, for its metrics; nil is enough for every pane.
    package var historySeconds: Double?
    /// Gives the mesh a clock of its own, which starts here and moves only with `advance`; nil goes by the wall.
    package var clockStart: Timestamp?
    /// How recommendation v2 differs from v1 in the canary scene, with requests that come by chance; nil leaves it
    /// slow and failing, and every count at its expected value.
    package var canary: CanaryScenario?
    /// Objects that change for no reason but to be seen, a second.
    package var changesPerSecond = 0.0
    /// How often a watch says how far it is.
    package var bookmarkSeconds = 60.0
    /// Writes every answer anew, as a real API server does, instead of from what was written before.
    package var encodesAnew = false

    package init() {}
}

/// A mesh that runs inside this process and is reached over loopback HTTP like any cluster.
package final class DemoMeshServer: Sendable {
    private let server: HTTPServer
    /// What its users are known by, until it stops.
    package let credentials: DemoCredentials

    /// Returns when the port is bound and the mesh has its history.
    package static func start(_ options: DemoMeshOptions) throws -> DemoMeshServer {
        let credentials = DemoCredentials()
        let server = try HTTPServer(port: options.port) { loop in DemoCore(options, credentials, loop) }
        return DemoMeshServer(server, credentials)
    }

    private init(_ server: HTTPServer, _ credentials: DemoCredentials) {
        self.server = server
        self.credentials = credentials
    }

    /// Why `start` failed, in the system's words.
    package static func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }

    package var port: Int { server.port }
    package var url: String { "http://127.0.0.1:\(port)" }
    /// The address for clients that send no token.
    package func url(of user: DemoCredential) -> String { "\(url)/\(user.pathPrefix)" }

    package var kubeconfig: String {
        let contexts = [
            ("meshtop-demo", APIUser.admin, credentials.admin),
            ("meshtop-demo-viewer", .viewer, credentials.viewer),
            ("meshtop-demo-operator", .team, credentials.team),
        ]
        var clusters = ""
        var users = ""
        var names = ""
        for (name, user, credential) in contexts {
            clusters += "- name: \(name)\n  cluster:\n    server: \(url(of: credential))\n"
            users += "- name: \(user.name)\n  user:\n    token: \(credential.token)\n"
            names +=
                "- name: \(name)\n  context:\n    cluster: \(name)\n    user: \(user.name)\n    namespace: shop\n"
        }
        return """
            \(Self.kubeconfigMark)
            apiVersion: v1
            kind: Config
            current-context: meshtop-demo
            clusters:
            \(clusters)users:
            \(users)contexts:
            \(names)
            """
    }

    private static let kubeconfigMark = "# Written by 'meshtop demo-server', which replaces it at its next start."

    /// With what kubectl adds when it chooses a context.
    private static let kubeconfigMembers: Set<String> = [
        "apiVersion", "kind", "preferences", "current-context", "clusters", "users", "contexts",
    ]

    /// Whether a kubeconfig is one of ours and nothing else: nobody added a cluster of their own to it.
    package static func isOwnKubeconfig(_ text: [UInt8]) -> Bool {
        guard text.starts(with: Array((kubeconfigMark + "\n").utf8)) else { return false }
        var kubeconfig = Kubeconfig()
        // What cannot be read was changed by somebody.
        guard (try? kubeconfig.merge(text, file: "demo")) != nil else { return false }
        let members = (try? YAML.document(text))?.object?.keys ?? []
        guard Set(members).isSubset(of: Self.kubeconfigMembers)
        else { return false }
        let known = APIUser.all.map(\.name)
        return kubeconfig.contexts.allSatisfy { $0.name.hasPrefix("meshtop-demo") }
            && kubeconfig.clusters.keys.allSatisfy { $0.hasPrefix("meshtop-demo") }
            && kubeconfig.users.keys.allSatisfy { known.contains($0) }
    }

    package func stop() { server.stop() }

    /// Lets a mesh with a clock of its own live on for some seconds; returns when they are over.
    package func advance(seconds: Double) async throws {
        try await server.perform { $0.advance(seconds: seconds) }
    }
}

/// Everything the demo mesh is, on one event loop: objects, API, simulation, telemetry.
final class DemoCore {
    let store: ObjectStore
    let api: APIServer
    let simulation: Simulation
    let clock: DemoClock
    let credentials: DemoCredentials
    let bookmarkSeconds: Double
    private let prometheus: PrometheusAPI
    private var lastAsked: Timestamp

    init(_ options: DemoMeshOptions, _ credentials: DemoCredentials, _ loop: any EventLoop) {
        self.credentials = credentials
        bookmarkSeconds = options.bookmarkSeconds
        clock = DemoClock(startingAt: options.clockStart)
        lastAsked = clock.now
        store = ObjectStore(seed: options.seed, encodesAnew: options.encodesAnew)
        api = APIServer(store: store, credentials: credentials)
        let series = TimeSeriesStore()
        simulation = Simulation(store: store, series: series, clock: clock, options: options)
        prometheus = PrometheusAPI(series, clock)
        // A mesh that was set up three days ago.
        let now = clock.now
        let started = now + -3 * 86400
        store.clock = { started }
        SceneBuilder.build(options, into: store)
        simulation.prepare(now: now)
        store.forgetLog()
        let (simulation, prometheus) = (simulation, prometheus)
        api.proxy = { target, request in
            let (name, port) = target.parts
            if !target.isPod, target.namespace == "istio-system", name == "prometheus", port == nil || port == "9090" {
                return prometheus.answer(target.path, request)
            }
            if target.isPod, ["15090", "15020"].contains(port ?? "") {
                let pod = ObjectKey(target.namespace, name)
                return simulation.exposition(of: pod).map { .text($0, type: "text/plain; version=0.0.4") }
            }
            return nil
        }
        api.logs = { pod, request in
            simulation.log(of: pod, lines: request.parameter("tailLines").flatMap { Int($0) } ?? 20)
        }
        guard !clock.isStepped else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            if bound.value.isLookedAt { bound.value.simulation.tick(now: .now()) }
        }
        guard options.changesPerSecond > 0 else { return }
        let churn = NIOLoopBound(
            Churn(store: store, perSecond: options.changesPerSecond, seed: options.seed), eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .milliseconds(10)) { _ in
            churn.value.advance(seconds: 0.01, now: .now())
        }
    }

    private static let idleSeconds = 20.0

    /// A mesh that nobody looks at stands still, and makes up for it when somebody does.
    private var isLookedAt: Bool { store.hasListeners || clock.now - lastAsked < Self.idleSeconds }

    private func wake() {
        guard !clock.isStepped else { return }
        lastAsked = clock.now
        simulation.catchUp(to: lastAsked)
    }

    /// Second by second, as the wall's clock would have it.
    func advance(seconds: Double) {
        var left = seconds
        while left > 1e-9 {
            let step = min(1, left)
            clock.advance(step)
            simulation.tick(now: clock.now)
            left -= step
        }
    }

    func handle(_ request: APIRequest) -> APIOutcome {
        wake()
        switch request.segments.first {
        case "metrics" where request.segments.count == 1:
            return .response(.text(simulation.exposition(), type: "text/plain; version=0.0.4"))
        case "prometheus": return .response(prometheus.answer(Array(request.segments.dropFirst()), request))
        default: return api.handle(request)
        }
    }

    /// A port-forward needs a known pod and a known user.
    func mayForward(_ head: HTTPRequestHead) -> Bool {
        wake()
        let request = request(head)
        // The upgrade is refused as a whole: there is no answer to say why in.
        return BrowserGuard.refusal(of: request) == nil && (try? api.authenticate(request)) != nil
    }
}
