// The mesh as a graph at one of four levels: workloads, apps, apps by version, services. A pure function of a snapshot;
// every number of an edge or a box is the sum of its parts.

package enum GraphLevel: String, Sendable, Hashable, Codable, CaseIterable {
    case workload, app, versionedApp, service

    package var title: String {
        switch self {
        case .workload: "workloads"
        case .app: "apps"
        case .versionedApp: "versions"
        case .service: "services"
        }
    }
}

package struct GraphNode: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable {
        case workload, app, version, service, serviceEntry
        case ingressGateway, egressGateway, waypoint, ztunnel
        /// Traffic from or to somebody who is not part of the mesh.
        case unknown
        /// Destinations outside the mesh that nobody configured: let through, or refused.
        case passthrough, blackHole
        /// A label that would say who it is was removed from the metrics.
        case unnamed
    }

    /// What makes two nodes the same.
    package struct ID: Sendable, Hashable, Codable, Comparable {
        package var cluster: String?
        package var namespace: String
        package var name: String
        /// A service is not the workload of the same name.
        package var isService: Bool

        package init(cluster: String? = nil, namespace: String, name: String, isService: Bool = false) {
            self.cluster = cluster
            self.namespace = namespace
            self.name = name
            self.isService = isService
        }

        package static func < (left: ID, right: ID) -> Bool {
            (left.namespace, left.name, left.cluster ?? "", left.isService ? 1 : 0)
                < (right.namespace, right.name, right.cluster ?? "", right.isService ? 1 : 0)
        }
    }

    package var id: ID
    package var kind: Kind
    package var app: String?
    package var version: String?
    /// The service that stands in front of it.
    package var service: ServiceID?
    package var health = Health.unknown
    /// Wanted pods are 0: nothing can answer.
    package var isScaledToZero = false
    /// Neither sends nor receives anything in the window.
    package var isIdle = false
    /// No proxy: its own side of the traffic is not reported.
    package var isOutOfMesh = false
    /// Outside the namespaces that are looked at.
    package var isOutside = false
    /// Nothing calls it, and it calls.
    package var isRoot = false
    package var traffic = GraphTraffic()
}

/// Sums over edges. Ratios are of these sums, quantiles of the merged histograms.
package struct GraphTraffic: Sendable, Hashable, Codable {
    package var requestsPerSecond: Double?
    package var errorsPerSecond: Double?
    package var bytesPerSecond: Double?
    package var connectionsPerSecond: Double?
    package var responses: [String: Double] = [:]
    package var grpcStatuses: [String: Double] = [:]
    package var flags: [String: Double] = [:]
    package var histogram = HistogramBuckets()
    /// Weighted by requests, or by connections where there are none.
    private var mutual = 0.0
    private var judged = 0.0

    package init() {}

    package var errorRatio: Double? {
        guard let requestsPerSecond, requestsPerSecond > 0 else { return nil }
        return (errorsPerSecond ?? 0) / requestsPerSecond
    }
    package var mtlsRatio: Double? { judged > 0 ? mutual / judged : nil }
    package var latencyMs: Latency { histogram.latency }

    package mutating func add(_ edge: MeshEdge) {
        Self.sum(&requestsPerSecond, edge.requestsPerSecond)
        if let rate = edge.requestsPerSecond, let ratio = edge.errorRatio { Self.sum(&errorsPerSecond, rate * ratio) }
        Self.sum(&bytesPerSecond, edge.bytesSentPerSecond)
        Self.sum(&bytesPerSecond, edge.bytesReceivedPerSecond)
        Self.sum(&connectionsPerSecond, edge.connectionsPerSecond)
        responses.merge(edge.responses, uniquingKeysWith: +)
        grpcStatuses.merge(edge.grpcStatuses, uniquingKeysWith: +)
        flags.merge(edge.flags, uniquingKeysWith: +)
        if let buckets = edge.histogram { histogram.merge(buckets) }
        if let ratio = edge.mtlsRatio {
            let weight = edge.requestsPerSecond ?? edge.connectionsPerSecond ?? 1
            mutual += ratio * weight
            judged += weight
        }
    }

    package mutating func add(_ other: GraphTraffic) {
        Self.sum(&requestsPerSecond, other.requestsPerSecond)
        Self.sum(&errorsPerSecond, other.errorsPerSecond)
        Self.sum(&bytesPerSecond, other.bytesPerSecond)
        Self.sum(&connectionsPerSecond, other.connectionsPerSecond)
        responses.merge(other.responses, uniquingKeysWith: +)
        grpcStatuses.merge(other.grpcStatuses, uniquingKeysWith: +)
        flags.merge(other.flags, uniquingKeysWith: +)
        histogram.merge(other.histogram)
        mutual += other.mutual
        judged += other.judged
    }

    /// Unknown and unknown is unknown; unknown and a number is the number.
    private static func sum(_ left: inout Double?, _ right: Double?) {
        if let right { left = (left ?? 0) + right }
    }
}

package struct GraphEdge: Sendable, Hashable, Codable {
    /// Places of its nodes in the graph.
    package var from: Int
    package var to: Int
    package var meshProtocol: MeshEdge.MeshProtocol
    package var traffic = GraphTraffic()
    /// The services that it goes through.
    package var services: Set<ServiceID> = []
    /// What the two sides of its parts disagree on.
    package var disagrees = false
    package var missingLabels: Set<String> = []
}

/// Nodes that belong together: a namespace or an app.
package struct GraphBox: Sendable, Hashable, Codable {
    package var name: String
    package var namespace: String
    package var nodes: [Int]
    /// What arrives from outside the box, leaves it, and stays inside.
    package var inbound = GraphTraffic()
    package var outbound = GraphTraffic()
    package var inside = GraphTraffic()
}

package struct TrafficGraph: Sendable, Hashable, Codable {
    package var level: GraphLevel
    package var nodes: [GraphNode] = []
    package var edges: [GraphEdge] = []

    package init(level: GraphLevel) { self.level = level }

    package enum Boxing: Sendable { case namespace, app }

    /// The graph's nodes in boxes, with the traffic over and within their borders.
    package func boxes(_ boxing: Boxing) -> [GraphBox] {
        var places: [String: Int] = [:]
        var boxes: [GraphBox] = []
        var boxOf = [Int?](repeating: nil, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            let name = boxing == .namespace ? node.id.namespace : node.app ?? node.id.name
            let key = boxing == .namespace ? name : "\(node.id.namespace)/\(name)"
            if let place = places[key] {
                boxes[place].nodes.append(index)
                boxOf[index] = place
            } else {
                places[key] = boxes.count
                boxOf[index] = boxes.count
                boxes.append(GraphBox(name: name, namespace: node.id.namespace, nodes: [index]))
            }
        }
        for edge in edges {
            let (from, to) = (boxOf[edge.from], boxOf[edge.to])
            if from == to {
                if let from { boxes[from].inside.add(edge.traffic) }
                continue
            }
            if let from { boxes[from].outbound.add(edge.traffic) }
            if let to { boxes[to].inbound.add(edge.traffic) }
        }
        return boxes.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }
}
