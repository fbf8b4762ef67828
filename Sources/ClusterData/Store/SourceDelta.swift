// What sources tell the store.

package import Base
internal import Istio
package import Kube
package import MeshModel

/// One change to what is known of the cluster, besides the objects themselves, which `MeshStore.fold` takes.
package enum SourceDelta: Sendable {
    case status(SourceStatus, Aging)
    /// The server has said which kinds it has.
    case discovered
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

/// When a source that was well and is not heard of any more is no longer called well.
package struct Aging: Sendable, Hashable {
    var seconds: Double
    /// What is said of it then; nil for a plain "no answer since".
    var words: String?
}

/// How far a kind can be read.
package struct KindReadiness: Sendable {
    package var kind: WatchedKind
    package var state: SourceState
    package var detail: String
    /// Where it is read; nil stands for everywhere.
    package var namespaces: Set<String>?
    /// Some namespaces have not been heard of.
    package var isAwaited = false
    /// Grows with each: an older one that comes later is no news.
    package var revision = 0
}

/// A tick: what is kept of its samples, and the edges.
package struct TrafficReading: Sendable {
    /// Without the samples that the edges were made of, which are large.
    package var reading: MetricsReading
    package var edges: EdgeReconciler
    /// The numbers are of the sidecars that were asked, and stand for the others.
    package var isSampled = false
}

/// The admin page of one client proxy.
package struct ProxyAnswer: Sendable {
    package var pod: ObjectKey
    package var upstreams: [EnvoyUpstream]
    package var time: Timestamp
}
