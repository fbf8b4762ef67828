// One edge of what its two proxies counted: whose word holds, and where they disagree.

internal import Kube
internal import MeshModel

struct EdgeMaker: Sendable {
    let latencies: LatencyBook

    /// The destination's word where there is one, and what never reached it from the source. Where the source sent
    /// clearly more than arrived, some of the pods have no proxy: then the source's word is the whole of it.
    func edge(_ key: EdgeKey, _ sides: EdgeSides) -> MeshEdge? {
        let reached = sides.source?.reached.total ?? 0
        let arrived = sides.destination?.all.total ?? 0
        let isPartial = sides.destination != nil && reached > arrived * 1.25 + 0.2
        var chosen: EdgeSide.Sum
        var reporter = MeshEdge.Reporter.source
        if let destination = sides.destination, !isPartial {
            chosen = destination.all
            if let lost = sides.source?.unreached { chosen.add(lost) }
            reporter = sides.isWaypoint ? .waypoint : .destination
        } else if let source = sides.source {
            chosen = source.all
        } else {
            return nil
        }
        let judged = sides.destination.map { (on: $0.mutual, all: $0.judged) } ?? (on: 0, all: 0)
        var edge = MeshEdge(
            source: Self.node(key.sourceCluster, key.source, sides.sourceApp, sides.sourceVersion),
            destination: Self.node(
                key.destinationCluster, key.destination, sides.destinationApp, sides.destinationVersion),
            service: key.service, host: sides.host, meshProtocol: key.meshProtocol,
            requestsPerSecond: chosen.total, errorRatio: chosen.errorRatio, responses: chosen.responses,
            flags: chosen.flags, mtlsRatio: judged.all > 0 ? judged.on / judged.all : nil, reporter: reporter)
        edge.grpcStatuses = chosen.statuses
        edge.missingLabels = sides.missing.sorted()
        if let found = latencies.entry(
            LatencyKey(source: key.source, service: key.service, destination: key.destination))
        {
            (edge.histogram, edge.latencyMs) = (found.histogram, found.latency)
        }
        if isPartial { edge.reportedShare = arrived / reached }
        edge.clientView = Self.disagreement(sides)
        return edge
    }

    static func node(_ cluster: String?, _ key: ObjectKey, _ app: String?, _ version: String?) -> MeshNode {
        MeshNode(
            cluster: cluster, namespace: key.namespace.isEmpty ? "unknown" : key.namespace,
            workload: key.name.isEmpty ? "unknown" : key.name, app: app, version: version)
    }

    /// What the client saw of requests that arrived, where the server tells another story of them: a timeout or a reset
    /// that the server counts as answered.
    private static func disagreement(_ sides: EdgeSides) -> MeshEdge.ClientView? {
        guard let client = sides.source?.reached, let server = sides.destination?.all, client.total > 0,
            server.total > 0
        else { return nil }
        let codes = Set(client.responses.keys).union(server.responses.keys)
        let distance =
            codes.reduce(0.0) { sum, code in
                sum + abs((client.responses[code] ?? 0) / client.total - (server.responses[code] ?? 0) / server.total)
            } / 2
        guard distance > 0.02 else { return nil }
        return MeshEdge.ClientView(
            requestsPerSecond: client.total, errorRatio: client.errorRatio, responses: client.responses,
            flags: client.flags)
    }
}
