// Folds a snapshot's edges into the nodes and edges of a level.

internal import Kube

extension TrafficGraph {
    /// `idle` adds what has no traffic: services, and workloads scaled to zero among them.
    package init(_ snapshot: MeshSnapshot, level: GraphLevel, idle: Bool = false) {
        self.init(level: level)
        var builder = GraphBuilder(snapshot, level)
        for edge in snapshot.edges where builder.touches(edge) { builder.add(edge) }
        if idle { builder.addIdle() }
        (nodes, edges) = builder.finished()
    }
}

private struct GraphBuilder {
    private let snapshot: MeshSnapshot
    private let level: GraphLevel
    private var nodes: [GraphNode] = []
    private var edges: [GraphEdge] = []
    private var places: [GraphNode.ID: Int] = [:]
    private var between: [Way: Int] = [:]
    private let workloads: [ObjectKey: WorkloadSummary]
    private let services: [ServiceID: ServiceSummary]
    /// The first service in front of each workload.
    private var owners: [ObjectKey: ServiceID] = [:]

    private struct Way: Hashable {
        var from: Int
        var to: Int
        var meshProtocol: MeshEdge.MeshProtocol
    }

    init(_ snapshot: MeshSnapshot, _ level: GraphLevel) {
        self.snapshot = snapshot
        self.level = level
        workloads = Dictionary(
            snapshot.workloads.map { (ObjectKey($0.namespace, $0.name), $0) }, uniquingKeysWith: { first, _ in first })
        services = Dictionary(snapshot.services.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for service in snapshot.services {
            for workload in service.workloads {
                let key = ObjectKey(service.id.namespace, workload)
                if owners[key] == nil { owners[key] = service.id }
            }
        }
    }

    func touches(_ edge: MeshEdge) -> Bool {
        snapshot.scope.contains(edge.source.namespace) || snapshot.scope.contains(edge.destination.namespace)
            || snapshot.scope.contains(edge.service.namespace)
    }

    // MARK: Nodes

    private mutating func place(_ node: GraphNode) -> Int {
        if let known = places[node.id] {
            if nodes[known].service == nil { nodes[known].service = node.service }
            return known
        }
        places[node.id] = nodes.count
        nodes.append(node)
        return nodes.count - 1
    }

    /// The node of one end of an edge.
    private func node(_ end: MeshNode, missing: [String], isSource: Bool, service: ServiceID, host: String) -> GraphNode
    {
        let side = isSource ? "source" : "destination"
        let isUnnamed = missing.contains("\(side)_workload")
        if end.workload == "unknown" {
            if isUnnamed {
                return GraphNode(
                    id: .init(cluster: end.cluster, namespace: end.namespace, name: "?"), kind: .unnamed,
                    service: isSource ? nil : service)
            }
            // A call that reached no workload still was for a service.
            if !isSource, !service.name.isEmpty, service.name != "unknown" {
                return serviceNode(service, host: host, end.cluster)
            }
            return GraphNode(
                id: .init(cluster: end.cluster, namespace: end.namespace, name: "unknown"), kind: .unknown)
        }
        if level == .service {
            let key = ObjectKey(end.namespace, end.workload)
            if !isSource, !service.name.isEmpty { return serviceNode(service, host: host, end.cluster) }
            if isSource, let owner = owners[key] { return serviceNode(owner, host: "", end.cluster) }
        }
        return workloadNode(end)
    }

    private func workloadNode(_ end: MeshNode) -> GraphNode {
        let key = ObjectKey(end.namespace, end.workload)
        let summary = workloads[key]
        let app = end.app ?? summary?.app
        let version = end.version ?? summary?.version
        var node = GraphNode(
            id: .init(cluster: end.cluster, namespace: end.namespace, name: end.workload),
            kind: kind(end, summary), app: app, version: version, service: owners[key])
        switch level {
        case .app where node.kind == .workload:
            node.kind = .app
            node.id.name = app ?? end.workload
            node.version = nil
        case .versionedApp where node.kind == .workload:
            node.kind = .version
            if let app { node.id.name = version.map { "\(app) \($0)" } ?? app }
        default: break
        }
        if let summary {
            node.health = summary.health
            node.isScaledToZero = summary.desired == 0
            node.isOutOfMesh = summary.dataPlane == .none
        }
        node.isOutside = !snapshot.scope.contains(end.namespace)
        return node
    }

    private func kind(_ end: MeshNode, _ summary: WorkloadSummary?) -> GraphNode.Kind {
        if end.workload == "ztunnel" { return .ztunnel }
        guard summary?.dataPlane == .gateway else { return .workload }
        if summary?.isWaypoint == true { return .waypoint }
        return end.workload.contains("egress") ? .egressGateway : .ingressGateway
    }

    private func serviceNode(_ id: ServiceID, host: String, _ cluster: String?) -> GraphNode {
        var node = GraphNode(
            id: .init(cluster: cluster, namespace: id.namespace, name: id.name, isService: true), kind: .service,
            app: id.name, service: id)
        switch id.name {
        case "PassthroughCluster", "InboundPassthroughCluster", "InboundPassthroughClusterIpv4":
            node.kind = .passthrough
        case "BlackHoleCluster": node.kind = .blackHole
        default:
            if snapshot.serviceEntryHosts.contains(where: { Wildcard.covers($0, host.isEmpty ? id.name : host) }) {
                node.kind = .serviceEntry
            }
        }
        if let summary = services[id] {
            node.health = summary.health
            node.isScaledToZero = summary.pods == 0
        }
        node.isOutside = !snapshot.scope.contains(id.namespace)
        return node
    }

    // MARK: Edges

    package mutating func add(_ edge: MeshEdge) {
        let from = place(
            node(edge.source, missing: edge.missingLabels, isSource: true, service: edge.service, host: edge.host))
        let to = place(
            node(edge.destination, missing: edge.missingLabels, isSource: false, service: edge.service, host: edge.host)
        )
        let way = Way(from: from, to: to, meshProtocol: edge.meshProtocol)
        let index: Int
        if let known = between[way] {
            index = known
        } else {
            index = edges.count
            between[way] = index
            edges.append(GraphEdge(from: from, to: to, meshProtocol: edge.meshProtocol))
        }
        edges[index].traffic.add(edge)
        edges[index].services.insert(edge.service)
        edges[index].disagrees = edges[index].disagrees || edge.clientView != nil
        edges[index].missingLabels.formUnion(edge.missingLabels)
        nodes[to].traffic.add(edge)
    }

    mutating func addIdle() {
        if level == .service {
            for service in snapshot.services where snapshot.scope.contains(service.id.namespace) {
                let at = place(serviceNode(service.id, host: service.hosts.first ?? "", service.cluster))
                nodes[at].isIdle = !edges.contains { $0.from == at || $0.to == at }
            }
            return
        }
        var used: Set<Int> = []
        for edge in edges { used.formUnion([edge.from, edge.to]) }
        for workload in snapshot.workloads where snapshot.scope.contains(workload.namespace) {
            let at = place(
                workloadNode(
                    MeshNode(
                        cluster: workload.cluster, namespace: workload.namespace, workload: workload.name,
                        app: workload.app, version: workload.version)))
            if !used.contains(at) { nodes[at].isIdle = true }
        }
    }

    func finished() -> ([GraphNode], [GraphEdge]) {
        var nodes = nodes
        var called = Set<Int>()
        var calls = Set<Int>()
        for edge in edges where edge.from != edge.to {
            called.insert(edge.to)
            calls.insert(edge.from)
        }
        for index in nodes.indices { nodes[index].isRoot = calls.contains(index) && !called.contains(index) }
        return (nodes, edges)
    }
}
