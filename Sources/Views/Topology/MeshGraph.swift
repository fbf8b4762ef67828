// The graph that the topology pane draws: nodes and directed edges from a snapshot, and the part near a selection.

internal import ClusterData

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
        /// The service that this workload stands behind.
        var service: ServiceID?
    }

    /// All edges between two workloads as one: rates are sums, ratios are weighted by them.
    struct Edge: Sendable, Equatable {
        var from: Int
        var to: Int
        var requestsPerSecond: Double?
        var errorRatio: Double?
        var bytesPerSecond: Double?
    }

    var nodes: [Node] = []
    var edges: [Edge] = []
    /// How each workload is, for the boxes' signs.
    var health: [NodeID: Health] = [:]

    init() {}

    init(_ snapshot: MeshSnapshot) {
        guard !snapshot.edges.isEmpty else { return }
        var index: [NodeID: Int] = [:]
        var owners: [NodeID: ServiceID] = [:]
        for service in snapshot.services {
            for workload in service.workloads {
                let id = NodeID(namespace: service.id.namespace, workload: workload)
                if owners[id] == nil { owners[id] = service.id }
            }
        }
        func place(_ id: NodeID) -> Int {
            if let known = index[id] { return known }
            index[id] = nodes.count
            nodes.append(Node(id: id, service: owners[id]))
            return nodes.count - 1
        }
        for workload in snapshot.workloads {
            health[NodeID(namespace: workload.namespace, workload: workload.name)] = workload.health
        }
        var between: [Pair: Int] = [:]
        for edge in snapshot.edges {
            let touches =
                snapshot.scope.contains(edge.source.namespace) || snapshot.scope.contains(edge.destination.namespace)
            guard touches else { continue }
            var target = NodeID(edge.destination)
            // A call that reached no workload still was for a service.
            if target.workload == "unknown", !edge.service.name.isEmpty {
                target = NodeID(namespace: edge.service.namespace, workload: "\(edge.service.name) (service)")
            }
            let (from, to) = (place(NodeID(edge.source)), place(target))
            if nodes[to].service == nil { nodes[to].service = edge.service }
            let pair = Pair(from: from, to: to)
            if let known = between[pair] {
                edges[known].add(edge)
            } else {
                between[pair] = edges.count
                var made = Edge(from: from, to: to)
                made.add(edge)
                edges.append(made)
            }
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

extension MeshGraph.Edge {
    fileprivate mutating func add(_ edge: MeshEdge) {
        if let rate = edge.requestsPerSecond {
            let before = requestsPerSecond ?? 0
            let total = before + rate
            if let ratio = edge.errorRatio {
                errorRatio = total > 0 ? ((errorRatio ?? 0) * before + ratio * rate) / total : ratio
            }
            requestsPerSecond = total
        }
        if let sent = edge.bytesSentPerSecond, let received = edge.bytesReceivedPerSecond {
            bytesPerSecond = (bytesPerSecond ?? 0) + sent + received
        }
    }
}
