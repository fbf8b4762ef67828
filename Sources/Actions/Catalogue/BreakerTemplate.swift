// Connection limits and outlier detection of a service, with limits sized from what its clients have under way.

internal import Base
internal import Insights
internal import Kube
internal import MeshModel

enum BreakerTemplate {
    /// The older word for a limit that is to be worked out.
    static let sized = "auto"

    private static let paths: [(key: String, path: [String])] = [
        ("maxConnections", ["connectionPool", "tcp", "maxConnections"]),
        ("http1MaxPendingRequests", ["connectionPool", "http", "http1MaxPendingRequests"]),
        ("http2MaxRequests", ["connectionPool", "http", "http2MaxRequests"]),
        ("consecutive5xxErrors", ["outlierDetection", "consecutive5xxErrors"]),
        ("interval", ["outlierDetection", "interval"]),
        ("baseEjectionTime", ["outlierDetection", "baseEjectionTime"]),
        ("maxEjectionPercent", ["outlierDetection", "maxEjectionPercent"]),
    ]

    static func draft(_ service: ServiceID, _ filled: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let load = ClientLoad(service, world)
        let hadDetection = detectionKeys.contains { filled.present[$0] != nil }
        let step = try await DestinationRuleObject.step(service, world) { policy in
            let present = policy["outlierDetection"].flatMap { $0.object?.isEmpty == false ? $0 : nil }
            for (key, path) in paths where filled.writes(key) {
                if filled.text(key).isEmpty {
                    if Patching.value(at: path, in: policy) != nil { policy.set(path, to: nil) }
                    continue
                }
                let value: JSONValue =
                    switch key {
                    case "interval", "baseEjectionTime": try filled.duration(key)
                    case "maxEjectionPercent": try filled.number(key, 0...100)
                    case "consecutive5xxErrors": try filled.number(key, 0...1_000_000)
                    default: try filled.number(key, 1...1_000_000)
                    }
                policy.set(path, to: value)
            }
            // An empty one would still eject, by Istio's own defaults.
            if present != nil, policy["outlierDetection"]?.object?.isEmpty == true { policy["outlierDetection"] = nil }
        }
        return Draft(
            verb: "policy", title: "Circuit breaker for \(service.name)", steps: [step],
            effects: (load?.reasons ?? ["no live data to size the limits by\(ClientLoad.gap(service, world))"])
                + (hadDetection ? [] : detection(filled)),
            warnings: try warnings(service, filled, load, world), kubectl: PlanText.kubectl(world, step))
    }

    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let policy = try await DestinationRuleObject.find(service, world)?.at("spec", "trafficPolicy") ?? [:]
        var present: [String: String] = [:]
        for (key, path) in paths {
            present[key] = Patching.value(at: path, in: policy).map { $0.string ?? $0.compactText }
        }
        return present
    }

    private static let detectionKeys = ["consecutive5xxErrors", "interval", "baseEjectionTime", "maxEjectionPercent"]
    /// https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection
    private static let defaults = [
        "5 errors in a row", "looked at every 10s", "out for 30s", "at most 10 % of the replicas",
    ]

    /// What Istio has for the settings of a new outlier detection that are not given.
    private static func detection(_ filled: TemplateValues) -> [String] {
        let isGiven = detectionKeys.map { filled.given[$0]?.isEmpty == false }
        let rest = zip(defaults, isGiven).filter { !$0.1 }.map(\.0)
        guard isGiven.contains(true), !rest.isEmpty else { return [] }
        return ["what of outlier detection is not named is as Istio has it: \(rest.joined(separator: ", "))"]
    }

    static func proposals(_ service: ServiceID, _ world: PlanWorld) -> [String: PresentPolicy.Proposal] {
        let load = ClientLoad(service, world)
        var proposals: [String: PresentPolicy.Proposal] = [
            "consecutive5xxErrors": .init("5", "Istio's own default"), "interval": .init("10s", "Istio's own default"),
            "baseEjectionTime": .init("30s", "Istio's own default"),
            "maxEjectionPercent": .init("50", "half of the replicas always stay; Istio's own default is 10"),
        ]
        let reason =
            load.map {
                "twice the \(PlanText.decimal($0.perProxy, 1)) under way at one client proxy (rate × time in the system)"
            } ?? "a round number: there is no live data to size it by\(ClientLoad.gap(service, world))"
        for key in ["maxConnections", "http2MaxRequests"] { proposals[key] = .init(String(size(key, load)), reason) }
        let pending = "http1MaxPendingRequests"
        proposals[pending] = .init(
            String(size(pending, load)), load == nil ? reason : "half of the limit of requests may wait")
        return proposals
    }

    /// Twice what the busiest client proxy has under way; half of that may wait. Small numbers are left some room.
    private static func size(_ key: String, _ load: ClientLoad?) -> Int {
        guard let load else { return key == "http1MaxPendingRequests" ? 50 : 100 }
        let limit = max(4, Int(clamping: (load.perProxy * 2).rounded(.up)))
        return key == "http1MaxPendingRequests" ? max(2, limit / 2) : limit
    }

    private static func warnings(
        _ service: ServiceID, _ values: TemplateValues, _ load: ClientLoad?, _ world: PlanWorld
    ) throws(MeshTopError) -> [String] {
        var warnings: [String] = []
        if let load {
            for key in ["maxConnections", "http2MaxRequests"] where !values.text(key).isEmpty {
                let limit = Double(try values.whole(key, 1...1_000_000))
                if limit < 1.2 * load.perProxy {
                    warnings.append(
                        "\(key) \(Int(clamping: limit)) is under 1.2 times the \(PlanText.decimal(load.perProxy, 1)) under way at one client proxy: requests will be refused at the present load"
                    )
                } else if limit > 10 * max(1, load.perProxy) {
                    warnings.append(
                        "\(key) \(Int(clamping: limit)) is over 10 times the \(PlanText.decimal(load.perProxy, 1)) under way at one client proxy: it protects nothing"
                    )
                }
            }
        }
        // Without outlier detection nothing is ejected.
        if values.text("consecutive5xxErrors").isEmpty, values.text("maxEjectionPercent").isEmpty { return warnings }
        let percent = values.text("maxEjectionPercent").isEmpty ? 10 : try values.whole("maxEjectionPercent", 0...100)
        if let replicas = world.service(service)?.readyPods, replicas > 0 {
            // Envoy lets at least one host go, whatever the percentage.
            let ejectable = max(1, replicas * percent / 100)
            let share = PlanText.percent(Double(ejectable) / Double(replicas))
            if ejectable >= replicas {
                warnings.append(
                    "outlier detection may eject all \(replicas) ready replicas (maxEjectionPercent \(percent)): then nobody answers"
                )
            } else if replicas <= 2 || percent > 50 {
                warnings.append(
                    "outlier detection may eject \(ejectable) of \(replicas) ready replicas, \(share) of the capacity")
            }
        } else if percent > 50 {
            warnings.append("maxEjectionPercent \(percent): most replicas may be out at once")
        }
        return warnings
    }
}

/// What the clients of a service have under way at once, by Little's law: rate × time in the system.
/// A limit counts for each client proxy by itself, so the clients are told apart.
struct ClientLoad {
    var peak: Double
    var latencySeconds: Double
    var proxies: Int
    /// Under way at one proxy: the mean over all, or what the busiest client's have where that is more.
    var perProxy: Double
    var total: Double
    var busiest: String?
    /// Clients whose replicas were not read, each counted as one proxy, and why.
    var uncounted: String?

    init?(_ service: ServiceID, _ world: PlanWorld) {
        guard let summary = world.service(service), let rate = summary.requestsPerSecond,
            let p99 = summary.latencyMs.p99
        else { return nil }
        peak = max(rate, summary.requestHistory.values.compactMap { $0 }.max() ?? 0)
        latencySeconds = p99 / 1000
        total = ServicePool(arrivalsPerSecond: peak, replicas: 1, serviceSeconds: latencySeconds).concurrency
        var byClient: [MeshNode: Double] = [:]
        for edge in world.callers(of: service) { byClient[edge.source, default: 0] += edge.requestsPerSecond ?? 0 }
        let unread = byClient.keys.filter { world.workload($0) == nil }
        let gap = unread.isEmpty ? "" : Self.gap(of: unread, world)
        if !gap.isEmpty {
            let names = unread.map { "\($0.namespace)/\($0.workload)" }.sorted()
            uncounted = "how many replicas \(names.joined(separator: ", ")) has is not known, one is assumed\(gap)"
        }
        proxies = max(1, byClient.keys.reduce(0) { $0 + max(1, world.workload($1)?.ready ?? 1) })
        perProxy = total / Double(proxies)
        let growth = rate > 0 ? peak / rate : 1
        for (client, rate) in byClient {
            let own = rate * growth * latencySeconds / Double(max(1, world.workload(client)?.ready ?? 1))
            if own > perProxy { (perProxy, busiest) = (own, client.workload) }
        }
    }

    /// Why there are no numbers: "; Service not read: …" or ": no metrics". Empty where there are no requests.
    static func gap(_ service: ServiceID, _ world: PlanWorld) -> String {
        if let why = world.metricsGap { return ": \(why)" }
        return world.snapshot?.gap(["Service", "Pod"], in: [service.namespace]) ?? ""
    }

    private static func gap(of clients: [MeshNode], _ world: PlanWorld) -> String {
        let kinds = MeshSnapshot.workloadKinds + ["Pod"]
        return world.snapshot?.gap(kinds, in: Set(clients.map(\.namespace))) ?? ""
    }

    var reasons: [String] {
        let calls =
            "at most \(PlanText.rate(peak)) requests per second at p99 \(PlanText.decimal(latencySeconds * 1000, 0)) ms: about \(PlanText.decimal(total, 1)) under way at once (rate × time)"
        let share =
            "from \(proxies) client proxies: \(PlanText.decimal(perProxy, 1)) at one\(busiest.map { " of \($0), the busiest client" } ?? ""); the limits count per proxy, and twice that leaves room"
        return [calls, share] + (uncounted.map { [$0] } ?? [])
    }
}
