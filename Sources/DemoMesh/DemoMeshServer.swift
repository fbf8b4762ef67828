// The embedded mesh as the rest of the program sees it: a server that starts, and a kubeconfig that leads to it.

internal import ClusterData
internal import Glibc
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
    /// Objects that change for no reason but to be seen, a second.
    package var changesPerSecond = 0.0
    /// Writes every answer anew, as a real API server does, instead of from what was written before.
    package var encodesAnew = false

    package init() {}
}

/// A mesh that runs inside this process and is reached over loopback HTTP like any cluster.
package final class DemoMeshServer: Sendable {
    private let server: HTTPServer

    /// Returns when the port is bound and the mesh has its history.
    package static func start(_ options: DemoMeshOptions) throws -> DemoMeshServer {
        DemoMeshServer(try HTTPServer(port: options.port) { loop in DemoCore(options, loop) })
    }

    private init(_ server: HTTPServer) { self.server = server }

    /// Why `start` failed, in the system's words.
    package static func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }

    package var port: Int { server.port }
    package var url: String { "http://127.0.0.1:\(port)" }

    package var kubeconfig: String {
        let contexts = [
            ("meshtop-demo", APIUser.admin), ("meshtop-demo-viewer", .viewer), ("meshtop-demo-operator", .team),
        ]
        var clusters = ""
        var users = ""
        var names = ""
        for (name, user) in contexts {
            let address = user.pathPrefix.map { "\(url)/\($0)" } ?? url
            clusters += "- name: \(name)\n  cluster:\n    server: \(address)\n"
            users += "- name: \(user.name)\n  user:\n    token: \(user.token)\n"
            names +=
                "- name: \(name)\n  context:\n    cluster: \(name)\n    user: \(user.name)\n    namespace: shop\n"
        }
        return """
            apiVersion: v1
            kind: Config
            current-context: meshtop-demo
            clusters:
            \(clusters)users:
            \(users)contexts:
            \(names)
            """
    }

    package func stop() { server.stop() }
}

/// Everything the demo mesh is, on one event loop: objects, API, simulation, telemetry.
final class DemoCore {
    let store: ObjectStore
    let api: APIServer
    let simulation: Simulation
    private let prometheus: PrometheusAPI

    init(_ options: DemoMeshOptions, _ loop: any EventLoop) {
        store = ObjectStore(seed: options.seed, encodesAnew: options.encodesAnew)
        api = APIServer(store: store)
        let series = TimeSeriesStore()
        simulation = Simulation(store: store, series: series, options: options)
        prometheus = PrometheusAPI(series)
        // A mesh that was set up three days ago.
        let now = Timestamp.now()
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
        let bound = NIOLoopBound(simulation, eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in bound.value.tick(now: .now()) }
        guard options.changesPerSecond > 0 else { return }
        let churn = NIOLoopBound(
            Churn(store: store, perSecond: options.changesPerSecond, seed: options.seed), eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .milliseconds(10)) { _ in
            churn.value.advance(seconds: 0.01, now: .now())
        }
    }

    func handle(_ request: APIRequest) -> APIOutcome {
        switch request.segments.first {
        case "metrics" where request.segments.count == 1:
            return .response(.text(simulation.exposition(), type: "text/plain; version=0.0.4"))
        case "prometheus": return .response(prometheus.answer(Array(request.segments.dropFirst()), request))
        default: return api.handle(request)
        }
    }

    /// A port-forward needs a known pod and a known user.
    func mayForward(_ head: HTTPRequestHead) -> Bool {
        guard let token = head.headers.first(name: "Authorization") else { return true }
        return APIUser.all.contains { token == "Bearer \($0.token)" }
    }
}
