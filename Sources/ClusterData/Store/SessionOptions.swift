// How a session is set up; everything a flag or the configuration can say about reading.

internal import Base
internal import Istio
package import MeshModel

package struct SessionOptions: Sendable {
    package var scope: NamespaceScope
    /// Read no more of pods, workloads and services than the scope's namespaces and the root namespace. What the mesh is
    /// told is read everywhere.
    package var readsScopeAlone = true
    package var windowSeconds: Int
    package var refreshSeconds: Double
    package var requestTimeoutSeconds: Double
    /// Given by flag or configuration; searched for in the cluster when nil.
    package var metrics: MetricsEndpoint?
    /// What the mesh calls its metrics.
    package var dialect: any MeshDialect = IstioDialect()
    /// Besides those with the label; `*` stands for all of the context, cluster-wide objects too.
    package var productionNamespaces: Set<String>
    /// Take lists as the beginning of a watch from servers that offer it.
    package var streamsLists = true
    /// Objects of one page, from servers that do not.
    package var pageSize = 500
    /// A list that brings nothing for so long has failed.
    package var silenceSeconds = 30.0
    /// Ask a metrics API at all; without, only the cluster's objects are read.
    package var asksMetrics: Bool
    /// Ask the sidecars where no metrics API is found; without, there are no rates then.
    package var asksSidecars = true
    /// What was promised of services.
    package var objectives: [Objective] = []
    /// Ask client proxies' admin pages for breaker state.
    package var asksEnvoy: Bool
    /// Ask for the past of every service, which sparklines are drawn of: the dearest queries of all.
    package var asksHistory = true

    package init(
        scope: NamespaceScope = .all, windowSeconds: Int = 60, refreshSeconds: Double = 5,
        requestTimeoutSeconds: Double = 30, metrics: MetricsEndpoint? = nil, productionNamespaces: Set<String> = [],
        asksMetrics: Bool = true, asksEnvoy: Bool = true
    ) {
        self.scope = scope
        self.windowSeconds = windowSeconds
        self.refreshSeconds = refreshSeconds
        self.requestTimeoutSeconds = requestTimeoutSeconds
        self.metrics = metrics
        self.productionNamespaces = productionNamespaces
        self.asksMetrics = asksMetrics
        self.asksEnvoy = asksEnvoy
    }

    /// Seconds between two points of the finest past.
    var historyStep: Int { max(1, Int(clamping: refreshSeconds)) }

    /// Metrics are stale after three turns without an answer, and no sooner than after 15 s.
    var metricsPatience: Double { max(15, refreshSeconds * 3) }
}
