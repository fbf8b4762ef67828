// What sources tell the store, and what it knows by that. A value: no clock, no tasks.

package import Base
internal import Istio
internal import Kube
package import MeshModel

/// One change to what is known of the cluster, besides the objects themselves, which `MeshStore.fold` takes.
package enum SourceDelta: Sendable {
    case status(SourceStatus, Aging)
    /// The server has said which kinds it has.
    case discovered
    /// A sentence for each group that holds no watched kind and does not say what it serves.
    case silentGroups([String])
    case kind(KindReadiness)
    /// Rates of a moment, with the edges made of them.
    case traffic(TrafficReading)
    /// The past from before the first reading.
    case past(SeriesPast)
    /// What client proxies said of their upstreams, in the order in which they answered.
    case upstreams([ProxyAnswer])
    /// What was said before is no state of now.
    case upstreamsEnded(before: Timestamp)
    case objectives([ObjectiveStatus])
}

/// All deltas, folded.
struct StoreState: Sendable {
    var objects = ClusterObjects()
    var traffic: TrafficReading?
    var series: SeriesStore
    private var envoy = EnvoyEvidence()
    private var objectives: [ObjectiveStatus] = []

    private(set) var statuses: [SourceName: (status: SourceStatus, aging: Aging)]
    private var isDiscovered = false
    private var silentGroups: [String] = []
    private var awaited: Set<WatchedKind> = []
    private var revisions: [WatchedKind: Int] = [:]
    /// Move when traffic or what proxies say does: what was made of the other stands.
    private var trafficVersion = 0
    private var envoyVersion = 0

    init(historyStep: Int) {
        series = SeriesStore(stepSeconds: historyStep)
        let known: [SourceStatus] = [
            SourceStatus(name: .kubernetes, state: .starting, detail: "connecting"),
            SourceStatus(name: .metrics, state: .starting, detail: "looking for Prometheus"),
            SourceStatus(name: .tracing, state: .absent, detail: "traces are not read by this version"),
            SourceStatus(name: .envoy, state: .starting),
        ]
        statuses = Dictionary(uniqueKeysWithValues: known.map { ($0.name, ($0, Aging(seconds: .infinity))) })
    }

    /// True where the next picture is another one.
    mutating func take(_ delta: SourceDelta) -> Bool {
        switch delta {
        case .status(let status, let aging):
            let isNews = statuses[status.name]?.status.state != status.state
            statuses[status.name] = (status, aging)
            return isNews
        case .discovered: isDiscovered = true
        case .silentGroups(let words): silentGroups = words
        case .kind(let readiness): return take(readiness)
        case .traffic(let fresh):
            traffic = fresh
            trafficVersion += 1
        case .past(let past): series.fill(past)
        case .upstreams(let answers):
            for answer in answers { envoy.record(answer.pod, answer.upstreams, at: answer.time) }
            envoyVersion += 1
        case .upstreamsEnded(let time):
            guard envoy.forget(before: time) else { return false }
            envoyVersion += 1
        case .objectives(let statuses):
            guard statuses != objectives else { return false }
            objectives = statuses
        }
        return true
    }

    private mutating func take(_ readiness: KindReadiness) -> Bool {
        let kind = readiness.kind
        guard readiness.revision >= revisions[kind] ?? 0 else { return false }
        revisions[kind] = readiness.revision
        if !readiness.others.awaited.isEmpty { awaited.insert(kind) } else { awaited.remove(kind) }
        objects.namespacesRead[kind] = readiness.namespaces
        objects.reading[kind] = readiness.namespaces == nil ? nil : readiness.others
        if let known = objects.states[kind], known.state == readiness.state, known.detail == readiness.detail {
            return true
        }
        objects.states[kind] = (readiness.state, readiness.detail)
        return true
    }

    /// What a snapshot is made of, as far as sources said it.
    func fill(_ inputs: inout SnapshotInputs) {
        inputs.metrics = traffic?.reading
        inputs.reconciled = traffic?.edges
        inputs.isSampled = traffic?.isSampled ?? false
        inputs.series = series
        inputs.envoy = envoy
        inputs.objectives = objectives
        inputs.silentGroups = silentGroups
        inputs.trafficVersion = trafficVersion
        inputs.envoyVersion = envoyVersion
    }

    /// Every kind has either arrived once or said why it cannot.
    var isLoaded: Bool {
        guard isDiscovered, awaited.isEmpty else { return false }
        return WatchedKind.all.allSatisfy { objects.states[$0].map { $0.state != .starting } ?? false }
    }

    /// What each source is worth: one that has not answered for a few turns is stale, whatever it said last.
    func sources(at now: Timestamp) -> [SourceStatus] {
        SourceName.allCases.compactMap { name in
            guard let (status, aging) = statuses[name] else { return nil }
            guard [.ok, .slow].contains(status.state), let asOf = status.asOf, now - asOf > aging.seconds else {
                return status
            }
            var aged = status
            aged.state = .stale
            aged.detail = aging.words ?? "no answer since \(asOf.clock)"
            return aged
        }
    }
}
