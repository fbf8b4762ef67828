// What all connections share.

internal import Base
internal import Glibc
internal import Kube
internal import NIOCore
internal import NIOHTTP1

/// Everything the demo mesh is, on one event loop: objects, API, simulation, telemetry.
final class DemoCore {
    let store: ObjectStore
    let api: APIServer
    let simulation: Simulation
    let clock: DemoClock
    let credentials: DemoCredentials
    let bookmarkSeconds: Double
    private let prometheus: PrometheusAPI
    private let hasPrometheus: Bool
    /// By method and path; nil where nobody counts.
    private var counts: [String: Int]?
    private var lastAsked: Timestamp

    init(_ options: DemoMeshOptions, _ credentials: DemoCredentials, _ loop: any EventLoop) {
        self.credentials = credentials
        bookmarkSeconds = options.bookmarkSeconds
        hasPrometheus = options.hasPrometheus
        counts = options.countsRequests ? [:] : nil
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
        let (simulation, prometheus, hasPrometheus) = (simulation, prometheus, hasPrometheus)
        api.proxy = { target, request in
            let (name, port) = target.parts
            if hasPrometheus, !target.isPod, target.namespace == "istio-system", name == "prometheus",
                port == nil || port == "9090"
            {
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
        if let counts, request.rawPath == "/demo/requests" {
            let pairs = counts.map { (key: $0.key, value: JSONValue.int(Int64($0.value))) }
            return .response(.json(.object(JSONObject(pairs))))
        }
        counts?["\(request.method) \(request.flag("watch") ? "watch " : "")\(request.rawPath)", default: 0] += 1
        switch request.segments.first {
        case "metrics" where request.segments.count == 1:
            return .response(.text(simulation.exposition(), type: "text/plain; version=0.0.4"))
        case "prometheus" where hasPrometheus:
            return .response(prometheus.answer(Array(request.segments.dropFirst()), request))
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
