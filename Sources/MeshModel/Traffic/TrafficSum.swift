// Sums over the edges of a service or a workload, and the health that they stand for.

/// Sums over edges.
package struct TrafficSum {
    package var requests = 0.0
    var errors = 0.0
    var codes = CodeCounts()
    /// Connections that ended in a failure of the network or of the breaker, and all.
    private var failedConnections = 0.0
    private var connections = 0.0
    package var bytes = 0.0
    var mutual = 0.0
    var judged = 0.0
    var hasRequests = false
    package var hasBytes = false

    package init(
        requests: Double = 0.0, errors: Double = 0.0, codes: CodeCounts = CodeCounts(), bytes: Double = 0.0,
        mutual: Double = 0.0, judged: Double = 0.0, hasRequests: Bool = false, hasBytes: Bool = false
    ) {
        self.requests = requests
        self.errors = errors
        self.codes = codes
        self.bytes = bytes
        self.mutual = mutual
        self.judged = judged
        self.hasRequests = hasRequests
        self.hasBytes = hasBytes
    }

    package mutating func add(_ edge: MeshEdge) {
        if let rate = edge.requestsPerSecond {
            hasRequests = true
            requests += rate
            errors += rate * (edge.errorRatio ?? 0)
            codes.add(edge)
            if let ratio = edge.mtlsRatio {
                mutual += ratio * rate
                judged += rate
            }
        } else if let ratio = edge.mtlsRatio {
            mutual += ratio
            judged += 1
        }
        if edge.meshProtocol == .tcp {
            hasBytes = true
            bytes += (edge.bytesSentPerSecond ?? 0) + (edge.bytesReceivedPerSecond ?? 0)
            connections += edge.connectionsPerSecond ?? 0
            for (flag, rate) in edge.flags where Self.failures.contains(flag) { failedConnections += rate }
        }
    }

    /// Zero only where somebody would have counted: a TCP service has no requests, an unmeasured one no number.
    package func requestsPerSecond(isMeasured: Bool) -> Double? {
        hasRequests ? requests : isMeasured && !hasBytes ? 0 : nil
    }

    package var errorRatio: Double? { requests > 0 ? errors / requests : nil }
    package var mtlsRatio: Double? { judged > 0 ? mutual / judged : nil }

    private static let failures: Set<String> = ["UF", "UH", "UO", "URX", "NR", "UC"]

    /// Requests by Kiali's tolerances; TCP, of which Kiali says nothing, by connections that failed.
    package func health(
        _ tolerances: HealthTolerances = .standard, _ direction: HealthTolerance.Direction = .inbound
    ) -> Health? {
        if let judged = tolerances.judge(codes, direction) { return judged }
        guard hasBytes else { return nil }
        let ratio = connections > 0 ? failedConnections / connections : 0
        return ratio >= 0.1 ? .failing : ratio > 0 ? .degraded : .healthy
    }
}
