// The parts of what sources tell the store.

package import Base
package import Istio
package import Kube
package import MeshModel

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
    /// What of the other namespaces is known.
    package var others = PartReading()
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
