// The metrics of one tick, as samples.

package import Base
package import Kube

package struct MetricsReading: Sendable {
    package var asOf: Timestamp
    package var windowSeconds: Int
    package var requests: [MetricSample] = []
    package var buckets: [MetricSample] = []
    package var tcpSent: [MetricSample] = []
    package var tcpReceived: [MetricSample] = []
    package var tcpConnections: [MetricSample] = []
    package var requestBytes: [MetricSample] = []
    package var responseBytes: [MetricSample] = []
    /// Envoy's stats as they are, and the rates of its counters since the tick before.
    package var breakerStats: [MetricSample] = []
    package var breakerRates: [MetricSample] = []
    package var overflows: [MetricSample] = []
    package var warnings: [String] = []
    /// What the samples of requests lack, when they were asked without it.
    package var identities: EdgeIdentities?
    /// The workloads whose proxies were asked; nil where all are counted. Of others nothing is known.
    package var sampledWorkloads: Set<ObjectKey>?

    package init(asOf: Timestamp, windowSeconds: Int) {
        self.asOf = asOf
        self.windowSeconds = windowSeconds
    }

    /// The reading without what `EdgeReconciler` has turned into edges and histograms.
    package var withoutSamplesOfEdges: MetricsReading {
        var small = self
        (small.requests, small.buckets, small.tcpSent, small.tcpReceived) = ([], [], [], [])
        (small.tcpConnections, small.requestBytes, small.responseBytes, small.identities) = ([], [], [], nil)
        return small
    }
}
