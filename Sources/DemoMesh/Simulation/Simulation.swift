// The mesh at work: requests flow along the call graph, meters count them, controllers and breakers react.

internal import Base
internal import Glibc
internal import Insights
internal import Kube
internal import MeshModel

final class Simulation {
    let store: ObjectStore
    let series: TimeSeriesStore
    private let clock: DemoClock
    let controller: WorkloadController
    private let endpoints: EndpointsController
    private let barePods: BarePods
    private let delivery: ProgressiveDelivery
    let apps: [AppSpec]
    private(set) var routing: RoutingTable
    private(set) var breakers = BreakerBook()
    private let options: DemoMeshOptions
    private var order: [AppSpec] = []
    private var routingIsStale = false
    private var meters: [String: EdgeMeter] = [:]
    private var lastTick = Timestamp(seconds: 0)
    private var lastSample = Timestamp(seconds: 0)
    private var random: SeededRandom
    /// Nil counts what is expected.
    private let chance: Chance?
    /// Makes every version fail more or less often for a moment.
    private var mood = 1.0
    private var startedAt = Timestamp(seconds: 0)
    /// Median milliseconds and error share by service, of the last step.
    private var serviceLatency: [ServiceID: Double] = [:]
    private var serviceErrors: [ServiceID: Double] = [:]
    private var appOf: [ServiceID: AppSpec] = [:]
    private var versionOf: [ObjectKey: (app: AppSpec, version: AppSpec.Version)] = [:]
    private let sampleSeconds = 5.0
    private var isLarge: Bool { options.scene == .scale }

    init(store: ObjectStore, series: TimeSeriesStore, clock: DemoClock, options: DemoMeshOptions) {
        self.clock = clock
        self.store = store
        self.series = series
        self.options = options
        apps = SceneBuilder.apps(options)
        controller = WorkloadController(store: store, speed: options.speed, seed: options.seed)
        endpoints = EndpointsController(store: store)
        barePods = BarePods(store: store, controller: controller)
        delivery = ProgressiveDelivery(store: store, speed: options.speed)
        random = SeededRandom(seed: options.seed &+ 5)
        chance = options.canary == nil ? nil : Chance(seed: options.seed &+ 11)
        routing = RoutingTable(store)
        for app in apps {
            appOf[app.id] = app
            for version in app.versions {
                versionOf[ObjectKey(app.namespace, app.workloadName(version))] = (app, version)
            }
        }
        order = Self.sorted(apps, appOf)
        if options.scene == .scale { series.capacity = 30 }
    }

    /// Callers before those they call.
    private static func sorted(_ apps: [AppSpec], _ byID: [ServiceID: AppSpec]) -> [AppSpec] {
        var done: Set<ServiceID> = []
        var result: [AppSpec] = []
        func visit(_ app: AppSpec) {
            guard done.insert(app.id).inserted else { return }
            for call in app.calls {
                if let next = byID[ServiceID(namespace: call.namespace, name: call.service)] { visit(next) }
            }
            result.append(app)
        }
        for app in apps { visit(app) }
        return result.reversed()
    }

    /// Starts every pod and plays the past, so that the first look finds a mesh with a history.
    func prepare(now: Timestamp) {
        controller.start(now: store.clock())
        endpoints.start()
        DisruptionBudgets(store: store).refresh()
        store.clock = { [clock] in clock.now }
        store.onChange = { [weak self] type, event in
            self?.controller.note(type, event)
            self?.endpoints.note(type, event)
            self?.barePods.note(type, event)
            if type.isCustom { self?.routingIsStale = true }
        }
        routing = RoutingTable(store)
        startedAt = now
        var time = now + -(options.historySeconds ?? (isLarge ? 120 : 900))
        while time < now {
            flow(at: time, seconds: sampleSeconds)
            series.sample(at: time.seconds)
            lastSample = time
            time = time + sampleSeconds
        }
        // What flowed since the last sample is counted by the first tick, however long the set-up took.
        lastTick = lastSample
    }

    func tick(now: Timestamp) {
        controller.tick(now: now)
        barePods.tick(now: now)
        DisruptionBudgets(store: store).refresh()
        endpoints.tick()
        delivery.tick(now: now) { serviceErrors[$0] ?? 0 }
        if routingIsStale {
            routing = RoutingTable(store)
            routingIsStale = false
        }
        let due = now - lastSample >= sampleSeconds - 0.05
        // A thousand services are computed when a sample is due; a few dozen every second.
        if due || !isLarge {
            flow(at: now, seconds: now - lastTick)
            lastTick = now
        }
        if due {
            series.sample(at: now.seconds)
            lastSample = now
        }
    }

    /// Plays what was missed, sample by sample, a quarter of an hour at most.
    func catchUp(to now: Timestamp) {
        if now - lastTick > 900 { (lastTick, lastSample) = (now + -900, now + -900) }
        while now - lastTick > 2 * sampleSeconds { tick(now: lastTick + sampleSeconds) }
    }

    /// The metrics page. What flowed since the last tick is counted first, so that a scrape sees the counters of its
    /// own moment.
    func exposition() -> String {
        countUntilNow()
        return series.exposition()
    }

    func countUntilNow() {
        let now = clock.now
        guard !isLarge, now > lastTick else { return }
        flow(at: now, seconds: now - lastTick)
        lastTick = now
    }

    // MARK: Traffic

    private struct Inbound {
        var source: Source
        var rate: Double
    }

    private struct Source {
        var namespace: String
        var workload: String
        var app: String
        var version: String
        var pods: Int
        var hasIdentity: Bool
    }

    private static let ingress = Source(
        namespace: "istio-system", workload: "istio-ingressgateway", app: "istio-ingressgateway", version: "v1",
        pods: 2,
        hasIdentity: true)

    /// One step of all requests.
    private func flow(at time: Timestamp, seconds: Double) {
        guard seconds > 0 else { return }
        breakers.expire(controller, at: time)
        mood = chance?.mood(spread: 0.3) ?? 1
        var inbound: [ServiceID: [Inbound]] = [:]
        let wave = 1 + 0.15 * sin(time.seconds / 600 * 2 * .pi) + 0.02 * noise(time)
        for app in order where app.arrivals > 0 {
            inbound[app.id, default: []].append(Inbound(source: Self.ingress, rate: app.arrivals * wave))
        }
        // Idle is known to be idle.
        var utilisation = versionOf.mapValues { _ in 0.0 }
        var latency: [ServiceID: Double] = [:]
        var errors: [ServiceID: Double] = [:]
        for app in order {
            guard let arriving = inbound[app.id], !arriving.isEmpty else { continue }
            var perWorkload: [ObjectKey: [(Source, ServiceID, Double)]] = [:]
            for item in arriving { distribute(item, to: app, into: &perWorkload, seconds: seconds, time: time) }
            var total = 0.0
            var weighted = 0.0
            var failed = 0.0
            // In order: a dictionary's own is another in every process, and so would be what the dice give to whom.
            for (workload, parts) in perWorkload.sorted(by: { $0.key < $1.key }) {
                guard let (own, version) = versionOf[workload] else { continue }
                let rate = parts.reduce(0) { $0 + $1.2 }
                let ready = controller.readyPods(workload).filter { $0.ejectedUntil == nil }
                let load = Load(rate: rate, replicas: max(1, ready.count), version: version)
                utilisation[workload] = load.cpuPercent
                let downstream = own.calls.reduce(0) {
                    $0 + $1.perRequest * (serviceLatency[ServiceID(namespace: $1.namespace, name: $1.service)] ?? 0)
                }
                let median = load.medianMs + downstream
                let share = errorShare(own, version, ready, load, at: time)
                count(parts, workload, own, version, median: median, errorShare: share, seconds: seconds)
                total += rate
                weighted += rate * median
                failed += rate * share
                for call in own.calls {
                    let id = ServiceID(namespace: call.namespace, name: call.service)
                    inbound[id, default: []].append(
                        Inbound(
                            source: Source(
                                namespace: workload.namespace, workload: workload.name, app: own.name,
                                version: version.name,
                                pods: max(1, ready.count), hasIdentity: own.hasSidecar),
                            rate: rate * call.perRequest * (1 - share)))
                }
            }
            latency[app.id] = total > 0 ? weighted / total : 0
            // Nothing served although something was asked for: all of it failed. Bytes have no errors.
            errors[app.id] = total > 0 ? failed / total : app.wire == .tcp ? 0 : 1
        }
        serviceLatency = latency
        serviceErrors = errors
        controller.utilisation = utilisation
        breakers.eject(self, at: time, speed: options.speed, random: &random)
        if !isLarge { breakers.publish(self, seconds: seconds) }
    }

    private func noise(_ time: Timestamp) -> Double {
        var generator = SeededRandom(seed: options.seed &+ UInt64(clamping: max(0, time.seconds)))
        return Double(generator.next() % 2000) / 1000 - 1
    }

    /// Splits a call over the routes' destinations and their ready pods; what cannot arrive is counted at the source.
    private func distribute(
        _ item: Inbound, to app: AppSpec, into result: inout [ObjectKey: [(Source, ServiceID, Double)]],
        seconds: Double,
        time: Timestamp
    ) {
        if app.wire == .tcp {
            for version in app.versions {
                let key = ObjectKey(app.namespace, app.workloadName(version))
                guard !controller.readyPods(key).isEmpty else { continue }
                meter(item.source, app.id, key, app, version).addTCP(
                    item.rate * seconds / 50, bytesOut: item.rate * seconds * 140, bytesIn: item.rate * seconds * 820)
            }
            return
        }
        for share in routing.shares(app.id) {
            let rate = item.rate * share.share
            guard !share.isUnrouted, let target = appOf[share.service] else {
                unreached(item.source, share.service, app.wire).addUnreached(rate * seconds, code: "404", flags: "NR")
                continue
            }
            let members = workloads(target, share)
            let ready = members.map { controller.readyPods($0).filter { $0.ejectedUntil == nil }.count }
            let pods = ready.reduce(0, +)
            guard pods > 0 else {
                unreached(item.source, share.service, target.wire).addUnreached(
                    rate * seconds, code: "503", flags: "UH")
                breakers.note(
                    share.service, from: ObjectKey(item.source.namespace, item.source.workload), rate: rate,
                    latencyMs: 1, overflow: 0)
                continue
            }
            let latencyMs = serviceLatency[share.service] ?? 20
            let overflow = breakers.overflowShare(
                routing.rules[share.service], rate: rate, clients: item.source.pods, latencyMs: latencyMs)
            breakers.note(
                share.service, from: ObjectKey(item.source.namespace, item.source.workload), rate: rate,
                latencyMs: latencyMs,
                overflow: overflow)
            if overflow > 0 {
                unreached(item.source, share.service, target.wire).addUnreached(
                    rate * overflow * seconds, code: "503", flags: "UO")
            }
            let passed = rate * (1 - overflow)
            for (workload, count) in zip(members, ready) where count > 0 {
                result[workload, default: []].append(
                    (item.source, share.service, passed * Double(count) / Double(pods)))
            }
        }
    }

    /// The workloads behind a destination: all of the service's, or those whose labels its subset asks for.
    private func workloads(_ app: AppSpec, _ share: RouteShare) -> [ObjectKey] {
        let wanted = share.subset.map { routing.labels(of: $0, in: share.service) ?? ["version": "\u{0}"] } ?? [:]
        return app.versions.filter { version in
            let labels = Make.podLabels(app, version)
            return wanted.allSatisfy { labels[$0.key] == $0.value }
        }.map { ObjectKey(app.namespace, app.workloadName($0)) }
    }

    private func errorShare(
        _ app: AppSpec, _ version: AppSpec.Version, _ ready: [SimulatedPod], _ load: Load, at time: Timestamp
    ) -> Double {
        var share = version.errors(at: time - startedAt) * mood + load.overloadErrors
        if !version.badPods.isEmpty, !ready.isEmpty {
            share += 0.6 * Double(ready.filter { version.badPods.contains($0.ordinal) }.count) / Double(ready.count)
        }
        // Half of what fails below is seen above.
        for call in app.calls {
            share +=
                0.5 * min(1, call.perRequest)
                * (serviceErrors[ServiceID(namespace: call.namespace, name: call.service)] ?? 0)
        }
        return min(1, share)
    }

    private func count(
        _ parts: [(Source, ServiceID, Double)], _ workload: ObjectKey, _ app: AppSpec, _ version: AppSpec.Version,
        median: Double, errorShare: Double, seconds: Double
    ) {
        for (source, service, rate) in parts {
            let meter = meter(source, service, workload, app, version)
            let isGRPC = app.wire == .grpc
            let all = chance?.arrivals(rate * seconds) ?? rate * seconds
            let failed = chance?.part(all, errorShare) ?? all * errorShare
            meter.add(all - failed, code: "200", medianMs: median, grpcStatus: isGRPC ? "0" : nil)
            meter.add(failed, code: isGRPC ? "200" : "500", medianMs: median * 1.2, grpcStatus: isGRPC ? "13" : nil)
        }
    }

    private func meter(
        _ source: Source, _ service: ServiceID, _ workload: ObjectKey, _ app: AppSpec, _ version: AppSpec.Version
    ) -> EdgeMeter {
        let key = "\(source.namespace)/\(source.workload)>\(service.namespace)/\(service.name)>\(workload.name)"
        if let known = meters[key] { return known }
        let made = EdgeMeter(
            EdgeMeter.Ends(
                sourceNamespace: source.namespace, source: source.workload, sourceApp: source.app,
                sourceVersion: source.version,
                service: service, destinationNamespace: workload.namespace, destination: workload.name,
                destinationApp: app.name, destinationVersion: version.name, wire: app.wire,
                destinationHasSidecar: app.hasSidecar, sourceHasIdentity: source.hasIdentity), store: series,
            chance: chance)
        meters[key] = made
        return made
    }

    private func unreached(_ source: Source, _ service: ServiceID, _ wire: AppSpec.Wire) -> EdgeMeter {
        let key = "\(source.namespace)/\(source.workload)>\(service.namespace)/\(service.name)>unknown"
        if let known = meters[key] { return known }
        let made = EdgeMeter(
            EdgeMeter.Ends(
                sourceNamespace: source.namespace, source: source.workload, sourceApp: source.app,
                sourceVersion: source.version,
                service: service, destinationNamespace: "unknown", destination: "unknown", destinationApp: "unknown",
                destinationVersion: "unknown", wire: wire, destinationHasSidecar: false,
                sourceHasIdentity: source.hasIdentity),
            store: series, chance: chance)
        meters[key] = made
        return made
    }

    // MARK: Looking in

    func app(_ id: ServiceID) -> AppSpec? { appOf[id] }
    func app(of workload: ObjectKey) -> AppSpec? { versionOf[workload]?.app }
    func version(of workload: ObjectKey) -> AppSpec.Version? { versionOf[workload]?.version }
    func latencyMs(_ id: ServiceID) -> Double { serviceLatency[id] ?? 0 }

    func log(of pod: ObjectKey, lines: Int) -> String {
        let now = clock.now
        return (0..<max(0, min(lines, 1000))).map { index in
            let time = (now + -Double(lines - index)).rfc3339
            return
                "[\(time)] \"GET /\(pod.name.prefix { $0 != "-" }) HTTP/1.1\" 200 - via_upstream - \"-\" 0 512 \(8 + index % 9)\n"
        }.joined()
    }
}

/// What a load does to a group of replicas.
struct Load {
    var rate: Double
    var replicas: Int
    var version: AppSpec.Version

    private var demand: Double { rate * version.serviceMs / 1000 / Double(replicas) }
    /// Share of the workers that are busy.
    var utilisation: Double { demand / version.concurrency }
    /// Of the CPU that a replica asked for: 0.6 of a core keeps it at 100 %.
    var cpuPercent: Double { min(400, demand / 0.6 * 100) }
    /// Time in service and in the queue in front of it, growing without bound towards saturation, cut at 30 times.
    var medianMs: Double { version.serviceMs * min(30, 1 / max(0.034, 1 - utilisation)) }
    /// What cannot be served any more times out.
    var overloadErrors: Double { utilisation > 1 ? 1 - 1 / utilisation : 0 }
}
