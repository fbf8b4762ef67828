// The graph that the topology pane draws: nodes and directed edges from a snapshot, and the part near a selection.

internal import MeshModel

/// A workload as a node of the graph.
struct NodeID: Sendable, Hashable, Comparable {
    var namespace: String
    var workload: String

    init(namespace: String, workload: String) {
        self.namespace = namespace
        self.workload = workload
    }

    init(_ node: MeshNode) { self.init(namespace: node.namespace, workload: node.workload) }

    static func < (left: NodeID, right: NodeID) -> Bool {
        (left.namespace, left.workload) < (right.namespace, right.workload)
    }
}

struct MeshGraph: Sendable, Equatable {
    struct Node: Sendable, Equatable {
        var id: NodeID
        /// The service that this node stands behind, or is.
        var service: ServiceID?
        var kind = GraphNode.Kind.workload
        /// Nothing can answer there: its wanted pods are 0.
        var isScaledToZero = false
    }

    /// All edges between two nodes as one: rates are sums, ratios are of the sums.
    struct Edge: Sendable, Equatable {
        var from: Int
        var to: Int
        var traffic = GraphTraffic()
        /// Client and server tell different stories of what passed.
        var disagrees = false

        var requestsPerSecond: Double? { traffic.requestsPerSecond }
        var errorRatio: Double? { traffic.errorRatio }
        var bytesPerSecond: Double? { traffic.requestsPerSecond == nil ? traffic.bytesPerSecond : nil }
    }

    var nodes: [Node] = []
    var edges: [Edge] = []
    /// How each node is, for the boxes' signs.
    var health: [NodeID: Health] = [:]

    init() {}

    init(_ snapshot: MeshSnapshot, level: GraphLevel = .workload) {
        let graph = TrafficGraph(snapshot, level: level)
        let clusters = Set(graph.nodes.compactMap(\.id.cluster))
        for node in graph.nodes {
            var name = node.id.name
            if node.id.isService, level != .service { name += " (service)" }
            // Where there are several clusters, which one is part of the name.
            if clusters.count > 1, let cluster = node.id.cluster { name += " @\(cluster)" }
            let id = NodeID(namespace: node.id.namespace, workload: name)
            nodes.append(
                Node(id: id, service: node.service, kind: node.kind, isScaledToZero: node.isScaledToZero))
            health[id] = node.health
        }
        // Box and tree draw one line between two nodes, whatever protocols it carries.
        var between: [Pair: Int] = [:]
        for edge in graph.edges {
            let pair = Pair(from: edge.from, to: edge.to)
            let place = between[pair] ?? edges.count
            if place == edges.count {
                between[pair] = place
                edges.append(Edge(from: edge.from, to: edge.to))
            }
            edges[place].traffic.add(edge.traffic)
            edges[place].disagrees = edges[place].disagrees || edge.disagrees
        }
    }

    private struct Pair: Hashable {
        var from: Int
        var to: Int
    }

    /// What keeps a layout valid: nodes and edges without their numbers.
    var shape: Int {
        var hasher = Hasher()
        for node in nodes { hasher.combine(node.id) }
        for edge in edges {
            hasher.combine(edge.from)
            hasher.combine(edge.to)
        }
        return hasher.finalize()
    }

    /// Which way to walk from a selection: along and against the arrows apart, or any way at every step.
    enum Reach: Sendable, Hashable { case callersAndCallees, any }

    /// The nodes within so many steps of the chosen ones, with the edges between them.
    func near(_ chosen: Set<Int>, steps: Int, _ reach: Reach = .callersAndCallees) -> MeshGraph {
        var kept = chosen
        let ways: [(forward: Bool, backward: Bool)] = reach == .any ? [(true, true)] : [(true, false), (false, true)]
        for way in ways {
            var frontier = chosen
            for _ in 0..<steps {
                var next: Set<Int> = []
                for edge in edges {
                    if way.forward, frontier.contains(edge.from), !kept.contains(edge.to) { next.insert(edge.to) }
                    if way.backward, frontier.contains(edge.to), !kept.contains(edge.from) { next.insert(edge.from) }
                }
                kept.formUnion(next)
                frontier = next
            }
        }
        return only(kept)
    }

    func only(_ kept: Set<Int>) -> MeshGraph {
        var part = MeshGraph()
        var index: [Int: Int] = [:]
        for place in nodes.indices where kept.contains(place) {
            index[place] = part.nodes.count
            part.nodes.append(nodes[place])
        }
        for edge in edges {
            guard let from = index[edge.from], let to = index[edge.to] else { continue }
            var copy = edge
            copy.from = from
            copy.to = to
            part.edges.append(copy)
        }
        return part
    }
}
