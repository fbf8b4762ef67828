// Whether a change made errors: what the services it is about answered before and answer since.

internal import Base
internal import Insights
internal import Istio
internal import Kube
internal import MeshModel

/// Requests of some services over one window, and how many of them failed.
struct ErrorSample: Sendable, Hashable {
    var requests: Double
    var failed: Double

    var ratio: Double { requests > 0 ? failed / requests : 0 }
    /// The 95 % Wilson interval of the ratio.
    var interval: ClosedRange<Double> { wilsonInterval(share: ratio, observations: requests) }
    var words: String { PlanText.percent(ratio) }
}

struct ErrorCheck: Sendable {
    /// A rise below this is not called one, however sure it is: a thousandth.
    private static let leastRise = 0.001
    /// Below so many requests a ratio says nothing.
    private static let leastRequests = 20.0

    private let services: Set<ServiceID>
    private let before: ErrorSample
    private let windowSeconds: Double
    private let applied: Timestamp

    /// Nil where the change is about no service that has traffic now: then there is nothing to compare.
    init?(_ plan: Plan, _ snapshot: MeshSnapshot, applied: Timestamp) {
        guard plan.comparesErrors else { return nil }
        services = plan.steps.reduce(into: []) { $0.formUnion(Self.services($1, snapshot)) }
        guard let before = Self.sample(services, snapshot), before.requests >= Self.leastRequests else { return nil }
        self.before = before
        self.applied = applied
        windowSeconds = Double(snapshot.windowSeconds)
    }

    enum Verdict: Sendable, Hashable {
        /// The window still reaches back before the change.
        case tooEarly
        case fine(String)
        case worse(String)
        /// Why nothing can be said.
        case unknown(String)
    }

    /// Until the whole window lies after the change what is seen is a mixture: that may already be worse, never fine.
    func verdict(_ snapshot: MeshSnapshot) -> Verdict {
        guard let source = snapshot.source(.metrics), source.state == .ok, let asOf = source.asOf else {
            return .unknown("no current metrics to compare errors by")
        }
        let isWhole = asOf - applied >= windowSeconds
        guard let now = Self.sample(services, snapshot), now.requests >= Self.leastRequests else {
            return isWhole ? .unknown("too few requests since to compare errors by") : .tooEarly
        }
        if now.interval.lowerBound > before.interval.upperBound, now.ratio - before.ratio > Self.leastRise {
            return .worse("the error ratio rose from \(before.words) to \(now.words)")
        }
        return isWhole ? .fine("errors \(now.words), before \(before.words)") : .tooEarly
    }

    /// When the window lies wholly after the change, on this machine's clock.
    var wholeAt: Timestamp { applied + windowSeconds }

    static func sample(_ services: Set<ServiceID>, _ snapshot: MeshSnapshot) -> ErrorSample? {
        guard snapshot.source(.metrics)?.state == .ok else { return nil }
        var sum = ErrorSample(requests: 0, failed: 0)
        for row in snapshot.services where services.contains(row.id) {
            guard let rate = row.requestsPerSecond else { continue }
            let requests = rate * Double(snapshot.windowSeconds)
            sum.requests += requests
            sum.failed += requests * (row.errorRatio ?? 0)
        }
        return sum.requests > 0 ? sum : nil
    }

    // MARK: Which services

    /// The services whose requests a step can change: those that a route leads to, a rule is for, a workload serves or
    /// a policy's namespace holds.
    static func services(_ step: PlanStep, _ snapshot: MeshSnapshot) -> Set<ServiceID> {
        let object = step.object
        func ofNamespace() -> Set<ServiceID> {
            Set(snapshot.services.map(\.id).filter { $0.namespace == object.namespace })
        }
        switch object.kind {
        case "VirtualService", "HTTPRoute", "GRPCRoute":
            var found: Set<ServiceID> = []
            for row in snapshot.routes
            where row.kind.rawValue == object.kind && row.namespace == object.namespace && row.name == object.name {
                found.formUnion(([row.service] + row.destinations.map(\.service)).compactMap { $0 })
            }
            return found
        case "DestinationRule":
            let host = (step.after ?? step.before)?.at("spec", "host")?.string ?? ""
            return Set([HostNames.service(host, from: object.namespace)].compactMap { $0 })
        case "Service": return [ServiceID(namespace: object.namespace, name: object.name)]
        case "Deployment", "StatefulSet", "DaemonSet": return behind(object.name, object.namespace, snapshot)
        case "HorizontalPodAutoscaler":
            let target = (step.after ?? step.before)?.at("spec", "scaleTargetRef", "name")?.string ?? ""
            return behind(target, object.namespace, snapshot)
        case "AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "EnvoyFilter", "NetworkPolicy",
            "Sidecar":
            return ofNamespace()
        default: return []
        }
    }

    private static func behind(_ workload: String, _ namespace: String, _ snapshot: MeshSnapshot) -> Set<ServiceID> {
        Set(snapshot.services.filter { $0.id.namespace == namespace && $0.workloads.contains(workload) }.map(\.id))
    }
}
