// A small mesh and a screen that is driven as a person drives it: keys in, text out.

import Actions
import Base
import Kube
import MeshModel

@testable import Views

extension Timestamp {
    static let noon = Timestamp(seconds: 1_767_268_800)
}

extension RouteSummary {
    /// A VirtualService rule with weighted subsets of one host.
    static func split(_ name: String, _ parts: [(subset: String, weight: Int, observed: Double?)]) -> RouteSummary {
        RouteSummary(
            kind: .virtualService, namespace: "shop", name: name, host: name, index: 0,
            destinations: parts.map { part in
                Destination(
                    host: "\(name).shop.svc.cluster.local", subset: part.subset, weight: part.weight,
                    configuredShare: Double(part.weight) / 100, observedShare: part.observed,
                    observedShareInterval: part.observed.map { max(0, $0 - 0.02)...min(1, $0 + 0.02) },
                    requestsPerSecond: part.observed.map { $0 * 60 }, errorRatio: part.observed == nil ? nil : 0,
                    latencyMs: Latency(p99: part.observed == nil ? nil : 45))
            }, service: ServiceID(namespace: "shop", name: name))
    }
}

extension MeshSnapshot {
    static func shop(services: [ServiceSummary] = [.busy("reviews"), .silent("ratings")]) -> MeshSnapshot {
        MeshSnapshot(
            time: .noon, context: "test",
            sources: [
                SourceStatus(name: .kubernetes, state: .ok, asOf: .noon),
                SourceStatus(name: .metrics, state: .ok, asOf: .noon),
            ],
            namespaces: [NamespaceSummary(name: "shop", injection: true)],
            workloads: [
                WorkloadSummary(
                    namespace: "shop", kind: "Deployment", name: "reviews-v1", version: "v1", desired: 3, ready: 2,
                    health: .degraded),
                WorkloadSummary(
                    namespace: "shop", kind: "Deployment", name: "ratings-v1", version: "v1", desired: 1, ready: 1),
            ], services: services,
            edges: [.call("frontend", "reviews", rate: 60), .call("reviews", "ratings", rate: 20)],
            routes: [.split("reviews", [("v1", 90, 0.91), ("v2", 10, 0.09)])],
            breakers: [
                BreakerSummary(
                    namespace: "shop", destinationRule: "reviews", host: "reviews.shop.svc.cluster.local",
                    limits: .init(connections: 100), outlierDetection: .init(), state: .ejecting, evidence: .envoyAdmin,
                    clients: 1, ejectedHosts: [.init(pod: "reviews-v1-abc", until: Timestamp.noon + 23)], hosts: 3,
                    headroom: .init(connections: 0.4), service: ServiceID(namespace: "shop", name: "reviews"))
            ], kinds: [KindStatus(kind: "VirtualService", group: "networking.istio.io", state: .ok, count: 1)])
    }
}

extension ServiceSummary {
    static func busy(_ name: String) -> ServiceSummary {
        ServiceSummary(
            id: ServiceID(namespace: "shop", name: name), hosts: [name], health: .healthy, requestsPerSecond: 60,
            errorRatio: 0.002, latencyMs: Latency(p50: 12, p95: 30, p99: 45), mtlsRatio: 1, readyPods: 2, pods: 3,
            workloads: ["\(name)-v1"], requestHistory: History(values: [10, 20, nil, 60]),
            p99History: History(values: [40, 41, 45]))
    }

    /// Known to Kubernetes, unknown to the metrics.
    static func silent(_ name: String) -> ServiceSummary {
        ServiceSummary(
            id: ServiceID(namespace: "shop", name: name), hosts: [name], readyPods: 1, pods: 1,
            workloads: ["\(name)-v1"])
    }
}

extension MeshEdge {
    static func call(_ from: String, _ to: String, rate: Double, errors: Double = 0) -> MeshEdge {
        MeshEdge(
            source: MeshNode(namespace: "shop", workload: "\(from)-v1"),
            destination: MeshNode(namespace: "shop", workload: "\(to)-v1"),
            service: ServiceID(namespace: "shop", name: to), host: to, requestsPerSecond: rate, errorRatio: errors,
            latencyMs: Latency(p50: 1, p95: 2, p99: 3))
    }
}

extension ChangePreview {
    static func shift(typed: String? = nil, refusal: String? = nil) -> ChangePreview {
        ChangePreview(
            planID: "plan-1", title: "Shift reviews", context: "test",
            objects: [ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")],
            diff: [.init(kind: .removed, text: "weight: 90"), .init(kind: .added, text: "weight: 80")],
            effects: ["v2 gets 12 of 60 requests per second"], kubectl: "kubectl patch virtualservice reviews",
            refusal: refusal,
            typedConfirmation: typed)
    }
}

/// A model with everything that was asked of the outside so far.
struct Screen {
    var model: Model
    var effects: [Effect] = []
    var rightsAsked: [String] = []
    /// What windows wanted to know.
    var needs: [DataNeed] = []
    var size: Size
    /// A person's pace: every event comes a while after the one before, and is seen before the next.
    var now = Moment(seconds: 1000)
    var secondsBetweenEvents = 0.4

    init(
        rows: Int = 45, columns: Int = 160, snapshot: MeshSnapshot? = .shop(),
        _ change: (inout ViewOptions) -> Void = { _ in }
    ) {
        var options = ViewOptions(contexts: ["test", "other"], currentContext: "test")
        change(&options)
        model = Model(options)
        size = Size(rows: rows, columns: columns)
        send(.resize(size), .tick(.noon))
        if let snapshot { send(.snapshot(snapshot)) }
    }

    /// Questions are kept apart.
    mutating func send(_ events: Event...) {
        for event in events {
            now = now + secondsBetweenEvents
            take(.moment(now))
            take(event)
            take(.presented(now))
            now = now + secondsBetweenEvents / 4
            take(.moment(now))
        }
    }

    private mutating func take(_ event: Event) {
        for effect in update(&model, event) {
            if case .askRights(let namespace) = effect {
                rightsAsked.append(namespace)
            } else if case .read(let need) = effect {
                needs.append(need)
            } else {
                effects.append(effect)
            }
        }
    }

    /// The answer to what was asked last.
    mutating func answer(_ event: (RequestID) -> Event) { send(event(model.lastRequest)) }

    /// Keys by their characters; `type("W>>")` and `press(.enter)`.
    mutating func type(_ text: String) { for character in text { send(.key(.character(character))) } }
    mutating func press(_ keys: Key...) { for key in keys { send(.key(key)) } }

    var frame: Frame { render(model, size: size) }
    var text: String { frame.plainText }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    /// The first line of a pane that holds this; header and alerts are not looked at.
    func line(with part: String) -> String { lines.dropFirst(2).first { $0.contains(part) } ?? "" }
}

/// A repeatable stream of numbers.
struct Dice: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
