// The metrics of one tick, as samples.

package import Base
package import Kube
package import MeshModel

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

    /// The samples of a question's answer.
    package subscript(field: MetricField) -> [MetricSample] {
        get { self[keyPath: Self.place(field)] }
        _modify { yield &self[keyPath: Self.place(field)] }
    }

    private static func place(_ field: MetricField) -> WritableKeyPath<MetricsReading, [MetricSample]> {
        switch field {
        case .requests: \.requests
        case .buckets: \.buckets
        case .tcpSent: \.tcpSent
        case .tcpReceived: \.tcpReceived
        case .tcpConnections: \.tcpConnections
        case .requestBytes: \.requestBytes
        case .responseBytes: \.responseBytes
        case .proxyStats: \.breakerStats
        case .overflows: \.overflows
        }
    }

    /// The reading without what `EdgeReconciler` has turned into edges and histograms.
    package var withoutSamplesOfEdges: MetricsReading {
        var small = self
        (small.requests, small.buckets, small.tcpSent, small.tcpReceived) = ([], [], [], [])
        (small.tcpConnections, small.requestBytes, small.responseBytes, small.identities) = ([], [], [], nil)
        return small
    }
}
